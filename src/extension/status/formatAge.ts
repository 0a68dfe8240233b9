const units = [
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 24],
  ['day', 86_400_000, Infinity],
] as const;

/** How long ago something was, in the words of a language: `now`, `2 min. ago`, `3 days ago`. Milliseconds. */
export function formatAge(age: number, language: string, style: 'short' | 'long' = 'short'): string {
  const format = new Intl.RelativeTimeFormat(language, { style, numeric: 'auto' });
  for (const [unit, length, most] of units) {
    const count = Math.floor(age / length);
    if (unit === 'minute' && count < 1) return format.format(0, 'second');
    if (count < most) return format.format(-count, unit);
  }
  return '';
}
