import { version } from '../../package.json' with { type: 'json' };

/** What snapshots record as the program that made them. */
export function programVersion(): string {
  return `cairn ${version}`;
}
