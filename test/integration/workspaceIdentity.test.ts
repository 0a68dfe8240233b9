import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { findWorkspace, identifyWorkspace } from '../../src/engine/workspaceIdentity.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
let count = 0;
let world = '';
let data = '';

/** A path in a folder of the test's own. */
const at = (name: string) => join(world, name);
const make = (name: string) => {
  mkdirSync(at(name), { recursive: true });
  return at(name);
};
const identify = (name: string) => identifyWorkspace(at(name), data);
const idOf = async (name: string) => (await identify(name)).id;

interface Registry {
  version: number;
  workspaces: { id: string; path: string; folder?: { device: string; inode: string; born: string } }[];
}
const readRegistry = () => JSON.parse(readFileSync(join(data, 'workspaces.json'), 'utf8')) as Registry;
function changeRegistry(change: (registry: Registry) => void): void {
  const registry = readRegistry();
  change(registry);
  rmSync(join(data, 'workspaces.json'));
  writeFileSync(join(data, 'workspaces.json'), JSON.stringify(registry));
}

beforeEach(() => {
  world = join(top, String(count++));
  data = join(world, 'data/cairn');
  make('project');
});

test('a folder keeps its id, and others have their own', async () => {
  const first = await identify('project');
  expect(first.id).toMatch(/^[0-9a-f]{16}$/);
  expect(first.earlierPaths).toEqual([]);
  make('other');
  expect(await idOf('other')).not.toBe(first.id);
  expect(await identifyWorkspace(`${at('project')}/../project/`, data)).toEqual(first);
  expect(readdirSync(data)).toEqual(['workspaces.json']);
});

test('a folder that is moved keeps its id and remembers where it was', async () => {
  const id = await idOf('project');
  make('elsewhere');
  renameSync(at('project'), at('elsewhere/renamed'));
  expect(await identify('elsewhere/renamed')).toEqual({ id, earlierPaths: [at('project')] });
  renameSync(at('elsewhere'), at('far'));
  expect(await identify('far/renamed')).toEqual({ id, earlierPaths: [at('elsewhere/renamed'), at('project')] });
  renameSync(at('far/renamed'), at('project'));
  expect(await identify('project')).toEqual({ id, earlierPaths: [at('far/renamed'), at('elsewhere/renamed')] });
});

test('what takes the place of a moved folder is another workspace', async () => {
  const id = await idOf('project');
  renameSync(at('project'), at('project.old'));
  make('project');
  expect(await idOf('project.old')).toBe(id);
  expect(await idOf('project')).not.toBe(id);
  expect(await idOf('project.old')).toBe(id);
});

test('two folders that change places keep their ids', async () => {
  make('other');
  const [a, b] = [await idOf('project'), await idOf('other')];
  renameSync(at('project'), at('third'));
  renameSync(at('other'), at('project'));
  renameSync(at('third'), at('other'));
  expect([await idOf('project'), await idOf('other'), await idOf('project')]).toEqual([b, a, b]);
});

test('a copy has an id of its own', async () => {
  const id = await idOf('project');
  cpSync(at('project'), at('copy'), { recursive: true });
  expect(await idOf('copy')).not.toBe(id);
});

test('a folder that was deleted and made again, or cloned anew, is the same workspace', async () => {
  const id = await idOf('project');
  rmSync(at('project'), { recursive: true });
  make('project');
  expect(await identify('project')).toEqual({ id, earlierPaths: [] });
});

test('a link to the folder leads to the same workspace and moves nothing', async () => {
  const first = await identify('project');
  symlinkSync(at('project'), at('link'));
  expect(await identify('link')).toEqual(first);
  expect(readRegistry().workspaces.map(({ path }) => path)).toEqual([at('project')]);
});

describe('an inode that is used again is no move', () => {
  test.each<[string, (folder: { device: string; inode: string; born: string }) => void]>([
    ['born at another time', (folder) => (folder.born = '1')],
    ['on another device', (folder) => (folder.device = '1')],
    ['another inode', (folder) => (folder.inode = '1')],
  ])('%s', async (_what, change) => {
    const id = await idOf('project');
    renameSync(at('project'), at('other'));
    changeRegistry(({ workspaces: [entry] }) => change(entry!.folder!));
    expect(await idOf('other')).not.toBe(id);
  });

  test('without a time of birth', async () => {
    const id = await idOf('project');
    changeRegistry(({ workspaces: [entry] }) => delete entry!.folder);
    renameSync(at('project'), at('other'));
    expect(await idOf('other')).not.toBe(id);
  });
});

test.each([
  ['nothing', ''],
  ['half of it', '{"version":1,"workspaces":[{"id":"0123'],
  ['another thing', '[]'],
  ['an entry that is none', '{"version":1,"workspaces":[{"id":"../../x","path":"/a","earlierPaths":[]}]}'],
  ['null', '{"version":1,"workspaces":[null]}'],
])('a registry that holds %s is set aside', async (_what, content) => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'workspaces.json'), content);
  const id = await idOf('project');
  expect(await idOf('project')).toBe(id);
  const [aside, ...others] = readdirSync(data).filter((name) => name !== 'workspaces.json');
  expect(others).toEqual([]);
  expect(readFileSync(join(data, aside!), 'utf8')).toBe(content);
});

test('a lock that was left behind holds nobody up', async () => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'workspaces.json.lock'), '');
  utimesSync(join(data, 'workspaces.json.lock'), 1, 1);
  await identify('project');
  expect(readdirSync(data)).toEqual(['workspaces.json']);
});

test('processes that ask at once get the same ids, and none is lost', async () => {
  const names = Array.from({ length: 12 }, (_, number) => `project ${number}`);
  const folders = names.map(make);
  const child = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(import.meta.dirname, 'identifyChild.ts')];
  const runs = await Promise.all(
    Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [...child, data, ...folders])),
  );
  const [ids, ...others] = runs.map(({ stdout }) => JSON.parse(stdout) as string[]);
  expect(new Set(ids).size).toBe(names.length);
  for (const other of others) expect(other).toEqual(ids);
  expect(readRegistry().workspaces).toHaveLength(names.length);
  expect(await Promise.all(names.map(idOf))).toEqual(ids);
});

test('a folder that is gone is known by its path, and nothing is noted of it', async () => {
  const first = await identify('project');
  expect(await findWorkspace(at('project'), data)).toEqual({ ...first, isGone: false });
  const before = readRegistry();
  rmSync(at('project'), { recursive: true });
  expect(await findWorkspace(at('project'), data)).toEqual({ ...first, isGone: true });
  expect(await findWorkspace(at('unknown'), data)).toEqual({ earlierPaths: [], isGone: true });
  expect(readRegistry()).toEqual(before);
  make('project');
  expect(await idOf('project')).toBe(first.id);
});

test.each(['missing', 'file'])('refuses what is no folder: %s', async (name) => {
  writeFileSync(at('file'), '');
  await expect(identify(name)).rejects.toMatchObject({ code: 'source-not-found' });
});
