import { CairnError } from '../base/errors.ts';

type Options = Readonly<Record<string, string>>;

/** The number that an option of `-o` gives, from 1 to 999. Throws `usage`. */
export function readCount(options: Options, name: string, usual: number): number {
  const text = options[name];
  if (text === undefined) return usual;
  if (!/^[1-9]\d{0,2}$/.test(text)) throw wrong(name, 'a number from 1 to 999', text);
  return Number(text);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds: the time that an option of `-o` gives as Go writes it, `30s` or `1m30s`. Throws `usage`. */
export function readDuration(options: Options, name: string, usual: number): number {
  const text = options[name];
  if (text === undefined) return usual;
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) throw wrong(name, 'a time like 30s', text);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

function wrong(name: string, wanted: string, text: string): CairnError {
  return new CairnError('usage', `-o ${name} takes ${wanted}, and not "${text.slice(0, 80)}".`);
}
