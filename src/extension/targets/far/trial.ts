import { errorCode } from '../../../base/errors.ts';
import { displayLocation, hasSecret, parseLocation } from '../../../base/location.ts';
import * as vscode from 'vscode';
import type { ProbeReport } from '../../../worker/engineProtocol/targets.ts';
import type { Cairn } from '../../cairn.ts';
import type { Credentials } from '../credentials.ts';
import { back, textStep, type Step, type StepPlace, type TextQuestion } from '../steps.ts';
import { targetAccess } from '../targetAccess.ts';
import { judgeStorage, type Need } from './judgeStorage.ts';

/** A place elsewhere, as far as a person has named it. */
export interface FarPlace {
  readonly name: string;
  /** Without secrets. */
  location: string;
  options: Readonly<Record<string, string>>;
  credentials: Credentials;
  cacert: string | undefined;
  tlsClientCert: string | undefined;
  probe: ProbeReport | undefined;
}

/** What an answer changes about the place. */
export type Attempt = Partial<Pick<FarPlace, 'location' | 'options' | 'credentials' | 'cacert' | 'tlsClientCert'>>;

/** What questions about one place share. */
export interface FarQuestions {
  readonly cairn: Cairn;
  readonly place: FarPlace;
  /** Where to go for what else is needed. */
  readonly needs: Readonly<Record<Need, Step>>;
  /** Where to go when the place has answered. */
  readonly done: Step;
}

/** Looks at the place as it is with an answer. Throws `aborted`. */
export async function lookAt(
  { cairn, place }: Pick<FarQuestions, 'cairn' | 'place'>,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<ProbeReport> {
  const { name, location, options, credentials, cacert, tlsClientCert } = { ...place, ...attempt };
  const access = await targetAccess({ name, options, cacert, tlsClientCert }, credentials, true);
  return cairn.engine.call('probeLocation', { location, access, folders: [] }, { signal });
}

/**
 * Tries an answer. A text says why it will not do; a step leads to what is to be asked next, and the answer is taken.
 * @param answers what has been asked for: it is not asked for again, but refused.
 */
export async function tryAnswer(
  questions: FarQuestions,
  attempt: Attempt,
  answers: Need | undefined,
  signal: AbortSignal,
): Promise<string | Step> {
  const { place, needs, done } = questions;
  const location = parseLocation(attempt.location ?? place.location);
  if (hasSecret(location)) return secretInLocation();
  let probe: ProbeReport;
  try {
    probe = await lookAt(questions, attempt, signal);
  } catch (error) {
    if (errorCode(error) === 'usage') return (error as Error).message;
    throw error;
  }
  const { refusal, need } = judgeStorage(location, displayLocation(location), probe);
  if (refusal !== undefined && (need === undefined || need === answers)) return refusal;
  Object.assign(place, attempt, { probe });
  return need === undefined ? done : needs[need];
}

/** Asks for a text of which the place depends, and tries the answer. `read` says what it changes, or why it is none. */
export async function trialStep(
  questions: FarQuestions,
  stepPlace: StepPlace,
  question: Omit<TextQuestion, 'refuse' | 'pending'>,
  read: (text: string) => Attempt | string,
  answers?: Need,
): Promise<Step | typeof back> {
  let next: Step | undefined;
  const answer = await textStep(stepPlace, {
    ...question,
    pending: vscode.l10n.t('Looking at that place…'),
    async refuse(text, signal) {
      const attempt = read(question.isSecret ? text : text.trim());
      if (typeof attempt === 'string') return attempt;
      const result = await tryAnswer(questions, attempt, answers, signal);
      if (typeof result === 'string') return result;
      next = result;
      return undefined;
    },
  });
  return answer === back ? back : next!;
}

function secretInLocation(): string {
  return vscode.l10n.t(
    'There is a secret in this location. Make a remote by "rclone config", which keeps it, and name that.',
  );
}
