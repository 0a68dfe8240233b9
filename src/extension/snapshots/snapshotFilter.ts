import type { RowActor } from '../../worker/engineProtocol/snapshots.ts';
import { actorText, originText, type Origin } from './describeMaker.ts';

/** Who is looked for: all of a kind, or one of them by its name. */
export type WantedActor = Pick<RowActor, 'kind' | 'name' | 'title'>;

/** Which snapshots are shown; without any part, all. */
export interface SnapshotFilter {
  readonly triggers?: readonly Origin[];
  /** Those who changed things. */
  readonly actors?: readonly WantedActor[];
  /** Part of label, tag, host, path or id, or of the name of a file that was changed. */
  readonly text?: string;
}

/** Whether anything is left out. */
export function isFiltering({ triggers, actors, text }: SnapshotFilter): boolean {
  return triggers !== undefined || actors !== undefined || text !== undefined;
}

/** A few words for the head of the view; empty if nothing is left out. */
export function describeFilter({ triggers = [], actors = [], text }: SnapshotFilter): string {
  return [...triggers.map(originText), ...actors.map(actorText), ...(text === undefined ? [] : [`"${text}"`])].join(
    ', ',
  );
}
