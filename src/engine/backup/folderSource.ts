import type { Node } from '../../repository/format/node.ts';
import type { IgnoreState } from '../../workspace/ignoreRules.ts';
import type { SkippedEntry } from './findings.ts';
import type { EntryStats } from '../../disk/entryStats.ts';
import type { RecordedFolder } from './recordedFolder.ts';
import type { TargetNode } from './targetTree.ts';

/** An entry that waits for its turn in the walk. */
export interface SourceEntry {
  readonly name: string;
  readonly path: string;
  readonly stats: EntryStats;
  /** The text of its node up to the content, where that was made before. */
  readonly metadata?: string | undefined;
  /** Absent on the way to a target, where no rules apply, and where another thread has them. */
  readonly rules: IgnoreState | undefined;
  readonly target: TargetNode | undefined;
  /** Everything below it is looked at. */
  readonly isWhole: boolean;
}

/** An entry that is taken over as the parent snapshot has it. */
export interface KeptEntry {
  readonly name: string;
  readonly kept: Node;
}

export type WalkEntry = SourceEntry | KeptEntry;

/** Hears of what cannot be looked at, by the system's code, and of what the rules leave out. */
export interface SourceListener {
  problem(path: string, code: string): undefined;
  skipped(entry: SkippedEntry): undefined;
}

type Entries = readonly WalkEntry[];

/**
 * The entries of the source, folder by folder, in the order and shape of the snapshot's tree: first the
 * folders on the way to the targets, then what the rules let through below each target. Folders are asked
 * for in the order of a walk, depth first. `recorded`: the folder as it is in the parent snapshot, if it
 * is there.
 */
export interface FolderSource {
  /** The entries at the top of the tree. */
  top(tree: TargetNode, recorded: RecordedFolder | undefined): Entries | Promise<Entries>;
  /** The entries of a folder; nothing if it cannot be listed, which the listener hears. */
  entriesOf(
    entry: SourceEntry,
    recorded: RecordedFolder | undefined,
  ): Entries | undefined | Promise<Entries | undefined>;
}
