import {
  depthOf,
  executePrune,
  keepsWhatIsGone,
  listMirrorFolders,
  noteMirrorVerified,
  noteVerified,
  planForgetByPolicy,
  planPrune,
  releaseFromGuard,
  usualGuards,
  verify,
  verifyMirror,
  type PrunePlan,
  type PruneResult,
  type StoredSnapshot,
  type VerifyResult,
  wayBelow,
} from '../../engine/index.ts';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { PruneReport, VerifyReport } from '../engineProtocol/upkeep.ts';
import type { Handlers } from './handler.ts';
import { parsePolicy } from './parsePolicy.ts';
import { snapshotRow } from './rows.ts';

/** As many lines of a report as a person may want to look through. */
const MAX_LINES = 5_000;

/** Upkeep of targets: proving what they hold, and making room. */
export const upkeepHandlers: Handlers<'verify' | 'verifyFolder' | 'planForget' | 'prune' | 'releaseGuard'> = {
  async verify(engine, { repository, read }, call) {
    const readData = read === 'tenth' ? { percent: 10 } : read === 'all';
    // Under a shared lock of its own: backups go on meanwhile.
    const opened = await engine.open(repository);
    const result = await verify(opened, engine.openCodecs, { ...call, readData });
    const report = verifyReport(result, await engine.snapshots(repository));
    await noteVerified(engine.ledger, opened, depthOf(readData), report.isGood);
    return report;
  },

  async verifyFolder(engine, { folder }, call) {
    const places = listMirrorFolders(folder);
    if (places.length === 0) {
      const message = `There is no copy to verify in ${displayPath(folder)}: nothing was mirrored to it yet.`;
      throw new CairnError('file-not-found', message);
    }
    const total = { good: 0, bytes: 0, isComplete: true, isGood: true };
    const findings = [];
    for (const place of places) {
      const result = await verifyMirror(place, call);
      await noteMirrorVerified(engine.ledger, place, result.isGood);
      total.good += result.good;
      total.bytes += result.bytes;
      total.isComplete &&= result.isComplete;
      total.isGood &&= result.isGood;
      const below = wayBelow(folder, place) ?? '';
      findings.push(
        ...result.findings.map((finding) => ({
          ...finding,
          path: below === '' ? finding.path : `${below}/${finding.path}`,
        })),
      );
    }
    // What is only superfluous must not push out what is lost.
    findings.sort((a, b) => Number(a.kind === 'extra') - Number(b.kind === 'extra'));
    return { ...total, findings: findings.slice(0, MAX_LINES), truncated: findings.length > MAX_LINES };
  },

  async planForget(engine, { repository, policy }, { signal }) {
    const opened = await engine.open(repository);
    const { groups, unreadable } = await planForgetByPolicy(opened, parsePolicy(policy), { signal });
    return {
      groups: groups.map(({ key, keep, remove }) => ({
        host: key.host ?? '',
        paths: key.paths ?? [],
        keep: keep.map(({ entry, reasons }) => ({ snapshot: snapshotRow(entry), reasons })),
        remove: remove.map((entry) => snapshotRow(entry)),
      })),
      unreadable,
    };
  },

  prune(engine, { repository, dryRun, includesNew = false }, call) {
    return engine.withSession(repository, { lock: 'exclusive', signal: call.signal }, async (session) => {
      const plan = await planPrune(session, { ...call, ...(includesNew && { graceMs: 0 }) });
      const result = dryRun ? undefined : await executePrune(session, engine.openCodecs, plan, call);
      return pruneReport(plan, result, keepsWhatIsGone(session.repository));
    });
  },

  async releaseGuard(engine, { repository }) {
    const released = await releaseFromGuard(await engine.open(repository), { ...usualGuards(), delay: 0 });
    return released?.bytes ?? 0;
  },
};

function verifyReport(
  { findings, affected, advice, counts }: VerifyResult,
  snapshots: readonly StoredSnapshot[],
): VerifyReport {
  const times = new Map<string, string>(snapshots.map(({ id, snapshot }) => [id, snapshot.time]));
  return {
    isGood: counts.errors === 0 && affected.length === 0,
    findings: findings.slice(0, MAX_LINES).map(({ severity, message }) => ({ severity, message })),
    affected: affected.slice(0, MAX_LINES).map(({ path, type, loss, snapshots: ids, intactIn }) => ({
      path,
      type,
      loss,
      snapshots: ids.map((id) => ({ id, ...(times.has(id) && { time: times.get(id)! }) })),
      ...(intactIn !== undefined && { intactIn }),
    })),
    truncated: findings.length > MAX_LINES || affected.length > MAX_LINES,
    advice,
    counts: {
      snapshots: counts.snapshots,
      packs: counts.packs,
      packsRead: counts.packsRead,
      bytesRead: counts.bytesRead,
      errors: counts.errors,
    },
  };
}

function pruneReport({ stats }: PrunePlan, result: PruneResult | undefined, isHeld: boolean): PruneReport {
  return {
    usedBytes: stats.used.bytes,
    freedBytes: result ? result.bytesRemoved - result.bytesWritten : stats.freedBytes,
    repackBytes: stats.repacked.bytes,
    remainingUnusedBytes: stats.remainingUnusedBytes,
    waitingBytes: stats.waiting.bytes,
    packs: {
      kept: stats.packs.kept,
      removed: stats.packs.removed + stats.packs.unreferenced,
      rewritten: stats.packs.repacked,
    },
    problems: result?.notRemoved.map(({ message }) => message) ?? [],
    isHeld,
  };
}
