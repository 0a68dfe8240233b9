import type { TreePath } from '../../base/pathKinds.ts';
import type { Node } from '../../repository/format/node.ts';
import type { TreeReader } from '../walkTree.ts';
import type { DestinationListing } from './destinationListing.ts';
import type { DraftFolder, PlanDraft } from './planDraft.ts';
import type { EntryRules } from './planEntries.ts';
import type { IsIgnored, RepositoryFolder } from './planRemovals.ts';
import type { Selected, Selection } from './selection.ts';
import type { SnapshotTarget } from './snapshotTargets.ts';
import type { TakenNames } from './takenNames.ts';

/** What stays the same while the trees of a snapshot and the destination are walked side by side. */
export interface Walk {
  readonly reader: TreeReader;
  readonly draft: PlanDraft;
  readonly selection: Selection;
  readonly rules: EntryRules;
  readonly targets: readonly SnapshotTarget[];
  readonly inPlace: boolean;
  readonly stays: IsIgnored | undefined;
  /** In which nothing is restored. */
  readonly repository: RepositoryFolder;
  /** Where the snapshot lacks what the backup could not read. */
  readonly unread: readonly TreePath[];
}

/** A folder of the snapshot beside the one of the destination. */
export interface Frame {
  readonly folder: DraftFolder;
  readonly nodes: readonly Node[];
  readonly listing: DestinationListing;
  /** From the root of the restored tree on. */
  readonly path: string;
  /** From the root of the snapshot on. */
  readonly treePath: TreePath;
  readonly selected: Selected;
  readonly taken: TakenNames;
  next: number;
}
