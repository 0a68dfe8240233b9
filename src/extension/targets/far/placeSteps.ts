import * as vscode from 'vscode';
import { parseLocation } from '../../../base/location.ts';
import { back, chooseStep, textStep, type Step } from '../steps.ts';
import { splitCredentials } from '../credentials.ts';
import { targetAccess } from '../targetAccess.ts';
import { judgeStorage, rcloneMissing } from './judgeStorage.ts';
import { readServer, restLocation, s3Location, sftpLocation, type SshServer } from './readAnswers.ts';
import { lookAt, trialStep, type FarQuestions } from './trial.ts';

/** The kinds of places elsewhere that are asked for part by part. */
export type PlaceKind = 'sftp' | 'rest' | 's3' | 'rclone';

/** The first question for each kind; the last leads on by what the place answers. */
export function placeSteps(questions: FarQuestions): Readonly<Record<PlaceKind, Step>> {
  return {
    sftp: sftpSteps(questions),
    rest: (place) =>
      trialStep(
        questions,
        place,
        {
          prompt: vscode.l10n.t("The address of the repository on restic's REST server"),
          placeholder: 'https://backup.example.org:8000/laptop/',
        },
        (text) => {
          const location = restLocation(text);
          if (location === undefined) return vscode.l10n.t('Give an address that begins with https:// or http://.');
          return splitCredentials(location);
        },
      ),
    s3: s3Steps(questions),
    rclone: rcloneSteps(questions),
  };
}

function sftpSteps(questions: FarQuestions): Step {
  let server: SshServer | undefined;
  /** Where the server lets us in is there, whatever is in it. */
  const refuseServer = async (found: SshServer, signal: AbortSignal) => {
    const location = sftpLocation(found, '.');
    const probe = await lookAt(questions, { location, credentials: {} }, signal);
    const isReached = probe.problem === undefined || probe.problem.code === 'permission-denied';
    if (!isReached) return judgeStorage(parseLocation(location), location, probe).refusal;
    server = found;
    return undefined;
  };
  const folder: Step = (place) =>
    trialStep(
      questions,
      place,
      {
        prompt: vscode.l10n.t(
          'The folder on {0}: its whole path, or the one from where the server lets you in',
          server!.host,
        ),
        placeholder: 'backups/laptop',
      },
      (text) => (text ? { location: sftpLocation(server!, text) } : vscode.l10n.t('This is empty.')),
    );
  const typed: Step = async (place) => {
    const answer = await textStep(place, {
      prompt: vscode.l10n.t('The server, as ssh takes it'),
      placeholder: 'me@backup.example.org',
      pending: vscode.l10n.t('Looking at that place…'),
      async refuse(text, signal) {
        const found = readServer(text);
        return typeof found === 'string' ? found : refuseServer(found, signal);
      },
    });
    return answer === back ? back : folder;
  };
  return async (place) => {
    const access = await targetAccess({ name: '' }, {}, true);
    const { names } = await questions.cairn.engine.call('storageNames', { of: 'ssh', access });
    if (names.length === 0) return typed(place);
    const items = [
      ...names.map((host) => ({ iconPath: new vscode.ThemeIcon('server'), label: host, value: host })),
      { iconPath: new vscode.ThemeIcon('edit'), label: vscode.l10n.t('Another Server…'), value: null },
    ];
    const chosen = await chooseStep<string | null>(
      place,
      vscode.l10n.t('Which server?'),
      items,
      async (host, signal) => (host === null ? undefined : refuseServer({ host }, signal)),
    );
    if (chosen === back) return back;
    return chosen === null ? typed : folder;
  };
}

function s3Steps(questions: FarQuestions): Step {
  let endpoint = '';
  const bucket: Step = async (place) => {
    const answer = await textStep(place, {
      prompt: vscode.l10n.t('The bucket, and the folder in it if there is to be one'),
      placeholder: 'my-backups/laptop',
      refuse: (text) =>
        s3Location(endpoint, text) === undefined ? vscode.l10n.t('Give it as bucket or bucket/folder.') : undefined,
    });
    if (answer === back) return back;
    questions.place.location = s3Location(endpoint, answer)!;
    return questions.needs.keys;
  };
  return async (place) => {
    const answer = await textStep(place, {
      prompt: vscode.l10n.t('The address of the storage: its host, or a whole address where it has a port of its own'),
      placeholder: 's3.eu-central-1.amazonaws.com',
      value: endpoint,
      pending: vscode.l10n.t('Looking at that place…'),
      async refuse(text, signal) {
        // Whoever has no keys gets some answer, if this is the right machine.
        const location = s3Location(text, 'cairn');
        if (location === undefined) return vscode.l10n.t('Give it as host, or as https://host:port.');
        const options = { 's3.unsafe-anonymous-auth': 'true' };
        const probe = await lookAt(questions, { location, options, credentials: {} }, signal);
        if (probe.problem?.status !== undefined) return undefined;
        const { refusal, need } = judgeStorage(parseLocation(location), location, probe);
        return need === undefined ? refusal : undefined;
      },
    });
    if (answer === back) return back;
    endpoint = answer.trim();
    return bucket;
  };
}

function rcloneSteps(questions: FarQuestions): Step {
  let remote = '';
  const list = async (options: Readonly<Record<string, string>>, signal?: AbortSignal) => {
    const access = await targetAccess({ name: '', options }, {}, true);
    return questions.cairn.engine.call('storageNames', { of: 'rclone', access }, signal ? { signal } : {});
  };
  const path: Step = (place) =>
    trialStep(
      questions,
      place,
      { prompt: vscode.l10n.t('The folder in {0}', `${remote}:`), placeholder: 'backups/laptop' },
      (text) => (text ? { location: `rclone:${remote}:${text}` } : vscode.l10n.t('This is empty.')),
    );
  const typed: Step = async (place) => {
    const answer = await textStep(place, {
      prompt: vscode.l10n.t('The name of the remote, as "rclone config" has it'),
      value: remote,
      refuse: (text) =>
        /^[^-:,][^:,]*:?$/.test(text.trim()) ? undefined : vscode.l10n.t('Give the name of a remote of rclone.'),
    });
    if (answer === back) return back;
    remote = answer.trim().replace(/:$/, '');
    return path;
  };
  const program: Step = async (place) => {
    const answer = await textStep(place, {
      prompt: rcloneMissing(),
      async refuse(text, signal) {
        if (!text.trim()) return vscode.l10n.t('This is empty.');
        return (await list({ 'rclone.program': quoted(text.trim()) }, signal)).isMissing ? rcloneMissing() : undefined;
      },
    });
    if (answer === back) return back;
    questions.place.options = { 'rclone.program': quoted(answer.trim()) };
    return choose;
  };
  const choose: Step = async (place) => {
    const { names, isMissing } = await list(questions.place.options);
    if (isMissing) return program(place);
    if (names.length === 0) return typed(place);
    const items = [
      ...names.map((name) => ({ iconPath: new vscode.ThemeIcon('cloud'), label: name, value: name })),
      { iconPath: new vscode.ThemeIcon('edit'), label: vscode.l10n.t('Another Remote…'), value: '' },
    ];
    const chosen = await chooseStep(place, vscode.l10n.t('Which remote of rclone?'), items);
    if (chosen === back) return back;
    remote = chosen;
    return chosen === '' ? typed : path;
  };
  return choose;
}

/** A path as one word of a command line. */
function quoted(text: string): string {
  return /[\s"']/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
}
