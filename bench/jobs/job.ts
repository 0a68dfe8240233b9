import type { Command } from '../measure.ts';
import type { Program } from '../programs/program.ts';
import type { Source } from '../inputs/source.ts';

/** A program at work on one source. */
export interface Stage {
  readonly program: Program;
  readonly source: Source;
  /** See {@link Program}. */
  readonly store: string;
  /** Where it restores to: an empty folder before each measurement. */
  readonly target: string;
  /** Which versions of the source are in the store, oldest first. */
  readonly versions: number[];
}

export interface Job {
  readonly name: string;
  readonly title: string;
  /**
   * What must be in the store before: nothing; the source as it is; the source as it was before a change that
   * is made for each round; the source as it is, and another version of it.
   */
  readonly needs: 'nothing' | 'current' | 'previous' | 'two';
  /** Whether the job stores the source as it is. */
  readonly stores: boolean;
  /** Undefined if the program has no such thing. */
  readonly command: (stage: Stage) => (() => Command) | undefined;
}
