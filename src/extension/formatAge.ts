const MINUTE = 60_000;
const steps = [
  { unit: 'year', length: 365 * 24 * 60 * MINUTE },
  { unit: 'month', length: 30 * 24 * 60 * MINUTE },
  { unit: 'day', length: 24 * 60 * MINUTE },
  { unit: 'hour', length: 60 * MINUTE },
  { unit: 'minute', length: MINUTE },
] as const;

/** How long ago a moment was, in one unit: `5 minutes ago`, `now`. */
export function formatAge(moment: Date, now: Date, locale: string): string {
  const age = Math.max(0, now.getTime() - moment.getTime());
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const step = steps.find(({ length }) => age >= length);
  return step ? format.format(-Math.floor(age / step.length), step.unit) : format.format(0, 'second');
}
