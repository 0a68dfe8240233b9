import type { Command } from '../measure.ts';

/**
 * How a program does each job, as the commands that a person would type. A `store` is a folder for all that
 * the program keeps: its repository or copy, and its caches. Sources are backed up from within, as `.`.
 */
export interface Program {
  /** As it is called in the tables. */
  readonly name: string;
  /** The commands that make an empty store in a folder that exists. */
  readonly init: (store: string) => readonly Command[];
  readonly backup: (store: string, source: string) => Command;
  /** The ids or names of the snapshots, oldest first. */
  readonly snapshots?: (store: string) => readonly string[];
  /** The folder whose size counts. */
  readonly repository?: (store: string) => string;
  /** Into an empty folder. */
  readonly restore?: (store: string, snapshot: string, target: string) => Command;
  readonly verify?: (store: string) => Command;
  readonly verifyData?: (store: string) => Command;
  readonly diff?: (store: string, from: string, to: string) => Command;
  /** One folder of a snapshot, named from the root of the source. */
  readonly listFolder?: (store: string, snapshot: string, folder: string) => Command;
  readonly listSnapshots?: (store: string) => Command;
  /** Forgets all but the newest ten and gives their space back. */
  readonly forget?: (store: string) => Command;
  /** The same, and what is young goes as well. */
  readonly forgetAtOnce?: (store: string) => Command;
}
