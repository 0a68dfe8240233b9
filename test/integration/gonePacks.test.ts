/** A backup does not build on packs that are missing or cut short: what it has of their content is stored again. */
import { mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cairn, cairnBackup, cairnOk } from '../helpers/cairn.ts';
import { newEngineClient, sourceOf } from '../helpers/engineClient.ts';
import { inTree } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { expectSameTree } from '../helpers/sameTree.ts';
import { createStage, packFile, placeOf, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage({ 'a.bin': randomBytes('a', 500_000), 'sub/b.txt': 'b' });
  cairnBackup(stage.folder, [stage.source]);
});

async function packOf(path: string): Promise<string> {
  return packFile(stage, await placeOf(stage, stage.ids[0]!, path));
}

const losses: [string, string, (pack: string) => void][] = [
  ['is missing', 'a.bin', (pack) => rmSync(pack)],
  ['is empty', 'a.bin', (pack) => truncateSync(pack, 0)],
  ['lacks its last byte', 'a.bin', (pack) => truncateSync(pack, statSync(pack).size - 1)],
  ['of folder lists is missing', '', (pack) => rmSync(pack)],
];

test.each(losses)('a backup stores again what was in a pack that %s', async (_, path, lose) => {
  lose(await packOf(path));
  const run = cairn(['backup', '-r', stage.folder, stage.source]);
  expect(run.status).toBe(0);
  expect(run.stderr).toMatch(/1 pack of the repository is missing or cut short/);
  const target = join(tempFolder(), 'restored');
  cairnOk(['restore', '-r', stage.folder, 'latest', '--target', target]);
  expectSameTree(join(target, inTree(stage.source)), stage.source);
  // The index lists what is gone until the next prune, which needs none of it, however young it is.
  cairnOk(['prune', '-r', stage.folder]);
  expect(restic(stage.folder, ['check', '--read-data'])).toContain('no errors were found');
  expect(cairn(['backup', '-r', stage.folder, stage.source])).toMatchObject({ status: 0, stderr: '' });
});

test('a backup over a whole repository stores nothing and warns of nothing', () => {
  const summary = cairnBackup(stage.folder, [stage.source, '--force-hash']);
  expect(summary).toMatchObject({ data_blobs: 0 });
  expect(summary).not.toHaveProperty('gone_packs');
});

test('a backup does not begin while not one pack is there: their folder is away', () => {
  renameSync(join(stage.folder, 'data'), join(stage.folder, 'away'));
  mkdirSync(join(stage.folder, 'data'));
  for (const command of [['backup', stage.source], ['prune']]) {
    const run = cairn([...command, '-r', stage.folder]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/not one of them is there\. If the drive/)]);
  }
  rmSync(join(stage.folder, 'data'), { recursive: true });
  renameSync(join(stage.folder, 'away'), join(stage.folder, 'data'));
  expect(cairnOk(['verify', '-r', stage.folder])).toContain('no errors were found');
});

test('the editor stores again, too, though nothing changed', async () => {
  const client = newEngineClient();
  const repository = { location: stage.folder, password: { from: 'text', text: TEST_PASSWORD } } as const;
  const request = { repository, source: sourceOf(stage.source), scan: 'full', programVersion: 'cairn test' } as const;
  try {
    expect((await client.call('backup', { ...request, trigger: 'manual' })).gonePacks).toBeUndefined();
  } finally {
    await client.close();
  }
  truncateSync(await packOf('a.bin'), 0);
  const next = newEngineClient();
  try {
    expect(await next.call('backup', { ...request, trigger: 'schedule' })).toMatchObject({ gonePacks: 1 });
    expect((await next.call('backup', { ...request, trigger: 'schedule' })).gonePacks).toBeUndefined();
  } finally {
    await next.close();
  }
  cairnOk(['prune', '-r', stage.folder]);
  expect(restic(stage.folder, ['check', '--read-data'])).toContain('no errors were found');
});
