import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, FileHandle, FileType } from '../../../src/backend/backend.ts';
import { CachedBackend } from '../../../src/backend/cache/cachedBackend.ts';
import { CacheFiles } from '../../../src/backend/cache/cacheFiles.ts';
import { withCacheIn, withoutKept } from '../../../src/backend/cache/withCache.ts';
import { LocalBackend } from '../../../src/backend/local/localBackend.ts';
import { CairnError } from '../../../src/base/errors.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { nameOf } from '../names.ts';
import { checkBackend } from '../suite.ts';

const id = '12'.repeat(32);

function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cairn-cache-'));
}

/** As all readers of folders do it. */
function knowingTrees(inner: Backend): Backend {
  const asTrees = (handle: FileHandle): FileHandle => (handle.type === 'pack' ? { ...handle, holds: 'trees' } : handle);
  return {
    location: inner.location,
    settings: inner.settings,
    properties: inner.properties,
    create: (options) => inner.create(options),
    save: (handle, data, options) => inner.save(asTrees(handle), data, options),
    load: (handle, options) => inner.load(asTrees(handle), options),
    stat: (handle, options) => inner.stat(handle, options),
    remove: (handle, options) => inner.remove(handle, options),
    list: (type, options) => inner.list(type, options),
    leftovers: (options) => inner.leftovers(options),
    removeLeftover: (leftover, options) => inner.removeLeftover(leftover, options),
    close: () => inner.close(),
  };
}

for (const [name, wrap] of [
  ['trees', knowingTrees],
  ['contents', (backend: Backend) => backend],
] as const) {
  checkBackend(`a cache around memory with packs of ${name}`, async () => {
    const folder = tempFolder();
    return {
      backend: wrap(withCacheIn(new MemoryBackend(), folder, id)),
      dispose: async () => rmSync(folder, { recursive: true }),
    };
  });
}
checkBackend('a cache around a folder', async () => {
  const folder = tempFolder();
  const local = new LocalBackend(join(folder, 'repository'));
  return {
    backend: knowingTrees(withCacheIn(local, join(folder, 'cache'), id)),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

const content = Buffer.from('0123456789');
const name = nameOf(content);
const trees: FileHandle = { type: 'pack', name, holds: 'trees' };
const places: Partial<Record<FileType, string>> = { index: 'index', snapshot: 'snapshots', pack: 'data' };

let caches: string;
let memory: MemoryBackend;
let faulty: FaultyBackend;
beforeEach(() => {
  caches = tempFolder();
  memory = new MemoryBackend();
  faulty = new FaultyBackend(memory);
});
afterEach(() => rmSync(caches, { recursive: true, force: true }));

const open = () => withCacheIn(faulty, caches, id);
const loads = () => faulty.calls.filter((call) => call.startsWith('load')).length;
const placeOf = (handle: FileHandle) => join(caches, id, places[handle.type]!, handle.name.slice(0, 2), handle.name);
const kinds: FileHandle[] = [{ type: 'index', name }, { type: 'snapshot', name }, trees];
const others: FileHandle[] = [
  { type: 'pack', name },
  { type: 'pack', name, holds: 'contents' },
  { type: 'key', name },
  { type: 'lock', name },
];

describe('what is kept', () => {
  test.each(kinds)('$type: read once, by this process and the next', async (handle) => {
    await memory.save(handle, [content]);
    const backend = open();
    for (let i = 0; i < 3; i++) expect(await backend.load(handle)).toEqual(content);
    expect(await open().load(handle)).toEqual(content);
    expect(loads()).toBe(1);
    expect(readFileSync(placeOf(handle))).toEqual(content);
  });

  test.each(kinds)('$type: what is saved is not read at all', async (handle) => {
    await open().save(handle, [content.subarray(0, 3), content.subarray(3)]);
    expect(await open().load(handle)).toEqual(content);
    expect(loads()).toBe(0);
  });

  test.each(kinds)('$type: what could not be stored is not kept', async (handle) => {
    faulty.inject({ operation: 'save', fail: new CairnError('storage-error', 'no') });
    await expect(open().save(handle, [content])).rejects.toThrow('no');
    expect(existsSync(placeOf(handle))).toBe(false);
  });

  test.each(others)('not: $type that holds $holds', async (handle) => {
    const backend = open();
    await backend.save(handle, [content]);
    for (let i = 0; i < 3; i++) expect(await backend.load(handle)).toEqual(content);
    expect(loads()).toBe(3);
  });

  test('a pack of folders comes whole with its first part', async () => {
    await memory.save(trees, [content]);
    const backend = open();
    expect((await backend.load(trees, { offset: 2, length: 3 })).toString()).toBe('234');
    expect((await backend.load(trees, { offset: 7 })).toString()).toBe('789');
    expect(loads()).toBe(1);
  });

  test('parts of one pack that are wanted at the same time bring it once', async () => {
    await memory.save(trees, [content]);
    const backend = open();
    const cancelled = new AbortController();
    faulty.inject({ operation: 'load', fail: new CairnError('aborted', 'cancelled') });
    const first = backend.load(trees, { offset: 0, length: 1, signal: cancelled.signal });
    const rest = [1, 2, 3].map((offset) => backend.load(trees, { offset, length: 1 }));
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect((await Promise.all(rest)).join('')).toBe('123');
    // That of the one that was cancelled, and one for all others.
    expect(loads()).toBe(2);
  });

  test('the part is had where the whole is not', async () => {
    await memory.save(trees, [content]);
    faulty.inject({ operation: 'load', fail: new CairnError('storage-error', 'too large') });
    expect((await open().load(trees, { offset: 2, length: 3 })).toString()).toBe('234');
  });

  test('what is refused as a whole is not asked for in part', async () => {
    await memory.save(trees, [content]);
    faulty.inject({ operation: 'load', fail: new CairnError('permission-denied', 'not for you') });
    await expect(open().load(trees, { offset: 2, length: 3 })).rejects.toMatchObject({ code: 'permission-denied' });
  });

  test('what is removed is gone here, too', async () => {
    const backend = open();
    for (const handle of kinds) {
      await backend.save(handle, [content]);
      await backend.remove(handle);
      await expect(open().load(handle)).rejects.toMatchObject({ code: 'file-not-found' });
    }
  });

  test('what others removed goes when the storage is listed', async () => {
    const backend = open();
    const stays = { type: 'index', name: nameOf(Buffer.from('stays')) } as const;
    await backend.save(stays, [Buffer.from('stays')]);
    for (const handle of kinds) {
      await backend.save(handle, [content]);
      await memory.remove(handle);
    }
    await backend.list('index');
    expect(kinds.map((handle) => existsSync(placeOf(handle)))).toEqual([false, true, true]);
    await backend.list('snapshot');
    await backend.list('pack');
    expect(kinds.map((handle) => existsSync(placeOf(handle)))).toEqual([false, false, false]);
    expect(existsSync(placeOf(stays))).toBe(true);
  });

  test('a listing that fails removes nothing', async () => {
    const backend = open();
    await backend.save(kinds[0]!, [content]);
    faulty.inject({ operation: 'list', fail: new CairnError('target-unavailable', 'away') });
    await expect(backend.list('index')).rejects.toThrow('away');
    expect(existsSync(placeOf(kinds[0]!))).toBe(true);
  });
});

describe('what is damaged here', () => {
  test.each(kinds.slice(0, 2))('$type is fetched again', async (handle) => {
    const backend = open();
    await backend.save(handle, [content]);
    for (const damaged of ['012345678x', '0123', '']) {
      writeFileSync(placeOf(handle), damaged);
      expect(await open().load(handle)).toEqual(content);
      expect(readFileSync(placeOf(handle))).toEqual(content);
    }
    expect(loads()).toBe(3);
  });

  test('a pack that was cut off is fetched again', async () => {
    await open().save(trees, [content]);
    writeFileSync(placeOf(trees), '0123');
    expect((await open().load(trees, { offset: 2, length: 5 })).toString()).toBe('23456');
    expect(readFileSync(placeOf(trees))).toEqual(content);
  });

  test('a pack is fetched again by who finds that out', async () => {
    const backend = open();
    await backend.save(trees, [content]);
    writeFileSync(placeOf(trees), 'xxxxxxxxxx');
    const part = { offset: 2, length: 3 };
    expect((await backend.load(trees, part)).toString()).toBe('xxx');
    expect((await backend.load(trees, { ...part, fresh: true })).toString()).toBe('234');
    expect((await backend.load(trees, part)).toString()).toBe('234');
    expect(loads()).toBe(1);
  });

  test('a part is not asked for where the storage refuses to know us', async () => {
    await memory.save(trees, [content]);
    const fail = new CairnError('permission-denied', 'Who are you?', { details: { isLoginRefused: true } });
    faulty.inject({ operation: 'load', fail });
    await expect(open().load(trees, { offset: 2, length: 3 })).rejects.toBe(fail);
    expect(loads()).toBe(1);
  });

  test('is not kept if the storage has it damaged, and not fetched whole each time', async () => {
    memory.files.set(`data/${name.slice(0, 2)}/${name}`, Buffer.from('01234x6789'));
    const backend = open();
    for (let i = 0; i < 3; i++) expect((await backend.load(trees, { offset: 4, length: 3 })).toString()).toBe('4x6');
    expect(existsSync(placeOf(trees))).toBe(false);
    const index: FileHandle = { type: 'index', name };
    memory.files.set(`index/${name}`, Buffer.from('wrong'));
    expect((await backend.load(index)).toString()).toBe('wrong');
    expect(existsSync(placeOf(index))).toBe(false);
  });
});

describe('for a proof', () => {
  test('all is fetched once more, and once only', async () => {
    const backend = open();
    for (const handle of kinds) await backend.save(handle, [content]);
    const doubting = withoutKept(backend);
    for (const handle of kinds) {
      for (let i = 0; i < 3; i++) await doubting.load(handle, handle.type === 'pack' ? { offset: i, length: 2 } : {});
    }
    expect(loads()).toBe(3);
  });

  test('what the storage lost is missed though it is here', async () => {
    const backend = open();
    await backend.save(trees, [content]);
    await memory.remove(trees);
    expect(await backend.load(trees)).toEqual(content);
    await expect(withoutKept(backend).load(trees)).rejects.toMatchObject({ code: 'file-not-found' });
    expect(withoutKept(memory)).toBe(memory);
  });
});

describe('a disk that', () => {
  test('has no room for the cache does no harm', async () => {
    writeFileSync(join(caches, 'file'), '');
    const backend = withCacheIn(faulty, join(caches, 'file', 'below'), id);
    expect(backend).toBe(faulty);
  });

  test('fails on the way does no harm, and packs are then read in parts', async () => {
    const backend = open();
    for (const folder of ['data', 'index', 'snapshots']) writeFileSync(join(caches, id, folder), 'in the way');
    for (const handle of kinds) {
      await backend.save(handle, [content]);
      expect(await backend.load(handle)).toEqual(content);
      expect((await backend.load(handle, { offset: 2, length: 3 })).toString()).toBe('234');
    }
    await backend.list('pack');
    await backend.remove(trees);
    await backend.close();
    expect(loads()).toBe(6);
  });

  test('lost the cache in between does no harm', async () => {
    const backend = open();
    await backend.save(trees, [content]);
    rmSync(caches, { recursive: true });
    expect(await backend.load(trees)).toEqual(content);
    expect(await open().load(trees)).toEqual(content);
  });

  test('has a cache of another version is left alone', async () => {
    open();
    const version = join(caches, id, 'version');
    expect(readFileSync(version, 'utf8')).toBe('1');
    chmodSync(version, 0o600);
    writeFileSync(version, '2');
    expect(open()).toBe(faulty);
  });
});

describe('the size', () => {
  const packs = Array.from({ length: 10 }, (_, i) => Buffer.from(`pack ${i}`.padEnd(100)));
  const handles = packs.map((pack): FileHandle => ({ type: 'pack', name: nameOf(pack), holds: 'trees' }));
  const here = () => handles.flatMap((handle, i) => (existsSync(placeOf(handle)) ? [i] : []));

  async function fill(mostBytes: number): Promise<CachedBackend> {
    open();
    const backend = new CachedBackend(faulty, new CacheFiles(join(caches, id), mostBytes));
    for (const [i, handle] of handles.entries()) {
      await backend.save(handle, [packs[i]!]);
      utimesSync(placeOf(handle), i, i);
    }
    return backend;
  }

  test('is bounded at the end: what was not used for long goes first', async () => {
    const backend = await fill(500);
    await backend.load(handles[2]!, { offset: 0, length: 1 });
    expect(here()).toHaveLength(10);
    await backend.close();
    expect(here()).toEqual([2, 7, 8, 9]);
  });

  test('that is allowed is used', async () => {
    await (await fill(1000)).close();
    expect(here()).toHaveLength(10);
  });

  test('leaves files alone that others are writing, for a day', async () => {
    const backend = await fill(500);
    const folder = join(placeOf(handles[0]!), '..');
    writeFileSync(join(folder, 'tmp-new'), '');
    writeFileSync(join(folder, 'tmp-old'), '');
    utimesSync(join(folder, 'tmp-old'), 1, 1);
    await backend.close();
    expect(readdirSync(folder)).toEqual(['tmp-new']);
  });
});
