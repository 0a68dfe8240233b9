/** Replicas on a disk that takes nothing more at some moment, whichever: the next run finishes. */
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { errorCode } from '../../src/base/errors.ts';
import { replicate } from '../../src/engine/replicate/replicate.ts';
import { breakAfter, disk } from '../helpers/brokenDisk.ts';
import { sampleOf } from '../helpers/effort.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { addSnapshot, createStage, type Stage } from '../helpers/stage.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

vi.mock('node:fs', async (original) => {
  const { breakable } = await import('../helpers/brokenDisk.ts');
  return breakable(await original());
});

const files = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** Some numbers of changes after which a disk may be full: the first ones, and a sample of the others. */
const steps = [
  0,
  1,
  3,
  8,
  ...sampleOf(
    Array.from({ length: 60 }, (_, at) => 10 + 2 * at),
    6,
  ),
];

/** Runs on a disk that becomes full after some changes, looks at what is there, and runs again on one that is not. */
async function fill(stage: Stage, root: string, after: number): Promise<boolean> {
  const copy = join(root, 'replica');
  const run = () =>
    replicate(stage.repository, new LocalBackend(copy), {
      recordFolder: join(root, 'records'),
      delay: 0,
      noLock: true,
    });
  let code: string | undefined;
  const { wasCut } = await breakAfter(after, async () => {
    await run().catch((error: unknown) => (code = errorCode(error)));
  });
  if (wasCut) expect(['disk-full', 'storage-error', undefined]).toContain(code);
  if (existsSync(join(copy, 'config'))) restic(copy, ['check', '--no-lock']);
  expect(await run()).toMatchObject({ problems: [] });
  restic(copy, ['check', '--read-data', '--no-lock']);
  expect(files(join(copy, 'data'))).toEqual(files(join(stage.folder, 'data')));
  expect(files(join(copy, 'snapshots'))).toEqual(files(join(stage.folder, 'snapshots')));
  return wasCut;
}

beforeAll(() => {
  disk.code = 'ENOSPC';
});

const first = { a: 'a', 'sub/b': randomBytes('b', 200_000) };

test('a disk that is full at some moment of a first run costs nothing', async () => {
  const root = tempFolder();
  const stage = await createStage(first, { a: 'a', c: 'c' });
  const cuts: boolean[] = [];
  for (const after of steps) cuts.push(await fill(stage, join(root, `${after}`), after));
  expect(cuts.filter(Boolean).length).toBeGreaterThan(3);
});

test('nor does one that is full while a replica is brought up to date', async () => {
  const root = tempFolder();
  const stage = await createStage(first, { a: 'a', c: 'c' });
  const base = join(root, 'base');
  await replicate(stage.repository, new LocalBackend(join(base, 'replica')), { recordFolder: join(base, 'records') });
  writeTree(stage.source, { d: randomBytes('d', 100_000) });
  await addSnapshot(stage);
  restic(stage.folder, ['forget', '--prune', '--max-unused', '0', stage.ids[0]!]);
  const cuts: boolean[] = [];
  for (const after of steps) {
    cpSync(base, join(root, `${after}`), { recursive: true });
    cuts.push(await fill(stage, join(root, `${after}`), after));
  }
  expect(cuts.filter(Boolean).length).toBeGreaterThan(3);
});
