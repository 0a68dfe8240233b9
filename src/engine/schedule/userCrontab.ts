import { CairnError } from '../../base/errors.ts';
import { decodeRaw, encodeRaw } from '../../base/rawName.ts';
import type { RunCommand } from './runCommand.ts';

/**
 * The user's crontab, '' if there is none; undefined if there is no crontab(1). Bytes that are not
 * UTF-8 as in `base/rawName.ts`. Throws `target-unavailable` if it is there and cannot be read: to
 * take that for an empty one would lose it.
 */
export function readUserCrontab(run: RunCommand): string | undefined {
  const { status, stdout, complaint } = run(['crontab', '-l']);
  if (status === 0) return decodeRaw(stdout);
  if (status === undefined) return undefined;
  if (/^(crontab: )?no crontab for |No such file or directory$/i.test(complaint)) return '';
  throw new CairnError('target-unavailable', `The crontab could not be read: ${complaint}`);
}

/** Replaces the user's crontab. Throws `target-unavailable` with what crontab(1) says. */
export function writeUserCrontab(run: RunCommand, text: string): void {
  const { status, complaint } = run(['crontab', '-'], encodeRaw(text));
  if (status !== 0) throw new CairnError('target-unavailable', `The crontab could not be changed: ${complaint}`);
}
