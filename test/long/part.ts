/** One case of a long test: it throws an error that says what is wrong. */
export interface Case {
  /** One line, the same in each run with the same seed. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A kind of cases. */
export interface Part {
  readonly name: string;
  /** What its cases are about, such as a command: listing them takes time, so a sample lists only some. */
  readonly subjects: readonly string[];
  /** All cases of a subject. */
  readonly cases: (subject: string, seed: number) => Promise<Case[]>;
  /** What `npm test` draws: so many subjects, and of each so many cases. Absent if it runs them anyhow. */
  readonly sample?: { readonly subjects: number; readonly cases: number };
  /** Ends what its cases share. */
  readonly close?: () => Promise<void>;
}
