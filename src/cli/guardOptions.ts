import { CairnError } from '../base/errors.ts';
import { parseGrace, usualGuards, type GuardSettings } from '../engine/index.ts';
import type { GlobalOptions } from './globalOptions.ts';
import type { Output } from './output.ts';
import { resolvePath } from './resolvePath.ts';

/** What says where guards are. */
interface GuardChoice {
  readonly options: GlobalOptions;
  readonly workingFolder: string;
}

/** How this command guards the local repositories that it writes to; nothing if it does not. Throws `usage`. */
export function guardOf(choice: GuardChoice & { readonly output: Output }): GuardSettings | undefined {
  const isOff = choice.options.guard === false || process.env['CAIRN_GUARD'] === 'off';
  if (isOff && choice.options.guardDir === undefined) return undefined;
  return { ...guardSettings(choice), onTrouble: (message) => choice.output.warn(message) };
}

/** Where guards are, and how long they keep what is gone, whether this command guards anything or not. Throws `usage`. */
export function guardSettings(choice: GuardChoice): GuardSettings {
  return { ...usualGuards(), folder: guardsFolder(choice), delay: delayOf(process.env['CAIRN_GUARD_DELAY']) };
}

/** The folder of guards. */
export function guardsFolder({ options, workingFolder }: GuardChoice): string {
  const inEnvironment = process.env['CAIRN_GUARD'];
  const named = options.guardDir ?? (inEnvironment === 'off' ? undefined : inEnvironment);
  return named ? resolvePath(workingFolder, named) : usualGuards().folder;
}

function delayOf(text: string | undefined): number {
  if (!text) return usualGuards().delay;
  if (text.trim() === 'never') return Infinity;
  try {
    return parseGrace(text);
  } catch (cause) {
    throw new CairnError('usage', `CAIRN_GUARD_DELAY: ${(cause as Error).message}`, { cause });
  }
}
