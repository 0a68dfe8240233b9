import { InvalidArgumentError } from 'commander';
import { parseDuration, subtractDuration } from '../engine/index.ts';
import { parseMoment } from './parseMoment.ts';

/** Nanoseconds since 1970 of a local time as {@link parseMoment} takes it, or of so long ago: `7d`, `2m`, `1y6m`. */
export function parseSince(text: string, now = new Date()): bigint {
  if (/^\d{4}-/.test(text)) return parseMoment(text, 'first');
  try {
    return subtractDuration(now.toISOString(), parseDuration(text));
  } catch {
    throw new InvalidArgumentError(
      'Give a local time, 2026-01-31 or "2026-01-31 17:05", or how long ago: 12h, 7d, 2m.',
    );
  }
}
