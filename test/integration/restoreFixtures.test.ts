/** What restic restored of its own repositories is what we restore of them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import type { Repository } from '../../src/repository/repository.ts';
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
    expectEqualEntries(
      listRestored(destination),
      expected.sort((a, b) => compareRaw(a.path, b.path)),
    );
    expect(result).toMatchObject({ problems: [], skipped: [], warnings: [] });
    expect(findLeftovers(destination)).toEqual([]);
    expect(plan.totals.create).toBe(result.files + result.links + result.others);

    const again = await restore(repository, { snapshot, destination, verify: true });
    expect(again.plan.totals).toMatchObject({ create: 0, overwrite: 0, metadata: 0, createFolders: 0 });
    expect(again.plan.totals.unchanged).toBe(plan.totals.create);
    expect(again.plan.problems).toEqual([]);
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
