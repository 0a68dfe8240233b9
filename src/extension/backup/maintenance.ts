import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { readPolicy, readSetting } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import type { FinishedBackup } from './backupService.ts';

/** The lock of the last save is given back by then. Milliseconds. */
const RETENTION_DELAY = 45_000;
const RETENTION_PAUSE = 600_000;
/** While snapshots never cease, as when an agent works, retention comes between two of them. */
const LONGEST_RETENTION_DELAY = 1_800_000;
/** Nothing was backed up for so long: nobody is at work. */
const IDLE = 300_000;
const PRUNE_PAUSE = 86_400_000;

/** In the state of all workspaces, with the id of the target: when it was last looked at, in milliseconds since 1970. */
const LAST_PRUNE = 'lastPrune.';

/** When it is seen to what goes, of one folder and target. Milliseconds of `performance.now()`. */
interface RetentionState {
  timer?: ReturnType<typeof setTimeout>;
  last: number;
  /** Of the first snapshot after that. */
  since?: number | undefined;
}

/**
 * After automatic snapshots: forgets those that the policy does not keep, and when nobody is at work gives
 * back the space, if it is worth it. Both end as soon as there is something to back up, and say nothing
 * but to the log.
 */
export function registerMaintenance(cairn: Cairn): vscode.Disposable {
  const retention = new Map<string, RetentionState>();
  let idle: ReturnType<typeof setTimeout> | undefined;
  let current: AbortController | undefined;
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    if (current || cairn.backups.isRunning) return;
    current = new AbortController();
    try {
      await work(current.signal);
    } catch (error) {
      if (errorCode(error) !== 'aborted') cairn.log.warn(`Upkeep failed: ${(error as Error).message}`);
    } finally {
      current = undefined;
    }
  };
  const onFinish = ({ order, target, report }: FinishedBackup) => {
    clearTimeout(idle);
    idle = setTimeout(() => void run((signal) => prune(cairn, target, signal)), IDLE);
    if (!report.snapshot || order.trigger === 'manual') return;
    const key = `${target.id} ${order.folder.uri.toString()}`;
    let state = retention.get(key);
    if (!state) retention.set(key, (state = { last: -Infinity }));
    const now = performance.now();
    const longest = (state.since ??= now) + LONGEST_RETENTION_DELAY - now;
    const delay = Math.min(Math.max(RETENTION_DELAY, state.last + RETENTION_PAUSE - now), longest);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      Object.assign(state, { last: performance.now(), since: undefined });
      void run((signal) => applyRetention(cairn, target, order.folder, signal));
    }, delay);
  };
  return vscode.Disposable.from(
    cairn.backups.onDidStart(() => {
      clearTimeout(idle);
      current?.abort();
    }),
    cairn.backups.onDidFinish(onFinish),
    {
      dispose: () => {
        clearTimeout(idle);
        for (const { timer } of retention.values()) clearTimeout(timer);
        current?.abort();
      },
    },
  );
}

async function applyRetention(
  { engine, targets, log, snapshotsChanged }: Cairn,
  target: Target,
  folder: vscode.WorkspaceFolder,
  signal: AbortSignal,
): Promise<void> {
  if (!readSetting<boolean>('retention.enabled')) return;
  const repository = await targets.repositoryRef(target, { ask: false });
  const policy = readPolicy();
  const { removed } = await engine.call(
    'applyRetention',
    { repository, folder: pathOf(folder.uri), policy },
    { signal },
  );
  if (removed.length === 0) return;
  log.info(`Retention forgot ${removed.length} automatic snapshots of ${folder.name} in ${target.name}.`);
  snapshotsChanged.fire();
}

async function prune(cairn: Cairn, target: Target, signal: AbortSignal): Promise<void> {
  const { context, engine, targets, log } = cairn;
  const key = LAST_PRUNE + target.id;
  if (!readSetting<boolean>('maintenance.prune')) return;
  if (cairn.copies.isReading(target)) return;
  if (Date.now() - context.globalState.get(key, 0) < PRUNE_PAUSE) return;
  const repository = await targets.repositoryRef(target, { ask: false });
  const { isPruned, bytesFreed } = await engine.call('maintain', { repository }, { signal });
  await context.globalState.update(key, Date.now());
  log.info(isPruned ? `Pruned ${target.name}: ${bytesFreed} bytes freed.` : `Pruning ${target.name} is not worth it.`);
}
