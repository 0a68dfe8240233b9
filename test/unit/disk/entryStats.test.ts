import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PackedStats, recordedStats, StatsPacker } from '../../../src/disk/entryStats.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const folder = tempFolder();
writeFileSync(join(folder, 'file'), 'abc');
mkdirSync(join(folder, 'folder'));
const file = lstatSync(join(folder, 'file'), { bigint: true });

test('elsewhere than on Windows, what is seen is what is recorded', () => {
  expect(recordedStats(file, false)).toBe(file);
});

test('on Windows, what restic records there', () => {
  const seen = { ...file, mode: 0o100444n, uid: 5n, ctimeNs: 7n };
  expect(recordedStats(seen, true)).toEqual({
    mode: 0o100444n,
    uid: 0n,
    gid: 0n,
    size: 3n,
    ino: 0n,
    dev: 0n,
    nlink: 0n,
    rdev: 0n,
    mtimeNs: file.mtimeNs,
    ctimeNs: file.mtimeNs,
  });
  // Windows shows folders as if nobody could enter them; Go says otherwise.
  expect(recordedStats({ ...seen, mode: 0o40666n }, true).mode).toBe(0o40777n);
  expect(recordedStats({ ...seen, mode: 0o120666n }, true).mode).toBe(0o120666n);
});

test('stats come out of a list as they went in', () => {
  const packer = new StatsPacker();
  const other = lstatSync(join(folder, 'folder'), { bigint: true });
  for (const stats of [file, other]) packer.add(stats);
  const packed = packer.finish();
  for (const [at, stats] of [file, other].entries()) {
    const { mode, uid, gid, size, ino, dev, nlink, rdev, mtimeNs, ctimeNs } = new PackedStats(packed, at);
    expect({ mode, uid, gid, size, ino, dev, nlink, rdev, mtimeNs, ctimeNs }).toEqual(
      Object.fromEntries(
        (['mode', 'uid', 'gid', 'size', 'ino', 'dev', 'nlink', 'rdev', 'mtimeNs', 'ctimeNs'] as const).map((name) => [
          name,
          stats[name],
        ]),
      ),
    );
  }
});
