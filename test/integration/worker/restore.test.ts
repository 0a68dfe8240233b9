import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import type { SourceRef } from '../../../src/worker/engineProtocol/refs.ts';
import type { RestorePreview, RestoreRequest } from '../../../src/worker/engineProtocol/restore.ts';
import { pathBelow } from '../../helpers/paths.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { describeTree } from '../../helpers/describeTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let home: string;
let folder: string;
let rules: SourceRef['rules'];

beforeEach(() => {
  home = tempFolder();
  useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  ({ rules } = sourceOf(folder, { alwaysInclude: ['**/.env'] }));
  client = newEngineClient();
  write({ 'src/a.ts': 'one\n', 'src/deep/b.ts': 'two\n', 'c.txt': 'three\n', '.gitignore': '*.log\nout/\n' });
});

afterEach(() => client.close());

/** Writes files, or removes those that are null. */
function write(files: Readonly<Record<string, string | null>>): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(folder, path);
    if (text === null) rmSync(full, { recursive: true });
    else {
      mkdirSync(join(full, '..'), { recursive: true });
      writeFileSync(full, text);
    }
  }
}

const content = (path: string) => readFileSync(join(folder, path), 'utf8');
const source = (): SourceRef => ({ folder, rules });

async function backup(options: Partial<BackupRequest> = {}): Promise<string> {
  const { snapshot } = await client.call('backup', {
    repository: {},
    source: source(),
    trigger: 'manual',
    scan: 'full',
    programVersion: 'cairn test',
    evenIfUnchanged: true,
    ...options,
  });
  return snapshot!.id;
}

function plan(snapshot: string, options: Partial<RestoreRequest> = {}): Promise<RestorePreview> {
  return client.call('planRestore', {
    repository: {},
    snapshot,
    source: source(),
    paths: [],
    exact: true,
    gitFolders: false,
    ...options,
  });
}

const execute = ({ planId }: RestorePreview) => client.call('executeRestore', { planId });

/** `change path` for each line, folders with a slash. */
const lines = (preview: RestorePreview, base = folder) =>
  preview.lines.map(({ change, path, isFolder }) => `${change} ${pathBelow(base, path)}${isFolder ? '/' : ''}`).sort();

test('a plan stays right when the engine forgets its index meanwhile', async () => {
  // Loaded anew, the index has its blobs in another order.
  const names = Array.from({ length: 8 }, (_, at) => `files/f${at}`);
  const text = (name: string) => `content of ${name}\n`;
  let snapshot = '';
  for (const name of names) {
    write({ [name]: text(name) });
    snapshot = await backup();
  }
  for (const name of names) write({ [name]: 'overwritten' });
  const planned = await plan(snapshot);
  await client.call('tagSnapshots', { repository: {}, ids: [snapshot], label: 'Meanwhile' });
  await execute(planned);
  for (const name of names) expect(content(name)).toBe(text(name));
});

test('back to a snapshot and back again is where it began', async () => {
  const before = await backup();
  write({ 'src/a.ts': 'ONE\n', 'src/deep': null, 'new/x.ts': 'x', 'y.ts': 'y' });
  const undo = await backup({ trigger: 'restore' });
  const changed = describeTree(folder);
  const there = await plan(before);
  expect(lines(there)).toEqual([
    'create src/deep/',
    'create src/deep/b.ts',
    'delete new/',
    'delete new/x.ts',
    'delete y.ts',
    'overwrite src/a.ts',
  ]);
  expect(await execute(there)).toMatchObject({ files: 2, deleted: 3, problems: [] });
  expect([content('src/a.ts'), existsSync(join(folder, 'y.ts'))]).toEqual(['one\n', false]);
  await execute(await plan(undo));
  // Node sets times as doubles; the root's own is not restored.
  expect(describeTree(folder).map(withoutTimes)).toEqual(changed.map(withoutTimes));
});

const withoutTimes = (line: string) => line.replace(/ \d{19} /, ' ');

describe('stays, whatever the snapshot says:', () => {
  test('what the rules of today leave out, since no safety snapshot has it', async () => {
    write({ 'run.log': 'old', 'out/x': 'old', '.gitignore': '' });
    const before = await backup();
    write({ '.gitignore': '*.log\nout/\n', 'run.log': 'new', 'out/x': 'new', 'more.log': 'new', 'c.txt': 'changed' });
    const preview = await plan(before);
    expect({ lines: lines(preview), left: preview.left, kept: preview.kept }).toEqual({
      lines: ['overwrite .gitignore', 'overwrite c.txt'],
      left: 2,
      kept: 1,
    });
    await execute(preview);
    expect([content('run.log'), content('out/x'), content('more.log')]).toEqual(['new', 'new', 'new']);
    write({ 'run.log': null, '.gitignore': '*.log\nout/\n' });
    expect(lines(await plan(before))).toContain('create run.log');
  });

  test('what the rules of the snapshot left out, since it may have been there', async () => {
    write({ 'data/big': '1', 'data/.git/HEAD': 'ref' });
    rules = { ...rules, exclude: ['**/data'], gitFolders: false };
    write({ 'lib/.git/HEAD': 'ref' });
    const before = await backup();
    rules = { ...rules, exclude: [], gitFolders: true };
    write({ 'late.ts': 'late' });
    expect(lines(await plan(before, { gitFolders: true }))).toEqual(['delete late.ts']);
  });

  test('the folder of git, unless it is gone or asked for', async () => {
    write({ '.git/HEAD': 'one', '.git/refs/x': '1' });
    const before = await backup();
    write({ '.git/HEAD': 'two', '.git/new': '1', 'sub/.git/HEAD': 'sub', 'sub/x': '1' });
    const preview = await plan(before);
    expect(lines(preview)).toEqual(['delete sub/x']);
    expect(preview).toMatchObject({ gitFoldersLeft: 1, kept: 1, left: 0 });
    expect(lines(await plan(before, { gitFolders: true }))).toContain('overwrite .git/HEAD');
    write({ '.git': null });
    expect(lines(await plan(before))).toContain('create .git/HEAD');
  });

  test('the repository, wherever it is', async () => {
    useDataHome(join(folder, 'data'));
    await client.close();
    const before = await backup();
    write({ 'late.ts': 'late' });
    expect(lines(await plan(before))).toEqual(['delete late.ts']);
  });
});

describe('in a folder that was renamed since', () => {
  let before: string;
  beforeEach(async () => {
    before = await backup();
    renameSync(folder, join(home, 'renamed'));
    folder = join(home, 'renamed');
    write({ 'src/a.ts': 'ONE\n', 'src/new.ts': 'new', 'src/run.log': 'ignored', 'late.ts': 'late' });
  });

  test('all of it', async () => {
    const preview = await plan(before);
    expect(lines(preview)).toEqual(['delete late.ts', 'delete src/new.ts', 'overwrite src/a.ts']);
    expect(preview.kept).toBe(1);
    await execute(preview);
    expect(content('src/a.ts')).toBe('one\n');
    expect(existsSync(join(home, 'project'))).toBe(false);
  });

  test('a folder and a file', async () => {
    expect(lines(await plan(before, { paths: [join(folder, 'src')] }))).toEqual([
      'delete src/new.ts',
      'overwrite src/a.ts',
    ]);
    expect(lines(await plan(before, { paths: [join(folder, 'src/a.ts')] }))).toEqual(['overwrite src/a.ts']);
  });
});

test('takes back what a restore has made', async () => {
  const empty = await backup();
  write({ 'made/[a].ts': 'a', 'made/a.ts': 'other', 'top.ts': 'top' });
  const paths = [join(folder, 'made/[a].ts'), join(folder, 'top.ts')];
  // Its folder is not in the snapshot either, so only the topmost folder that is new can go.
  expect(lines(await plan(empty, { paths, mayBeMissing: true }))).toEqual(['delete top.ts']);
  const folders = [join(folder, 'made'), join(folder, 'top.ts')];
  expect(lines(await plan(empty, { paths: folders, mayBeMissing: true }))).toHaveLength(4);
  await expect(plan(empty, { paths })).rejects.toMatchObject({ code: 'path-not-in-snapshot' });
  expect(lines(await plan(empty, { paths: folders, mayBeMissing: true, exact: false }))).toEqual([]);
  const later = await backup();
  write({ 'made/[a].ts': 'changed' });
  expect(lines(await plan(later, { paths: [join(folder, 'made/[a].ts')] }))).toEqual(['overwrite made/[a].ts']);
});

test('to another place', async () => {
  const before = await backup();
  const destination = join(home, 'elsewhere');
  for (const [paths, expected] of [
    [
      [],
      [
        'create /',
        'create .gitignore',
        'create c.txt',
        'create src/',
        'create src/a.ts',
        'create src/deep/',
        'create src/deep/b.ts',
      ],
    ],
    [['src'], ['create /', 'create a.ts', 'create deep/', 'create deep/b.ts']],
    [['src/a.ts'], ['create /', 'create a.ts']],
  ] as const) {
    const preview = await plan(before, { destination, exact: false, paths: paths.map((path) => join(folder, path)) });
    expect(lines(preview, destination)).toEqual([...expected].sort());
  }
  write({ 'c.txt': 'newer' });
  await execute(await plan(before, { destination, exact: false }));
  expect(readFileSync(join(destination, 'c.txt'), 'utf8')).toBe('three\n');
  expect(content('c.txt')).toBe('newer');
});

describe('between preview and execution', () => {
  test('a plan says what the person has not seen', async () => {
    const before = await backup();
    write({ 'c.txt': 'changed', 'late.ts': 'late' });
    const shown = await plan(before);
    expect((await plan(before, { shownPlan: shown.planId })).unseen).toBe(0);
    write({ 'later.ts': 'later', 'src/a.ts': 'ONE\n' });
    const now = await plan(before, { shownPlan: shown.planId });
    expect(now.unseen).toBe(2);
    write({ 'c.txt': null });
    expect((await plan(before, { shownPlan: now.planId })).unseen).toBe(0);
  });

  test.each([
    ['overwritten', 'c.txt'],
    ['deleted', 'late.ts'],
  ])('a file that was to be %s is saved: nothing is done', async (_what, path) => {
    const before = await backup();
    write({ 'c.txt': 'changed', 'late.ts': 'late', 'src/a.ts': null });
    const preview = await plan(before);
    write({ [path]: 'saved since' });
    await expect(execute(preview)).rejects.toMatchObject({ code: 'refused', details: { changed: 1 } });
    expect([content(path), existsSync(join(folder, 'src/a.ts'))]).toEqual(['saved since', false]);
  });
});

test('a restore that is cancelled says what it has done', async () => {
  write(Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`many/${at}`, `${at}`])));
  const before = await backup();
  write({ many: null });
  const preview = await plan(before);
  const controller = new AbortController();
  const onProgress = ({ phase, items }: { phase: string; items: number }) => {
    if (phase === 'Restoring' && items > 0) controller.abort();
  };
  const outcome = client.call('executeRestore', { planId: preview.planId }, { signal: controller.signal, onProgress });
  const report = await outcome;
  const there = readdirSync(join(folder, 'many')).filter((name) => !name.includes('.cairn-')).length;
  expect(report.files).toBe(there);
  if (report.stopped) expect(report.stopped.code).toBe('aborted');
  else expect(there).toBe(2000);
});
