/** A repository may be made to harm, and a destination may be prepared: nothing outside of it is touched. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import type { PackEntry } from '../../src/repository/format/pack.ts';
import { blobId } from '../../src/repository/hash.ts';
import { Craft, type PartialNode } from '../helpers/craftRepository.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { withSlashes } from '../helpers/paths.ts';
import { findLeftovers, planFor, restore, type RestoreRequest } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let craft: Craft;
let destination: string;
/** Where `/work` of a snapshot comes to rest. */
let work: string;
/** What must stay as it is. */
let outside: string;

beforeEach(async () => {
  const folder = tempFolder();
  craft = await Craft.create(join(folder, 'repository'));
  destination = join(folder, 'destination');
  work = join(destination, 'work');
  outside = join(folder, 'outside');
  writeTree(outside, { precious: 'precious', 'folder/deep': 'deep' });
});

const everything = { isIgnored: () => false };

/** Restores, and sees to it that nothing outside has changed. */
async function restoreSafely(request: RestoreRequest = {}) {
  const done = await restore(craft.repository, { destination, ...request });
  expectOutsideUntouched();
  expect(findLeftovers(destination)).toEqual([]);
  return done;
}

function expectOutsideUntouched(): void {
  const left = readdirSync(outside, { recursive: true, encoding: 'utf8' }).map(withSlashes);
  expect(left.sort()).toEqual(['folder', 'folder/deep', 'precious']);
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious');
  expect(readFileSync(join(outside, 'folder/deep'), 'utf8')).toBe('deep');
}

describe('names', () => {
  test.each([['..'], ['.'], [''], ['a/b'], ['../outside/evil'], ['/etc/evil'], ['nul\0byte']])(
    '%j is refused, and the other entries are restored',
    async (name) => {
      const evil = await craft.file(name, 'evil');
      await craft.snapshot([evil, await craft.file('good', 'good')]);
      const { result } = await restoreSafely();
      expect(result.problems).toMatchObject([{ code: 'unsafe-name' }]);
      expect(readdirSync(work)).toEqual(['good']);
    },
  );

  test('of folders that lead out are refused as well', async () => {
    await craft.snapshot([await craft.folder('..', [await craft.file('evil', 'x')]), await craft.file('good', 'good')]);
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ code: 'unsafe-name' }]);
    expect(readdirSync(destination)).toEqual(['work']);
    expect(readdirSync(work)).toEqual(['good']);
  });

  test.each(['x', 'x (2)'])('that occur twice never lead through a link (%j)', async (name) => {
    const links = [...new Set(['x', name])].map((link): PartialNode => ({
      name: link,
      type: 'symlink',
      linkTarget: outside,
    }));
    const folder = await craft.folder('x', [await craft.file('evil', 'evil')]);
    for (const nodes of [
      [...links, folder],
      [folder, ...links],
    ]) {
      await craft.snapshot([await craft.file('good', 'good'), await craft.folder('twice', nodes)]);
      // A system without links names them.
      const { result } = await restoreSafely({ destination: join(destination, String(nodes.indexOf(folder))) });
      expect(result.problems.filter(({ code }) => code !== 'ENOTSUP')).toEqual([]);
    }
    const evil = readdirSync(destination, { recursive: true, encoding: 'utf8' }).filter((path) => /evil$/.test(path));
    expect(evil.map(withSlashes).sort()).toEqual([
      '0/work/twice/x/evil',
      `${links.length}/work/twice/x (${links.length + 1})/evil`,
    ]);
  });
});

describe('a link in the destination', () => {
  test('is not followed into a folder', async () => {
    await craft.snapshot([await craft.folder('d', [await craft.file('evil', 'evil')]), await craft.file('good', 'g')]);
    writeTree(work, { d: { link: outside } });
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ path: join(work, 'd'), code: 'CONFLICT' }]);
    expect(readFileSync(join(work, 'good'), 'utf8')).toBe('g');
  });

  test('is replaced by the folder with delete', async () => {
    await craft.snapshot([await craft.folder('d', [await craft.file('evil', 'evil')])]);
    writeTree(work, { d: { link: outside } });
    const { result } = await restoreSafely({ delete: everything });
    expect(result.problems).toEqual([]);
    expect(lstatSync(join(work, 'd')).isDirectory()).toBe(true);
  });

  test('is replaced by the file, and not written through', async () => {
    await craft.snapshot([await craft.file('f', 'evil')]);
    writeTree(work, { f: { link: join(outside, 'precious') } });
    const { result } = await restoreSafely();
    expect(result.problems).toEqual([]);
    expect(lstatSync(join(work, 'f')).isFile()).toBe(true);
  });

  test('that is the first folder is not followed', async () => {
    await craft.snapshot([await craft.file('evil', 'evil')]);
    writeTree(destination, { work: { link: outside } });
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ path: work, code: 'CONFLICT' }]);
  });

  test('that the snapshot itself brought is not followed by a later one', async () => {
    await craft.snapshot([{ name: 'x', type: 'symlink', linkTarget: outside }]);
    await restoreSafely();
    expect(readlinkSync(join(work, 'x'))).toBe(outside);
    await craft.snapshot([await craft.folder('x', [await craft.file('evil', 'evil')])]);
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ path: join(work, 'x'), code: 'CONFLICT' }]);
    expect((await restoreSafely({ delete: everything })).result.problems).toEqual([]);
  });

  test('goes alone when it is deleted', async () => {
    await craft.snapshot([await craft.file('f', 'f')]);
    writeTree(work, { extra: { link: outside }, 'more/link': { link: join(outside, 'folder') } });
    const { result } = await restoreSafely({ delete: everything });
    expect(result).toMatchObject({ problems: [], deleted: 3 });
    expect(readdirSync(work)).toEqual(['f']);
  });
});

test('a file that shares its inode with one outside is not written into', async () => {
  await craft.snapshot([await craft.file('f', 'evil')]);
  mkdirSync(work, { recursive: true });
  linkSync(join(outside, 'precious'), join(work, 'f'));
  await restoreSafely();
  expect(readFileSync(join(work, 'f'), 'utf8')).toBe('evil');
});

describe('a folder that is replaced by a link between plan and restore', () => {
  const swaps: Record<string, { readonly existing: boolean; readonly delete: boolean }> = {
    'and was to be made': { existing: false, delete: false },
    'and was there': { existing: true, delete: false },
    'and holds what is to be deleted': { existing: true, delete: true },
  };

  test.each(Object.entries(swaps))('%s', async (_, swap) => {
    const inner = await craft.folder('folder', [await craft.file('deep', 'evil')]);
    await craft.snapshot([await craft.folder('d', [inner, await craft.file('precious', 'evil')])]);
    mkdirSync(work, { recursive: true });
    if (swap.existing) writeTree(work, { 'd/folder/extra': 'x', 'd/extra': 'x' });
    const session = await unlockedSession(craft.repository);
    const plan = await planFor(session, { destination, ...(swap.delete && { delete: everything }) });
    rmSync(join(work, 'd'), { recursive: true, force: true });
    symlinkSync(outside, join(work, 'd'));
    const result = await executeRestore(session, testCodecs(), plan);
    expectOutsideUntouched();
    expect(result.problems).toMatchObject([{ path: join(work, 'd') }]);
    expect(result.files).toBe(0);
    expect(statSync(outside).mode & 0o777).not.toBe(0);
  });

  test('while it is being restored', async () => {
    const contents = Array.from({ length: 600 }, (_, at) => Buffer.from(`content ${at}`));
    await craft.pack('data', contents);
    const files = contents.map((content, at) => ({
      name: `f${at + 100}`,
      content: [blobId(content)],
      size: content.length,
    }));
    await craft.snapshot([await craft.folder('d', files)]);
    let isSwapped = false;
    const onEntry = (_path: string, _change: string, type: string) => {
      if (isSwapped || type !== 'file') return;
      isSwapped = true;
      renameSync(join(work, 'd'), join(work, 'moved'));
      symlinkSync(outside, join(work, 'd'));
    };
    await restore(craft.repository, { destination, onEntry });
    expect(isSwapped).toBe(true);
    expectOutsideUntouched();
  });
});

describe('lengths', () => {
  const fourGiB = 2 ** 32 - 1;
  const lies: Record<string, (entry: PackEntry) => PackEntry> = {
    plain: (entry) => ({ ...entry, uncompressedLength: fourGiB }),
    stored: (entry) => ({ ...entry, length: fourGiB }),
    'none at all': (entry) => ({ ...entry, length: 0, uncompressedLength: 0 }),
  };

  test.each(Object.entries(lies))('that are impossible (%s) are refused without being allocated', async (_, lie) => {
    const id = await craft.blob('data', Buffer.from('a blob of modest size'), lie);
    const liar: PartialNode = { name: 'liar', content: [id, id], size: 42 };
    await craft.snapshot([await craft.file('good', 'good'), liar]);
    const { plan, result } = await restoreSafely();
    expect(plan.problems).toMatchObject([{ path: join(work, 'liar'), code: 'blob-damaged' }]);
    expect(result.files).toBe(1);
    expect(readdirSync(work)).toEqual(['good']);
  });

  test.each<[string, (entry: PackEntry) => PackEntry]>([
    ['too long for its content', (entry) => ({ ...entry, uncompressedLength: 60_000_000 })],
    ['beyond the end of the pack', (entry) => ({ ...entry, offset: 4_000_000_000 })],
    ['of something else', (entry) => ({ ...entry, length: entry.length - 1 })],
  ])('%s are found when the blob is read', async (_, lie) => {
    const id = await craft.blob('data', Buffer.from('a blob of modest size'), lie);
    await craft.snapshot([await craft.file('good', 'good'), { name: 'liar', content: [id], size: 21 }]);
    const { result } = await restoreSafely();
    expect(result.problems.at(-1)).toMatchObject({ path: join(work, 'liar'), code: 'blob-damaged' });
    expect(readdirSync(work)).toEqual(['good']);
  });

  test('that the node gives wrongly are said, and the content is restored', async () => {
    await craft.snapshot([await craft.file('f', 'content', { size: 2 ** 60 })]);
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ code: 'SIZE' }]);
    expect(readFileSync(join(work, 'f'), 'utf8')).toBe('content');
  });
});

describe('nodes that make no sense', () => {
  const missing = 'f'.repeat(64) as never;
  const tooLong = isWindows ? 'NAME' : 'ENAMETOOLONG';
  const emptyTree = blobId(Buffer.from('{"nodes":[]}\n'));
  test.each<[string, Partial<PartialNode>, string]>([
    ['a file without content', { type: 'file', content: null }, 'repository-damaged'],
    ['a file whose content is missing', { type: 'file', content: [missing] }, 'blob-missing'],
    ['a folder without a list', { type: 'dir' }, 'repository-damaged'],
    ['a folder whose list is missing', { type: 'dir', subtree: missing }, 'blob-missing'],
    ['a link to nowhere', { type: 'symlink' }, 'repository-damaged'],
    ['a link with a NUL', { type: 'symlink', linkTarget: 'a\0b' }, 'repository-damaged'],
    ['a link that is too long', { type: 'symlink', linkTarget: 'x'.repeat(5000) }, 'ENAMETOOLONG'],
    ['a link with a name that is too long', { name: 'x'.repeat(300), type: 'symlink', linkTarget: 'x' }, tooLong],
    ['a file with a name that is too long', { name: 'x'.repeat(300), type: 'file', content: [] }, tooLong],
    ['a folder with a name that is too long', { name: 'x'.repeat(300), type: 'dir', subtree: emptyTree }, tooLong],
    ['a date that is none', { type: 'file', content: [], mtime: '2024-02-30T00:00:00Z' }, 'repository-damaged'],
  ])('%s', async (_, fields, code) => {
    await craft.tree([]);
    await craft.snapshot([await craft.file('a', 'good'), { name: 'b', ...fields }]);
    const { result } = await restoreSafely();
    expect(result.problems).toMatchObject([{ code }]);
    expect(readFileSync(join(work, 'a'), 'utf8')).toBe('good');
  });

  test('a list of a folder that is none', async () => {
    const subtree = await craft.blob('tree', Buffer.from('[1, 2'));
    await craft.snapshot([await craft.file('a', 'good'), { name: 'b', type: 'dir', subtree }]);
    const { result } = await restoreSafely({ delete: everything });
    expect(result.problems).toMatchObject([{ path: join(work, 'b'), code: 'repository-damaged' }]);
  });

  test('times beyond what the file system can hold are restored as near as it can', async () => {
    const ends = { mtime: '9999-12-31T23:59:59Z', atime: '0001-01-01T00:00:00Z' };
    await craft.snapshot([await craft.file('a', 'good', ends)]);
    const { result } = await restoreSafely();
    expect(result.problems).toEqual([]);
    // Windows Node reads no time after 2106.
    expect(statSync(join(work, 'a')).mtimeMs).toBeGreaterThan(isWindows ? 2e12 : 4e12);
  });

  test('extended attributes whose names look like lines of their own', async () => {
    const name = `user.x\n# file: ${join(outside, 'precious')}\nuser.evil`;
    const attributes = {
      extendedAttributes: [
        { name, value: 'eA==' },
        { name: 'user.a=b', value: 'eA==' },
      ],
    };
    await craft.snapshot([await craft.file('a', 'good', attributes)]);
    const { result } = await restoreSafely();
    expect(result.problems).toEqual([]);
    const show = (path: string) =>
      execFileSync('getfattr', ['--absolute-names', '-d', '-m', '-', path], { encoding: 'utf8' });
    expect(show(join(outside, 'precious'))).toBe('');
    expect(show(join(work, 'a'))).toContain('user.a\\075b="x"');
  });
});

test('a tree deeper than any file system serves ends somewhere', async () => {
  const trees: Buffer[] = [];
  const levels = 4_020;
  let subtree = await craft.tree([await craft.file('bottom', 'x')]);
  const time = '2024-05-06T07:08:09Z';
  for (let level = 0; level < levels; level++) {
    const json = `{"nodes":[{"name":"d","type":"dir","mode":2147484141,"mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0,"content":null,"subtree":"${subtree}"}]}`;
    trees.push(Buffer.from(json));
    subtree = blobId(trees.at(-1)!);
  }
  await craft.pack('tree', trees);
  await craft.snapshot([{ name: 'd', type: 'dir', mode: 2 ** 31 + 0o755, subtree }, await craft.file('good', 'good')]);
  const session = await unlockedSession(craft.repository);
  const plan = await planFor(session, { destination });
  expect(plan.problems).toMatchObject([{ code: 'TOO-DEEP' }]);
  expect(plan.folders.length).toBeLessThan(4_010);
});
