/**
 * Verify: proving that a repository still holds what it should (format notes 10.3). First the structure:
 * keys, snapshots, the index against the packs, every folder list, and that all they refer to is there.
 * On demand also the data: packs are read whole, and every blob is opened and held against its id.
 *
 * Damage is told twice: as findings about the files of the repository, and as people think of it, which
 * paths of which snapshots are CORRUPT or MISSING, and what can be done.
 */
import type { Repository } from '../../repository/repository.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { withLock, type LockedRepository, type SessionOptions } from '../session.ts';
import { adviseOn } from './advice.ts';
import { bindRepository } from '../bindRepository.ts';
import { examine, type Examination, type ExamineOptions } from './examine.ts';
import type { AffectedPath, Finding } from './findings.ts';

export interface VerifyOptions extends ExamineOptions, Pick<SessionOptions, 'retryLockMs' | 'onLockLeft'> {
  /** Look without a lock: for storage that cannot be written to. */
  readonly noLock?: boolean;
}

export interface VerifyResult {
  readonly findings: readonly Finding[];
  readonly affected: readonly AffectedPath[];
  /** What can be done, as sentences. */
  readonly advice: readonly string[];
  readonly counts: {
    readonly snapshots: number;
    /** Different folder lists that were read. */
    readonly trees: number;
    readonly packs: number;
    readonly packsRead: number;
    readonly bytesRead: number;
    /** Findings that are no hints. */
    readonly errors: number;
  };
}

/**
 * Verifies a repository under a shared lock: backups may go on meanwhile, prune may not. Nothing is changed.
 * Throws `locked`, `aborted`, and what says that the storage is away; damage is in the result.
 */
export async function verify(
  repository: Repository,
  openCodecs: OpenCodecs,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const lock = options.noLock ? 'none' : 'shared';
  return withLock(repository, { ...options, lock }, async (locked) =>
    toVerifyResult(await examineUnder(locked, openCodecs, options)),
  );
}

/** Reading may begin before the lock is confirmed; what was read counts only once it is. */
async function examineUnder(
  { repository, confirmed }: LockedRepository,
  openCodecs: OpenCodecs,
  options: VerifyOptions,
): Promise<Examination> {
  const refused = new AbortController();
  const signal = AbortSignal.any([refused.signal, ...(options.signal ? [options.signal] : [])]);
  const examination = examine(bindRepository(repository, { signal }), openCodecs, { ...options, signal });
  examination.catch(() => {});
  try {
    await confirmed;
  } catch (error) {
    refused.abort();
    await examination.catch(() => {});
    throw error;
  }
  return examination;
}

/** What a person is told of an examination. */
export function toVerifyResult(examination: Examination): VerifyResult {
  const { findings, affected, snapshots, trees, packCheck, packsRead } = examination;
  return {
    findings,
    affected,
    advice: adviseOn(findings, affected),
    counts: {
      snapshots: snapshots.length,
      trees: trees.treeCount,
      packs: packCheck.packs.length,
      packsRead: packsRead.length,
      bytesRead: packsRead.reduce((sum, pack) => sum + pack.size, 0),
      errors: findings.filter((finding) => finding.severity === 'error').length,
    },
  };
}
