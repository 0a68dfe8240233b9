import type { CallOptions } from '../../worker/engineProtocol.ts';
import type { RestoreLine, RestorePreview } from '../../worker/engineProtocol/restore.ts';
import type { Cairn } from '../cairn.ts';
import { sourceOf } from '../settings.ts';
import type { RestoreMode, RestoreOrder, RestorePart } from './restoreOrder.ts';

/** What an order would do, in all of its folders. */
export interface OrderPlan {
  readonly mode: RestoreMode;
  readonly parts: readonly PlannedPart[];
  readonly totals: Readonly<Record<Total, number>>;
  /** How much of these totals is git's own. */
  readonly git: RestorePreview['git'];
  readonly truncated: boolean;
  readonly problems: readonly string[];
}

export interface PlannedPart {
  readonly part: RestorePart;
  readonly preview: RestorePreview;
}

type Total = keyof RestorePreview['totals'] | 'kept' | 'left' | 'gitFoldersLeft' | 'unseen';

/** Plans an order. `shown`: what the person has seen of it. Throws what the engine fails with. */
export async function planOrder(
  cairn: Cairn,
  order: RestoreOrder,
  mode: RestoreMode,
  shown: OrderPlan | undefined,
  options: CallOptions,
): Promise<OrderPlan> {
  const { engine, targets } = cairn;
  const repository = await targets.repositoryRef(order.target);
  const parts: PlannedPart[] = [];
  try {
    for (const [at, part] of order.parts.entries()) {
      const shownPlan = shown?.parts[at]?.preview.planId;
      const request = {
        repository,
        snapshot: part.snapshot.id,
        paths: part.paths,
        source: sourceOf(part.folder.uri, targets.folders()),
        ...mode,
        mayBeMissing: order.isUndo ?? order.isChosen ?? false,
        ...(shownPlan !== undefined && { shownPlan }),
      };
      parts.push({ part, preview: await engine.call('planRestore', request, options) });
    }
  } catch (error) {
    dropPlan(cairn, parts);
    throw error;
  }
  return sumUp(mode, parts);
}

/** Lets the engine forget plans. */
export function dropPlan({ engine }: Pick<Cairn, 'engine'>, parts: readonly PlannedPart[]): void {
  // A worker that is gone has forgotten them.
  for (const { preview } of parts) engine.call('dropPlan', { planId: preview.planId }).catch(() => {});
}

/** All lines, with the folder that each is of. */
export function linesOf({ parts }: OrderPlan): { readonly part: RestorePart; readonly line: RestoreLine }[] {
  return parts.flatMap(({ part, preview }) => preview.lines.map((line) => ({ part, line })));
}

function sumUp(mode: RestoreMode, parts: readonly PlannedPart[]): OrderPlan {
  const sum = (of: (preview: RestorePreview) => number) => parts.reduce((all, { preview }) => all + of(preview), 0);
  return {
    mode,
    parts,
    totals: {
      create: sum(({ totals }) => totals.create),
      overwrite: sum(({ totals }) => totals.overwrite),
      metadata: sum(({ totals }) => totals.metadata),
      delete: sum(({ totals }) => totals.delete),
      unchanged: sum(({ totals }) => totals.unchanged),
      bytes: sum(({ totals }) => totals.bytes),
      kept: sum(({ kept }) => kept),
      left: sum(({ left }) => left),
      gitFoldersLeft: sum(({ gitFoldersLeft }) => gitFoldersLeft),
      unseen: sum(({ unseen }) => unseen),
    },
    git: {
      create: sum(({ git }) => git.create),
      overwrite: sum(({ git }) => git.overwrite),
      metadata: sum(({ git }) => git.metadata),
      delete: sum(({ git }) => git.delete),
    },
    truncated: parts.some(({ preview }) => preview.truncated),
    problems: parts.flatMap(({ preview }) => preview.problems),
  };
}
