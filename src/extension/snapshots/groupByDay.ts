/** Where and when a person looks at times. */
export interface Clock {
  readonly now: Date;
  /** BCP 47, of the editor's language. */
  readonly locale: string;
  /** IANA name; that of the system, if absent. */
  readonly timeZone?: string;
}

/** What belongs to one day of the person's calendar. */
export interface Day<T> {
  /** `2024-06-01` */
  readonly key: string;
  /** For people: Today, Yesterday, a weekday, a date. */
  readonly label: string;
  readonly rows: readonly T[];
}

const DAY = 24 * 60 * 60 * 1000;

/** Rows by day, in their order. Rows of one day must be neighbours. */
export function groupByDay<T extends { readonly time: string }>(rows: readonly T[], clock: Clock): Day<T>[] {
  const keyOf = createDayKey(clock);
  const labelOf = createDayLabel(clock, keyOf(clock.now));
  const days: { key: string; label: string; rows: T[] }[] = [];
  for (const row of rows) {
    const time = new Date(row.time);
    const key = keyOf(time);
    const last = days.at(-1);
    if (last?.key === key) last.rows.push(row);
    else days.push({ key, label: labelOf(key, time), rows: [row] });
  }
  return days;
}

/** The key of the day on which a moment falls. */
export function createDayKey({ timeZone }: Pick<Clock, 'timeZone'>): (time: Date) => string {
  const numbers = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone });
  return (time) => numbers.format(time);
}

function createDayLabel({ locale, timeZone }: Clock, today: string): (key: string, time: Date) => string {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone });
  const thisYear = new Intl.DateTimeFormat(locale, { weekday: 'long', month: 'long', day: 'numeric', timeZone });
  const otherYear = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', day: 'numeric', timeZone });
  return (key, time) => {
    const age = Math.round((Date.parse(today) - Date.parse(key)) / DAY);
    if (age === 0 || age === 1) return capitalize(relative.format(-age, 'day'), locale);
    if (age > 1 && age < 7) return capitalize(weekday.format(time), locale);
    return capitalize((key.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(time), locale);
  };
}

function capitalize(text: string, locale: string): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
