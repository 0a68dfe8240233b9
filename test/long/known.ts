/**
 * Failures that are defects of Cairn and known: the list that has to become shorter. A case that fails like this does
 * not make a run fail; an entry that no case of a whole run failed by does.
 */
export interface KnownDefect {
  /** Which cases it is about, by part and name. */
  readonly cases: RegExp;
  /** How they fail. */
  readonly failure: RegExp;
  readonly reason: string;
}

export const knownDefects: readonly KnownDefect[] = [];

/** The entry that a failed case is about. */
export function knownDefect(name: string, failure: string): KnownDefect | undefined {
  return knownDefects.find((entry) => entry.cases.test(name) && entry.failure.test(failure));
}
