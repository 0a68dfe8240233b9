import { CairnError } from '../../base/errors.ts';
import { parseDuration } from '../forget/duration.ts';

const HOUR = 60 * 60_000;

/** Parses the value of `--grace`, `24h`, `2d12h` or `0`, to milliseconds. Throws `usage`. */
export function parseGrace(text: string): number {
  if (text.trim() === '0') return 0;
  const { years, months, days, hours } = parseDuration(text);
  if (years + months > 0) {
    const reason = months > 0 ? ', for m means months: hours are the smallest unit' : '';
    throw new CairnError('usage', `"${text}" is too long${reason}. Give days and hours: 24h, 2d, or 0.`);
  }
  return (24 * days + hours) * HOUR;
}
