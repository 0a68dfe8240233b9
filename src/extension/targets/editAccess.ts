import * as vscode from 'vscode';
import { parseLocation } from '../../base/location.ts';
import type { Cairn } from '../cairn.ts';
import { needSteps } from './far/needSteps.ts';
import { tryAnswer, type FarPlace, type FarQuestions } from './far/trial.ts';
import { accessOf } from './draft.ts';
import { back, textStep, type Step } from './steps.ts';
import type { Target } from './targetStore.ts';
import { without } from './without.ts';

type AccessItem = 'login' | 'keys' | 'rclonePassword' | 'certificate' | 'clientCertificate';

/** What can be changed about the way to a target elsewhere. */
export function accessItems({ location = '', cacert, tlsClientCert }: Target) {
  const { kind } = parseLocation(location);
  const items: { label: string; description?: string; value: AccessItem }[] = [];
  if (kind === 'rest') items.push({ label: vscode.l10n.t('User and Password of the Server'), value: 'login' });
  if (kind === 's3') items.push({ label: vscode.l10n.t('Access Key'), value: 'keys' });
  if (kind === 'rclone')
    items.push({ label: vscode.l10n.t("Password of rclone's Configuration"), value: 'rclonePassword' });
  if (kind === 'rest' || kind === 's3') {
    items.push(
      { label: vscode.l10n.t('Certificate of the Server'), description: cacert ?? '', value: 'certificate' },
      {
        label: vscode.l10n.t('Certificate of This Computer'),
        description: tlsClientCert ?? '',
        value: 'clientCertificate',
      },
    );
  }
  return items;
}

/** The questions for these; an answer is taken once the place can be looked at by it. */
export function editAccess(cairn: Cairn, target: Target): Record<AccessItem, Step> {
  let place: FarPlace | undefined;
  const save: Step = async () => {
    const { options, credentials, cacert, tlsClientCert } = place!;
    const rest = without(target, 'options', 'cacert', 'tlsClientCert');
    const changed = { ...rest, ...accessOf({ options, cacert, tlsClientCert }) };
    await cairn.targets.save(changed, { credentials });
    return undefined;
  };
  const questions = (): FarQuestions => ({ cairn, place: place!, needs, done: save });
  const needs = needSteps(questions);
  const begin =
    (next: Step): Step =>
    async (stepPlace) => {
      const { name, location = '', options = {}, cacert, tlsClientCert } = target;
      const credentials = await cairn.targets.credentials(target);
      place ??= { name, location, options, credentials, cacert, tlsClientCert, probe: undefined };
      return next(stepPlace);
    };
  const fileStep =
    (name: 'cacert' | 'tlsClientCert', prompt: string): Step =>
    async (stepPlace) => {
      let next: Step = save;
      const answer = await textStep(stepPlace, {
        prompt,
        value: place![name] ?? '',
        pending: vscode.l10n.t('Looking at that place…'),
        async refuse(text, signal) {
          const need = name === 'cacert' ? 'certificate' : 'clientCertificate';
          const result = await tryAnswer(questions(), { [name]: text.trim() || undefined }, need, signal);
          if (typeof result === 'string') return result;
          next = result;
          return undefined;
        },
      });
      return answer === back ? back : next;
    };
  return {
    login: begin(needs.login),
    keys: begin(needs.keys),
    rclonePassword: begin(needs.rclonePassword),
    certificate: begin(
      fileStep(
        'cacert',
        vscode.l10n.t(
          'The path of a file with the certificate by which the one of the server is signed. Empty for none.',
        ),
      ),
    ),
    clientCertificate: begin(
      fileStep(
        'tlsClientCert',
        vscode.l10n.t('The path of a file with a certificate of this computer and its key. Empty for none.'),
      ),
    ),
  };
}
