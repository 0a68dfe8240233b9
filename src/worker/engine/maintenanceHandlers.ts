import { errorCode } from '../../base/errors.ts';
import {
  DEFAULT_GRACE,
  executeForget,
  executePrune,
  isDamage,
  planForget,
  planPrune,
  withLockFile,
  localZoneOffset,
  type PrunePlan,
} from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import { isExpendable } from '../isExpendable.ts';
import type { Engine } from './engine.ts';
import type { Call, Handlers } from './handler.ts';
import { parsePolicy } from './parsePolicy.ts';
import { snapshotRow } from './rows.ts';
import { isOfWorkspace, workspaceOf } from './workspaces.ts';
import { lockFileOf } from '../../worker/engine/workspaces.ts';

/** Pruning costs more than it gives as long as less than all of this is unused. */
const MIN_UNUSED_BYTES = 50_000_000;
const MIN_UNUSED_SHARE = 0.25;
/** So many small packs or index files make every opening slow. */
const MOST_FILES = 300;
const SMALL_PACK = 320 * 1024;

/** What is done about a repository without anybody asking: quietly, or not at all. */
export const maintenanceHandlers: Handlers<'applyRetention' | 'maintain'> = {
  async applyRetention(engine, { repository: ref, folder, policy: words }, { signal }) {
    const policy = parsePolicy(words);
    const identity = await workspaceOf(folder);
    const choose = async () => {
      const all = await engine.snapshots(ref);
      const ours = all.filter((stored) => isOfWorkspace(stored, folder, identity) && isExpendable(snapshotRow(stored)));
      const now = BigInt(Date.now()) * 1_000_000n;
      const groups = planForget(ours, policy, { now, localOffset: localZoneOffset, groupBy: {} });
      return groups.flatMap(({ remove }) => remove);
    };
    if ((await choose()).length === 0) return { removed: [] };
    const removed = await aloneOrNever(engine, ref, async () => {
      const remove = await choose();
      return engine.runCold(ref, (repository) =>
        executeForget(repository, { groups: [], remove, unreadable: [] }, { signal }),
      );
    });
    return { removed: removed ?? [] };
  },

  async maintain(engine, { repository: ref }, call) {
    const nothing = { isPruned: false, bytesFreed: 0 };
    const { backend } = await engine.open(ref);
    const packs = await backend.list('pack');
    const indexFiles = (await backend.list('index')).length;
    const bytes = packs.reduce((sum, { size }) => sum + size, 0);
    const mergeableBefore = Date.now() - DEFAULT_GRACE;
    const small = packs.filter(({ size, modified = 0 }) => size < SMALL_PACK && modified < mergeableBefore);
    const isSplit = indexFiles > MOST_FILES || small.length > MOST_FILES;
    if (!isSplit && bytes < MIN_UNUSED_BYTES) return nothing;
    if (!(await looksWorthwhile(engine, ref, isSplit, call))) return nothing;
    const result = await aloneOrNever(engine, ref, () =>
      engine.withSession(ref, { lock: 'exclusive', signal: call.signal }, async (session) =>
        executePrune(session, engine.openCodecs, await planPrune(session, call), call),
      ),
    );
    if (!result) return nothing;
    return { isPruned: true, bytesFreed: result.bytesRemoved - result.bytesWritten };
  },
};

/** Looking needs no lock; what is done is planned again under one. */
async function looksWorthwhile(engine: Engine, ref: RepositoryRef, isSplit: boolean, call: Call): Promise<boolean> {
  try {
    const plan = await engine.withSession(ref, { lock: 'none' }, (session) => planPrune(session, call));
    return isWorthwhile(plan, isSplit);
  } catch (error) {
    // Others may have stored or pruned during the look: what seems missing is judged under the lock.
    if (isDamage(errorCode(error))) return true;
    throw error;
  }
}

function isWorthwhile({ stats }: PrunePlan, isSplit: boolean): boolean {
  const bytes = stats.used.bytes + stats.unused.bytes;
  const { freedBytes } = stats;
  return isSplit || (freedBytes > MIN_UNUSED_BYTES && freedBytes > MIN_UNUSED_SHARE * bytes);
}

/** Nothing, if another window is at it, or somebody works with the repository. */
async function aloneOrNever<T>(engine: Engine, ref: RepositoryRef, work: () => Promise<T>): Promise<T | undefined> {
  const { config } = await engine.open(ref);
  try {
    return await withLockFile(lockFileOf(`upkeep-${config.id.slice(0, 16)}`), work, { longestWait: 0 });
  } catch (error) {
    if (errorCode(error) === 'locked') return undefined;
    throw error;
  }
}
