import { CairnError } from '../../base/errors.ts';
import { parseSize } from './parseSize.ts';
import type { MaxUnused } from './prunePlan.ts';

/** Parses the value of `--max-unused`: `5%`, `200M` or `unlimited`, as restic has it. Throws `usage`. */
export function parseMaxUnused(text: string): MaxUnused {
  const trimmed = text.trim();
  if (trimmed === 'unlimited') return trimmed;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(trimmed)?.[1];
  if (percent === undefined) return parseSize(trimmed);
  if (Number(percent) >= 100) {
    throw new CairnError(
      'usage',
      `"${text}" would be more than everything. Give less than 100%, a size, or unlimited.`,
    );
  }
  return `${Number(percent)}%`;
}

/** How many unused bytes may stay beside so many used ones (format notes 10.1, step 5). */
export function unusedLimit(maxUnused: MaxUnused, usedBytes: number): number {
  if (maxUnused === 'unlimited') return Infinity;
  if (typeof maxUnused === 'number') return maxUnused;
  const percent = Number(maxUnused.slice(0, -1));
  return percent >= 100 ? Infinity : (percent / (100 - percent)) * usedBytes;
}
