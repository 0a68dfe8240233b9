/** What restic restored of its own repositories is what we restore of them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import { isWindows } from '../../src/disk/system.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { isHere } from '../helpers/fileTree.ts';
import { readExpected, unpackFixture } from '../helpers/fixtureRepository.ts';
import { openLocalRepository } from '../helpers/localRepository.ts';
import { expectEqualEntries, findLeftovers, listRestored, restore, type RestoredEntry } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** A line of `expected/<version>/restored-<snapshot>.json`. */
interface ExpectedEntry {
  readonly path_b64: string;
  readonly st_mode_octal: string;
  readonly uid: number;
  readonly gid: number;
  readonly mtime_ns: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly linktarget_b64?: string;
  readonly rdev?: string;
  readonly nlink?: number;
}

function readEntry(line: ExpectedEntry): RestoredEntry {
  const decode = (base64: string) => decodeRaw(Buffer.from(base64, 'base64'));
  return {
    path: decode(line.path_b64),
    mode: line.st_mode_octal,
    uid: line.uid,
    gid: line.gid,
    mtimeNs: BigInt(line.mtime_ns),
    ...(line.size !== undefined && { size: line.size }),
    ...(line.sha256 !== undefined && { sha256: line.sha256 }),
    ...(line.linktarget_b64 !== undefined && { link: decode(line.linktarget_b64) }),
    ...(line.rdev !== undefined && { device: BigInt(line.rdev) }),
    ...(line.nlink !== undefined && { links: line.nlink }),
  };
}

/** Nanoseconds. */
const SECOND = 1_000_000_000n;

const isFolder = ({ mode }: RestoredEntry) => parseInt(mode, 8) >> 12 === 4;
const isFile = ({ sha256 }: RestoredEntry) => sha256 !== undefined;

/** Windows has no devices and pipes. Whether it makes a link depends on who asks, so that is another matter. */
const isForWindows = (entry: RestoredEntry) => isHere(entry.path) && (isFile(entry) || isFolder(entry));

/**
 * The same as Windows shows it: no owners, and of the mode only whether a file can be written. Of a time from 2038 on
 * Node reads 32 bits there (src/disk/stats.ts).
 */
function asOnWindows(entry: RestoredEntry): RestoredEntry {
  const isReadOnly = isFile(entry) && (parseInt(entry.mode, 8) & 0o200) === 0;
  const mode = isFolder(entry) ? '40666' : isReadOnly ? '100444' : '100666';
  const { mtimeNs } = entry;
  const isLate = mtimeNs >= 2n ** 31n * SECOND;
  return { ...entry, mode, uid: 0, gid: 0, mtimeNs: isLate ? mtimeNs - 2n ** 32n * SECOND : mtimeNs };
}

const isAt = (entries: readonly RestoredEntry[], path: string) => entries.some((entry) => entry.path === path);

/** What is refused for its name is no part of the plan. */
const isNoName = ({ code }: { readonly code: string }) => code !== 'NAME';

const snapshots = {
  v1: ['67d68ed1', 'a32dfa91'],
  v2: ['26bd4a21', '4471a725', '5b3243a5', '9e8b9137', '1a01eae4', '9e1b299d', 'c833889a', '33b58f70'],
} as const;

describe.each(['v1', 'v2'] as const)('a %s repository of restic', (version) => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await openLocalRepository(unpackFixture(version));
  });

  test.each(snapshots[version])('%s', async (snapshot) => {
    const destination = join(tempFolder(), 'restored');
    const { plan, result } = await restore(repository, { snapshot, destination });
    const expected = readExpected<ExpectedEntry[]>(version, `restored-${snapshot}.json`).map(readEntry);
    expected.sort((a, b) => compareRaw(a.path, b.path));
    const restored = listRestored(destination);
    if (isWindows) {
      expectEqualEntries(restored.filter(isForWindows), expected.filter(isForWindows).map(asOnWindows));
      const said = new Set([...result.problems, ...result.skipped].map(({ path }) => path));
      const silent = expected.filter(({ path }) => !said.has(join(destination, path)) && !isAt(restored, path));
      expect(silent).toEqual([]);
      for (const { reason } of result.skipped) expect(reason).toContain('Windows has no');
    } else {
      expectEqualEntries(restored, expected);
      expect(result).toMatchObject({ problems: [], skipped: [], warnings: [] });
    }
    expect(findLeftovers(destination)).toEqual([]);
    const failed = result.problems.filter(isNoName).length;
    expect(plan.totals.create).toBe(result.files + result.links + result.others + failed);

    const again = await restore(repository, { snapshot, destination, verify: true });
    expect(again.plan.totals).toMatchObject({ create: failed, overwrite: 0, metadata: 0, createFolders: 0 });
    expect(again.plan.totals.unchanged).toBe(plan.totals.create - failed);
    expect(again.plan.problems.filter(isNoName)).toEqual([]);
  });

  test('keeps extended attributes', async () => {
    const destination = tempFolder();
    await restore(repository, { snapshot: snapshots[version][0], destination });
    const special = join(destination, 'data/src/special');
    const dump = execFileSync('getfattr', ['-d', '-m', '-', '-e', 'base64', 'xattr', 'emptydir'], {
      cwd: special,
      encoding: 'utf8',
    });
    expect(dump.trim().split('\n')).toEqual([
      '# file: xattr',
      'user.alpha=0sAAEC/w==',
      'user.empty=0s',
      'user.zeta=0scGxhaW4gdmFsdWU=',
      '',
      '# file: emptydir',
      'user.dir=0sb24gYSBkaXJlY3Rvcnk=',
    ]);
  });
});
