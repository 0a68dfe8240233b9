/**
 * What is needed only when a person asks for it: a bundle of its own, so that the editor does not load it
 * at each start. Nothing of it is imported by the rest but its type.
 */
import type { Cairn } from './cairn.ts';
import { askForBaseline } from './changes/askForBaseline.ts';
import { copyActions } from './copies/copyActions.ts';
import { DeletedTree } from './deleted/deletedTree.ts';
import { restoreOrders } from './restore/restoreOrders.ts';
import { runRestore } from './restore/restoreFlow.ts';
import { undoRestore } from './restore/undoRestore.ts';
import { SearchTree } from './search/searchTree.ts';
import { askFilter } from './snapshots/askFilter.ts';
import { askScope } from './snapshots/askScope.ts';
import { targetActions } from './targets/targetActions.ts';
import { runTask } from './tasks/runTask.ts';
import { registerReports } from './upkeep/reports.ts';
import { upkeepActions } from './upkeep/upkeepActions.ts';

export type Later = ReturnType<typeof createLater>;
/** Loads the bundle at the first call. */
export type LoadLater = () => Later;

/** Called once, when any of it is first needed. */
export function createLater({ context }: Cairn) {
  context.subscriptions.push(registerReports());
  return {
    ...upkeepActions,
    ...targetActions,
    ...copyActions,
    runTask,
    askFilter,
    askScope,
    askForBaseline,
    restoreOrders,
    runRestore,
    undoRestore,
    DeletedTree,
    SearchTree,
  };
}
