import { InvalidArgumentError } from 'commander';

/**
 * Nanoseconds since 1970 of a local time: `2026-01-31`, `2026-01-31 17:05` or `2026-01-31 17:05:09`.
 * A text without seconds means a whole minute or day: its first moment or its last.
 */
export function parseMoment(text: string, end: 'first' | 'last'): bigint {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1).map((part) => part && Number(part));
  const isLast = end === 'last';
  const date = new Date(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? (isLast ? 23 : 0)),
    Number(minute ?? (isLast ? 59 : 0)),
    Number(second ?? (isLast ? 59 : 0)),
  );
  // Date makes the 31st of February a day in March.
  if (!match || date.getDate() !== day || date.getMonth() + 1 !== month) {
    throw new InvalidArgumentError('Give a local time: 2026-01-31, "2026-01-31 17:05" or "2026-01-31 17:05:09".');
  }
  return BigInt(date.getTime()) * 1_000_000n + (isLast ? 999_999_999n : 0n);
}
