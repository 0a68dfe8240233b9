import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { lstatExact } from '../../src/disk/stats.ts';
import { isWindows } from '../../src/disk/system.ts';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import { planRestore, type RestoreOptions } from '../../src/engine/restore/planRestore.ts';
import type { RestorePlan } from '../../src/engine/restore/restorePlan.ts';
import type { ExecuteOptions, RestoreResult } from '../../src/engine/restore/restoreRun.ts';
import type { Session } from '../../src/engine/session.ts';
import { findPlace } from '../../src/engine/snapshotPath.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { findSnapshot } from '../../src/repository/snapshots.ts';
import { testCodecs, unlockedSession } from './localRepository.ts';

/** What a test asks for: the options of planning, with a snapshot and a folder in it instead of a place. */
export interface RestoreRequest extends Omit<RestoreOptions, 'place'>, Pick<ExecuteOptions, 'sparse' | 'onEntry'> {
  /** The latest unless stated. */
  readonly snapshot?: string;
  /** The root unless stated. */
  readonly folder?: string;
}

/** Plans a restore. */
export async function planFor(session: Session, request: RestoreRequest): Promise<RestorePlan> {
  const { snapshot = 'latest', folder = '', ...options } = request;
  const stored = await findSnapshot(session.repository, snapshot);
  return planRestore(session, { ...options, place: await findPlace(session.reader, stored, folder) });
}

/** Plans a restore and does it. */
export async function restore(
  repository: Repository,
  request: RestoreRequest,
): Promise<{ plan: RestorePlan; result: RestoreResult }> {
  const session = await unlockedSession(repository);
  const plan = await planFor(session, request);
  const result = await executeRestore(session, testCodecs(), plan, request);
  return { plan, result };
}

/** What is at a path, as far as a backup keeps it. */
export interface RestoredEntry {
  readonly path: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  readonly size?: number;
  readonly sha256?: string;
  readonly link?: string;
  readonly device?: bigint;
  readonly links?: number;
}

/** Everything below a folder, in the order of the raw paths. */
export function listRestored(root: string): RestoredEntry[] {
  const entries: RestoredEntry[] = [];
  const visit = (folder: string) => {
    for (const name of readdirSync(toFsPath(join(root, folder)), { encoding: 'buffer' }).map(decodeRaw)) {
      const path = `${folder}/${name}`;
      const full = toFsPath(root + path);
      const stats = lstatExact(full);
      entries.push({
        path,
        mode: stats.mode.toString(8),
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        mtimeNs: stats.mtimeNs,
        ...(stats.isFile() && {
          size: Number(stats.size),
          sha256: createHash('sha256').update(readFileSync(full)).digest('hex'),
        }),
        ...(stats.isSymbolicLink() && { link: decodeRaw(readlinkSync(full, { encoding: 'buffer' })) }),
        ...((stats.isBlockDevice() || stats.isCharacterDevice()) && { device: stats.rdev }),
        ...(!stats.isDirectory() && stats.nlink > 1n && { links: Number(stats.nlink) }),
      });
      if (stats.isDirectory()) visit(path);
    }
  };
  visit('');
  return entries.sort((a, b) => compareRaw(a.path, b.path));
}

/**
 * How far times may be off, in nanoseconds. Node sets them as doubles, in this century 0.12 µs off at most; on
 * Windows it counts them from 1601 in doubles, which is 1 µs off at most (measured).
 */
const TIME_TOLERANCE = isWindows ? 1200 : 250;

/** Fails unless two lists are the same, but for the finest part of times. */
export function expectEqualEntries(actual: readonly RestoredEntry[], expected: readonly RestoredEntry[]): void {
  const withoutTime = ({ mtimeNs: _, ...entry }: RestoredEntry) => entry;
  expect(actual.map(withoutTime)).toEqual(expected.map(withoutTime));
  const off = actual.filter(({ mtimeNs }, at) => Math.abs(Number(mtimeNs - expected[at]!.mtimeNs)) > TIME_TOLERANCE);
  expect(off).toEqual([]);
}

/** Paths of temporary files that a restore left behind. */
export function findLeftovers(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.cairn-'));
}
