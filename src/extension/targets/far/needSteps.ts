import * as vscode from 'vscode';
import { parseLocation } from '../../../base/location.ts';
import { back, chooseStep, textStep, type Step } from '../steps.ts';
import type { Need } from './judgeStorage.ts';
import { trialStep, tryAnswer, type FarQuestions } from './trial.ts';

const empty = () => vscode.l10n.t('This is empty.');

/** The questions that a place elsewhere may bring up. */
export function needSteps(questions: () => FarQuestions): Readonly<Record<Need, Step>> {
  return { ...loginSteps(questions), ...keySteps(questions), ...certificateSteps(questions) };
}

function loginSteps(questions: () => FarQuestions) {
  let user = '';
  const password: Step = (place) =>
    trialStep(
      questions(),
      place,
      { prompt: vscode.l10n.t('The password of {0} at the server', user), isSecret: true },
      (text) => ({ credentials: { RESTIC_REST_USERNAME: user, RESTIC_REST_PASSWORD: text } }),
      'login',
    );
  const login: Step = async (place) => {
    const value = user || (questions().place.credentials.RESTIC_REST_USERNAME ?? '');
    const prompt = vscode.l10n.t('The server wants a user and a password. The user');
    const answer = await textStep(place, { prompt, value, refuse: (text) => (text.trim() ? undefined : empty()) });
    if (answer === back) return back;
    user = answer.trim();
    return password;
  };
  const rclonePassword: Step = (place) =>
    trialStep(
      questions(),
      place,
      { prompt: vscode.l10n.t("The password of rclone's configuration"), isSecret: true },
      (text) => (text ? { credentials: { RCLONE_CONFIG_PASS: text } } : empty()),
      'rclonePassword',
    );
  return { login, rclonePassword };
}

function keyOrigins() {
  return [
    {
      iconPath: new vscode.ThemeIcon('key'),
      label: vscode.l10n.t('Type an Access Key'),
      detail: vscode.l10n.t('Kept in the secret storage of the editor.'),
      value: 'typed' as const,
    },
    {
      iconPath: new vscode.ThemeIcon('server-environment'),
      label: vscode.l10n.t('That of the Environment'),
      detail: vscode.l10n.t('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials.'),
      value: 'environment' as const,
    },
  ];
}

function keySteps(questions: () => FarQuestions) {
  let id = '';
  const secret: Step = (place) =>
    trialStep(
      questions(),
      place,
      { prompt: vscode.l10n.t('The secret of the access key {0}', id), isSecret: true },
      (text) =>
        text.trim() ? { credentials: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: text.trim() } } : empty(),
      'keys',
    );
  const typed: Step = async (place) => {
    const value = id || (questions().place.credentials.AWS_ACCESS_KEY_ID ?? '');
    const prompt = vscode.l10n.t('The id of the access key');
    const answer = await textStep(place, { prompt, value, refuse: (text) => (text.trim() ? undefined : empty()) });
    if (answer === back) return back;
    id = answer.trim();
    return secret;
  };
  const keys: Step = async (place) => {
    let next: Step = typed;
    const question = vscode.l10n.t('Which access key?');
    const chosen = await chooseStep(place, question, keyOrigins(), async (value, signal) => {
      if (value === 'typed') return undefined;
      const result = await tryAnswer(questions(), { credentials: {} }, 'keys', signal);
      if (typeof result === 'string') return result;
      next = result;
      return undefined;
    });
    return chosen === back ? back : next;
  };
  const region: Step = (place) =>
    trialStep(
      questions(),
      place,
      { prompt: vscode.l10n.t('The region of the bucket'), placeholder: 'eu-central-1' },
      (text) => (text ? { options: { ...questions().place.options, 's3.region': text } } : empty()),
      'region',
    );
  const bucket: Step = async (place) => {
    const location = parseLocation(questions().place.location);
    const name = location.kind === 's3' ? location.bucket : '';
    const question = vscode.l10n.t('There is no bucket {0} yet.', name);
    const make = {
      iconPath: new vscode.ThemeIcon('add'),
      label: vscode.l10n.t('Make It with the Repository'),
      value: true,
    };
    return (await chooseStep(place, question, [make])) === back ? back : questions().done;
  };
  return { keys, region, bucket };
}

function certificateSteps(questions: () => FarQuestions) {
  const isAbsolute = (text: string) => /^(?:[a-z]:[/\\]|[/\\])/i.test(text);
  const relative = () => vscode.l10n.t('Give an absolute path.');
  const certificate: Step = (place) =>
    trialStep(
      questions(),
      place,
      {
        prompt: vscode.l10n.t(
          'The certificate of the server is signed by none that is trusted here. If it is yours: the path of a file with the certificate that signed it',
        ),
        placeholder: '/etc/ssl/our-authority.pem',
        value: questions().place.cacert ?? '',
      },
      (text) => (isAbsolute(text) ? { cacert: text } : relative()),
      'certificate',
    );
  const clientCertificate: Step = (place) =>
    trialStep(
      questions(),
      place,
      {
        prompt: vscode.l10n.t(
          'The server wants a certificate of this computer: the path of a file with it and its key, both in the form PEM',
        ),
        value: questions().place.tlsClientCert ?? '',
      },
      (text) => (isAbsolute(text) ? { tlsClientCert: text } : relative()),
      'clientCertificate',
    );
  return { certificate, clientCertificate };
}
