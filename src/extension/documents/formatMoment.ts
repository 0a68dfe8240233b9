/**
 * A time as short as it is clear: of today only the hour and minute, of another day that too, and the year if need be.
 * With seconds where those tell it from others.
 */
export function formatMoment(moment: Date, now: Date, language: string, { seconds = false } = {}): string {
  const clock = moment.toLocaleTimeString(language, {
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(seconds && { second: '2-digit' }),
  });
  if (moment.toDateString() === now.toDateString()) return clock;
  const isThisYear = moment.getFullYear() === now.getFullYear();
  const day = moment.toLocaleDateString(language, {
    day: 'numeric',
    month: 'short',
    ...(!isThisYear && { year: 'numeric' }),
  });
  return `${day} ${clock}`;
}

/** The same with its day, for what is read long after. */
export function formatWithDay(moment: Date, language: string): string {
  return moment.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
}

/** All of it: the day of the week, seconds, and the time zone. */
export function formatInFull(moment: Date, language: string): string {
  return moment.toLocaleString(language, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' });
}
