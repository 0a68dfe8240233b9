import type { ProgressListener } from '../../base/progress.ts';
import { BlobReader } from '../../repository/blobReader.ts';
import { isUnreadablePlace } from '../../repository/damage.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import { listKeys } from '../../repository/keys.ts';
import type { Repository } from '../../repository/repository.ts';
import { listSnapshots, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { listingAhead } from '../listingAhead.ts';
import { withoutCache } from '../withoutCache.ts';
import { findAffectedPaths } from './affectedPaths.ts';
import { checkPacks, type PackCheck, type PackToRead } from './checkPacks.ts';
import { TreeCheck } from './checkTrees.ts';
import { Damage } from './damage.ts';
import { countOf, reasonOf, type AffectedPath, type Finding } from './findings.ts';
import { isDamageOnly, readIndexFiles, type IndexReading, type IsFinding } from './readIndexFiles.ts';
import { choosePacks, readPacks, type ReadData } from './readPacks.ts';

export interface ExamineOptions {
  /** Only the structure unless stated; that reads folder lists and no content of files. */
  readonly readData?: ReadData;
  /** Take what is kept on this machine of far storage for what is there. */
  readonly usesCache?: boolean;
  /** What cannot be read now is thrown, and not a finding: for whoever will remove what is damaged. */
  readonly mustRead?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** All that is known about the health of a repository. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly affected: readonly AffectedPath[];
  /** Those that can be read, oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly reading: IndexReading;
  readonly reader: BlobReader;
  readonly packCheck: PackCheck;
  readonly packsRead: readonly PackToRead[];
  readonly damage: Damage;
  readonly trees: TreeCheck;
}

/**
 * Examines a repository whose lock, of either kind, the caller holds. A backup may run meanwhile: what is
 * listed first refers only to what is listed later (format notes 10).
 * Throws `aborted`, and what says that the storage is away; damage is a finding.
 */
export async function examine(
  given: Repository,
  openCodecs: OpenCodecs,
  options: ExamineOptions,
): Promise<Examination> {
  const { readData = false, mustRead = false, usesCache = false, signal } = options;
  const repository = listingAhead(usesCache ? given : withoutCache(given), { snapshot: ['index'], index: ['pack'] });
  const isFinding = mustRead ? isDamageOnly : isUnreadablePlace;
  const [findings, snapshots] = await checkKeysAndSnapshots(repository, isFinding, signal);
  const reading = await readIndexFiles(repository, isFinding, signal);
  const damage = new Damage(reading.index);
  const packCheck = await checkPacks(repository, reading.index, damage);
  findings.push(...reading.findings, ...packCheck.findings, ...(await checkLeftovers(repository)));
  const packsRead = choosePacks(packCheck.packs, packCheck.suspects, readData);
  if (packsRead.length > 0) {
    const codecs = openCodecs(codecSetupOf({ repository, index: reading.index }), () => Promise.resolve());
    try {
      findings.push(...(await readPacks(codecs, packsRead, damage, options)));
    } finally {
      await codecs.close();
    }
  }
  const reader = new BlobReader(repository, reading.index);
  const trees = new TreeCheck({ repository, index: reading.index, reader }, damage, isFinding);
  await trees.check(snapshots, options);
  findings.push(...trees.findings);
  const affected = await findAffectedPaths(reader, snapshots, trees, signal);
  return { findings, affected, snapshots, reading, reader, packCheck, packsRead, damage, trees };
}

/** Both at once: nobody refers to keys. */
async function checkKeysAndSnapshots(
  repository: Repository,
  isFinding: IsFinding,
  signal: AbortSignal | undefined,
): Promise<[Finding[], StoredSnapshot[]]> {
  const ofSnapshots: Finding[] = [];
  const [keys, snapshots] = await Promise.allSettled([
    checkKeys(repository, isFinding),
    checkSnapshots(repository, ofSnapshots, isFinding, signal),
  ]);
  if (keys.status === 'rejected') throw keys.reason;
  if (snapshots.status === 'rejected') throw snapshots.reason;
  return [[...keys.value, ...ofSnapshots], snapshots.value];
}

async function checkKeys(repository: Repository, isFinding: IsFinding): Promise<Finding[]> {
  const findings: Finding[] = [];
  await listKeys(repository, (id, error) => {
    if (!isFinding(error)) throw error;
    findings.push({
      severity: 'error',
      kind: 'key-damaged',
      message: `The key ${id.slice(0, SHORT_ID_LENGTH)} is damaged: its password no longer opens the repository (${reasonOf(error)}).`,
      files: [{ type: 'key', name: id }],
    });
  });
  return findings;
}

async function checkSnapshots(
  repository: Repository,
  findings: Finding[],
  isFinding: IsFinding,
  signal: AbortSignal | undefined,
): Promise<StoredSnapshot[]> {
  const onDamaged = (id: SnapshotId, error: unknown) => {
    if (!isFinding(error)) throw error;
    findings.push({
      severity: 'error',
      kind: 'snapshot-damaged',
      message: `The snapshot ${id.slice(0, SHORT_ID_LENGTH)} cannot be read (${reasonOf(error)}).`,
      files: [{ type: 'snapshot', name: id }],
    });
  };
  return listSnapshots(repository, { onDamaged, ...(signal && { signal }) });
}

async function checkLeftovers({ backend }: Repository): Promise<Finding[]> {
  const leftovers = await backend.leftovers();
  if (leftovers.length === 0) return [];
  const bytes = leftovers.reduce((sum, { size }) => sum + size, 0);
  const message = `${countOf(leftovers.length, 'file')} (${countOf(bytes, 'byte')}) never got a name: left by something that was killed, or of a backup that is running. "cairn prune" removes what nobody writes.`;
  return [{ severity: 'hint', kind: 'leftover', message }];
}
