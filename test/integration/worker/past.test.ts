import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { DeletedRow, FoundRow } from '../../../src/worker/engineProtocol/past.ts';
import type { SnapshotRow } from '../../../src/worker/engineProtocol/snapshots.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let home: string;
let folder: string;

beforeEach(async () => {
  home = tempFolder();
  useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(folder);
  client = newEngineClient();
  await client.call('createRepository', { repository: repository() });
});

afterEach(() => client.close());

const repository = () => ({
  location: join(home, 'repository'),
  password: { from: 'text', text: 'secret' } as const,
});

async function backup(): Promise<SnapshotRow> {
  const { snapshot } = await client.call('backup', {
    repository: repository(),
    source: sourceOf(folder),
    trigger: 'save',
    scan: 'full',
    programVersion: 'cairn test',
  });
  return snapshot!;
}

async function deleted(options: { readonly limit?: number; readonly text?: string } = {}) {
  const rows: DeletedRow[] = [];
  const params = { repository: repository(), folder, limit: 100, ...options };
  const result = await client.call('deletedFiles', params, { onPart: (part) => rows.push(...part) });
  return { ...result, rows };
}

async function search(text: string, options: { readonly isRegex?: boolean; readonly limit?: number } = {}) {
  const rows: FoundRow[] = [];
  const { limit = 100, ...pattern } = options;
  const params = { repository: repository(), folder, pattern: { text, ...pattern }, globs: [], limit };
  const result = await client.call('searchContent', params, { onPart: (part) => rows.push(...part) });
  return { ...result, rows };
}

test('deleted files of a workspace, wherever it was', async () => {
  expect(await deleted()).toEqual({ rows: [], truncated: false, problems: [] });
  writeFileSync(join(folder, 'old.txt'), 'one');
  writeFileSync(join(folder, 'renamed.txt'), 'two');
  const first = await backup();
  rmSync(join(folder, 'old.txt'));
  renameSync(join(folder, 'renamed.txt'), join(folder, 'Later.txt'));
  const before = folder;
  folder = join(home, 'elsewhere');
  renameSync(before, folder);
  const second = await backup();
  rmSync(join(folder, 'Later.txt'));
  const { rows, truncated } = await deleted();
  expect(truncated).toBe(false);
  expect(rows).toMatchObject([
    { path: join(folder, 'Later.txt'), type: 'file', size: 3, snapshot: { id: second.id } },
    { path: join(folder, 'old.txt'), type: 'file', size: 3, snapshot: { id: first.id }, goneBy: second.time },
  ]);
  expect(rows[0]).not.toHaveProperty('goneBy');
  expect(await deleted({ limit: 1 })).toMatchObject({ rows: [{ size: 3 }], truncated: true });
  const paths = async (text: string) => (await deleted({ text })).rows.map(({ path }) => path);
  expect(await paths('TXT later')).toEqual([join(folder, 'Later.txt')]);
  expect(await paths('elsewhere')).toEqual([]);
});

test('contents, with the ids that the history of a file has', async () => {
  const file = join(folder, 'a.txt');
  writeFileSync(file, 'a word\n');
  const first = await backup();
  writeFileSync(file, 'nothing\n');
  await backup();
  const { rows, truncated, problems } = await search('word');
  expect([truncated, problems]).toEqual([false, []]);
  const lines = [{ line: 1, column: 3, length: 4, text: 'a word' }];
  expect(rows).toMatchObject([{ path: file, snapshot: { id: first.id }, size: 7, lines, isCut: false }]);
  const versions = await client.call('fileHistory', { repository: repository(), path: file, folder });
  expect(versions.map(({ contentId }) => contentId === rows[0]!.contentId)).toEqual([false, true]);
});

test('many rows come in parts, and no more than were asked for', async () => {
  for (let number = 0; number < 450; number++) writeFileSync(join(folder, `${number}`), `word ${number}`);
  await backup();
  const parts: number[] = [];
  const params = { repository: repository(), folder, pattern: { text: 'word' }, globs: [], limit: 400 };
  const result = await client.call('searchContent', params, { onPart: (part) => parts.push(part.length) });
  expect(result.truncated).toBe(true);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.reduce((sum, count) => sum + count, 0)).toBe(400);
});

test('a search that takes for ever ends when it is cancelled', async () => {
  for (let number = 0; number < 9; number++) writeFileSync(join(folder, `${number}`), `${'a'.repeat(60)}${number}`);
  await backup();
  const controller = new AbortController();
  const params = { repository: repository(), folder, pattern: { text: '^(a+)+$', isRegex: true }, globs: [], limit: 9 };
  const running = client.call('searchContent', params, { signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  await expect(search('(', { isRegex: true })).rejects.toMatchObject({ code: 'usage' });
});
