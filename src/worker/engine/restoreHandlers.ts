import { posix } from 'node:path';
import { CairnError } from '../../base/errors.ts';
import {
  createDeletionGuard,
  executeRestore,
  findPlace,
  findSnapshot,
  planLines,
  planRestore,
  type PlaceInSnapshot,
  type PlanLine,
  type RestorePlan,
  type Session,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { RestoreLine, RestorePreview, RestoreRequest } from '../engineProtocol.ts';
import type { Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { repositoryFolder } from './openRepositoryRef.ts';

/** As many lines of a plan as a person may want to look through. */
const MAX_LINES = 5_000;

/** What is lost if a person overlooks it stands first. */
const lineOrder: readonly PlanLine['change'][] = ['delete', 'overwrite', 'create', 'metadata'];

/** Restore: first a plan, which a person sees; then its execution. */
export const restoreHandlers: Handlers<'planRestore' | 'executeRestore' | 'dropPlan'> = {
  planRestore: (engine, request, { signal, onProgress }) =>
    engine.withSession(request.repository, { lock: 'none' }, async (session) => {
      const stored = await findSnapshot(session.repository, request.snapshot);
      const { place, include } = await chooseWhat(session, stored, request);
      const { destination } = request;
      const guard = () => createDeletionGuard(session.reader, place, destination, rulesOf(request));
      const plan = await planRestore(session, {
        place,
        include,
        ...(destination !== undefined && { destination }),
        ...(request.exact && { delete: { isIgnored: await guard() } }),
        signal,
        onProgress,
      });
      return preview(plan, engine.plans.add({ repository: request.repository, plan }));
    }),

  async executeRestore(engine, { planId }, { signal, onProgress }) {
    const pending = engine.plans.take(planId);
    if (!pending) throw new CairnError('refused', 'What was to be restored is not known any more. Start again.');
    return engine.withSession(pending.repository, { lock: 'shared', signal }, async (session) => {
      const result = await executeRestore(session, engine.openCodecs, pending.plan, { signal, onProgress });
      const { files, deleted, unchanged, bytes, problems, warnings } = result;
      return {
        files: files + result.links + result.others,
        deleted,
        unchanged,
        bytes,
        problems: [...problems.map(({ message }) => message), ...warnings],
      };
    });
  },

  dropPlan(engine, { planId }) {
    engine.plans.take(planId);
  },
};

/** What a backup by the settings leaves out is not in the snapshot, and stays. */
function rulesOf({ repository, rules }: RestoreRequest) {
  const folder = repositoryFolder(repository);
  return ignoreOptions(folder === undefined ? rules : { ...rules, never: [...rules.never, folder] });
}

/** In place, paths are chosen below the root; into a folder, one thing asked for goes directly into it. */
async function chooseWhat(
  { reader }: Session,
  stored: StoredSnapshot,
  { paths, destination }: RestoreRequest,
): Promise<{ readonly place: PlaceInSnapshot; readonly include: string[] }> {
  const root = await findPlace(reader, stored, '');
  const wanted = paths.length === 0 && destination !== undefined ? stored.snapshot.paths : paths;
  const places = await Promise.all(wanted.map((path) => findPlace(reader, stored, path)));
  const [only] = places;
  if (destination === undefined || places.length !== 1 || !only) {
    return { place: root, include: places.map(({ path }) => path) };
  }
  if (only.tree !== undefined) return { place: only, include: [] };
  return { place: await findPlace(reader, stored, posix.dirname(only.path)), include: [posix.basename(only.path)] };
}

function preview(plan: RestorePlan, planId: number): RestorePreview {
  const { totals } = plan;
  const lines: RestoreLine[] = [];
  for (const { path, change, isFolder, size } of planLines(plan)) {
    if (change !== 'unchanged') lines.push({ path, change, isFolder, size });
  }
  lines.sort((a, b) => lineOrder.indexOf(a.change) - lineOrder.indexOf(b.change));
  return {
    planId,
    lines: lines.slice(0, MAX_LINES),
    truncated: lines.length > MAX_LINES,
    totals: {
      create: totals.create,
      overwrite: totals.overwrite,
      metadata: totals.metadata,
      delete: totals.delete,
      unchanged: totals.unchanged,
      bytes: totals.bytesToWrite,
    },
    kept: plan.kept,
    problems: plan.problems.map(({ message }) => message),
  };
}
