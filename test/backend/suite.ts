import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, FileHandle, FileType } from '../../src/backend/backend.ts';
import { nameOf } from './names.ts';

type NamedType = Exclude<FileType, 'config'>;
const namedTypes: readonly NamedType[] = ['key', 'lock', 'snapshot', 'index', 'pack'];
const config: FileHandle = { type: 'config', name: '' };

/** An empty repository to test with, and how to be rid of it. */
export interface BackendUnderTest {
  readonly backend: Backend;
  dispose(): Promise<void>;
}

/** Everything that `backend.ts` promises, for any implementation. */
export function checkBackend(name: string, open: () => Promise<BackendUnderTest>): void {
  describe(`${name} keeps the promises of a backend`, () => {
    let current: BackendUnderTest;
    let backend: Backend;
    beforeAll(async () => {
      current = await open();
      backend = current.backend;
      await backend.create();
    });
    afterEach(async () => {
      for (const type of namedTypes) {
        for (const { name } of await backend.list(type)) await backend.remove({ type, name });
      }
      await backend.remove(config).catch(() => {});
    });
    afterAll(async () => {
      await backend.close();
      await current.dispose();
    });

    async function put(type: NamedType, content: Uint8Array): Promise<FileHandle> {
      const handle = { type, name: nameOf(content) };
      await backend.save(handle, [content]);
      return handle;
    }

    test('create is harmless when repeated', async () => {
      const handle = await put('pack', Buffer.from('kept'));
      await backend.create();
      expect((await backend.load(handle)).toString()).toBe('kept');
    });

    test.each(namedTypes)('an empty repository lists no %s', async (type) => {
      expect(await backend.list(type)).toEqual([]);
    });

    test.each(namedTypes)('a %s comes back as it was saved', async (type) => {
      const content = randomBytes(1000);
      const handle = await put(type, content);
      expect(await backend.load(handle)).toEqual(content);
      expect(await backend.stat(handle)).toMatchObject({ name: handle.name, size: 1000 });
      expect(await backend.list(type)).toMatchObject([{ name: handle.name, size: 1000 }]);
      for (const other of namedTypes.filter((t) => t !== type)) expect(await backend.list(other)).toEqual([]);
    });

    test.each([0, 100, 1000])('is read rightly where room for %i bytes is lent', async (length) => {
      const content = randomBytes(1000);
      const handle = await put('pack', content);
      const room = Buffer.alloc(length);
      expect(await backend.load(handle, { offset: 900, length: 100, room })).toEqual(content.subarray(900));
      expect(await backend.load(handle, { room })).toEqual(content);
    });

    test('the config has no name and is in no list', async () => {
      await backend.save(config, [Buffer.from('configuration')]);
      expect((await backend.load(config)).toString()).toBe('configuration');
      expect(await backend.stat(config)).toMatchObject({ name: '', size: 13 });
      for (const type of namedTypes) expect(await backend.list(type)).toEqual([]);
      await backend.remove(config);
      await expect(backend.load(config)).rejects.toMatchObject({ code: 'file-not-found' });
    });

    test.each(namedTypes)('a %s may be saved twice', async (type) => {
      const handle = await put(type, Buffer.from('the same'));
      await backend.save(handle, [Buffer.from('the same')]);
      expect((await backend.load(handle)).toString()).toBe('the same');
      expect(await backend.list(type)).toHaveLength(1);
    });

    test('a part without an end goes to the end', async () => {
      const handle = await put('pack', Buffer.from('0123456789'));
      expect((await backend.load(handle, { offset: 7 })).toString()).toBe('789');
      expect((await backend.load(handle, { length: 3 })).toString()).toBe('012');
    });

    test('a call that was cancelled before it began does nothing', async () => {
      const signal = AbortSignal.abort();
      const kept = await put('pack', Buffer.from('kept'));
      const content = Buffer.from('never stored');
      const handle: FileHandle = { type: 'pack', name: nameOf(content) };
      const aborted: unknown = expect.objectContaining({ code: 'aborted' });
      await expect(backend.save(handle, [content], { signal })).rejects.toEqual(aborted);
      await expect(backend.load(kept, { signal })).rejects.toEqual(aborted);
      await expect(backend.stat(kept, { signal })).rejects.toEqual(aborted);
      await expect(backend.list('pack', { signal })).rejects.toEqual(aborted);
      await expect(backend.remove(kept, { signal })).rejects.toEqual(aborted);
      expect(await backend.list('pack')).toMatchObject([{ name: kept.name }]);
    });

    test('a config is never replaced', async () => {
      await backend.save(config, [Buffer.from('first')]);
      const refused: unknown = expect.objectContaining({ code: 'repository-exists' });
      await expect(backend.save(config, [Buffer.from('the second')])).rejects.toEqual(refused);
      expect((await backend.load(config)).toString()).toBe('first');
    });

    test.each<[string, string[]]>([
      ['no parts', []],
      ['empty parts', ['', '', '']],
      ['one part', ['abc']],
      ['parts with empty ones between', ['', 'ab', '', 'cdefg', 'h', '']],
      ['more parts than one system call takes', Array.from({ length: 3000 }, (_, i) => `part ${i},`)],
    ])('%s are joined', async (_, parts) => {
      const whole = Buffer.from(parts.join(''));
      const handle: FileHandle = { type: 'pack', name: nameOf(whole) };
      await backend.save(
        handle,
        parts.map((part) => Buffer.from(part)),
      );
      expect(await backend.load(handle)).toEqual(whole);
      expect((await backend.stat(handle)).size).toBe(whole.length);
    });

    test('the parts may be reused after the call', async () => {
      const part = Buffer.from('original');
      const handle = await put('pack', part);
      part.fill('x');
      expect((await backend.load(handle)).toString()).toBe('original');
    });

    test('what load returns belongs to the caller', async () => {
      const handle = await put('pack', Buffer.from('original'));
      const first = await backend.load(handle);
      expect(first.byteLength).toBe(first.buffer.byteLength);
      first.fill('x');
      expect((await backend.load(handle)).toString()).toBe('original');
    });

    test('ranges', async () => {
      const handle = await put('pack', Buffer.from('0123456789'));
      const cases: [number, number, string][] = [
        [0, 10, '0123456789'],
        [0, 1, '0'],
        [3, 4, '3456'],
        [9, 1, '9'],
        [0, 0, ''],
        [10, 0, ''],
      ];
      for (const [offset, length, expected] of cases) {
        expect((await backend.load(handle, { offset, length })).toString()).toBe(expected);
      }
    });

    test('ranges that reach beyond the end or make no sense are refused', async () => {
      const handle = await put('pack', Buffer.from('0123456789'));
      const cases: [number, number][] = [
        [0, 11],
        [9, 2],
        [10, 1],
        [11, 0],
        [1000, 1],
        [-1, 2],
        [0, -1],
        [0, 2 ** 52],
        [2 ** 52, 1],
        [NaN, 1],
        [0, NaN],
      ];
      for (const [offset, length] of cases) {
        await expect(backend.load(handle, { offset, length }), `${offset}+${length}`).rejects.toMatchObject({
          code: 'repository-damaged',
        });
      }
    });

    test.each([...namedTypes, 'config'] as const)('a %s that is missing', async (type) => {
      const handle: FileHandle = { type, name: type === 'config' ? '' : 'cd'.repeat(32) };
      const missing: unknown = expect.objectContaining({ code: 'file-not-found' });
      await expect(backend.load(handle)).rejects.toEqual(missing);
      await expect(backend.load(handle, { offset: 0, length: 0 })).rejects.toEqual(missing);
      await expect(backend.stat(handle)).rejects.toEqual(missing);
      await backend.remove(handle);
    });

    test.each(namedTypes)('a removed %s is gone', async (type) => {
      const kept = await put(type, Buffer.from('kept'));
      const handle = await put(type, Buffer.from('removed'));
      await backend.remove(handle);
      await expect(backend.load(handle)).rejects.toMatchObject({ code: 'file-not-found' });
      await backend.remove(handle);
      expect(await backend.list(type)).toMatchObject([{ name: kept.name, size: 4 }]);
    });

    test('names that are no names are refused', async () => {
      const handles: FileHandle[] = [
        { type: 'pack', name: '' },
        { type: 'config', name: 'ab'.repeat(32) },
        { type: 'snapshot', name: '../config' },
        { type: 'key', name: 'AB'.repeat(32) },
        { type: 'index', name: `${'ab'.repeat(32)}0` },
        { type: 'lock', name: `${'ab'.repeat(31)}/x` },
        { type: 'pack', name: `${'ab'.repeat(32)}\n` },
      ];
      const refusal: unknown = expect.objectContaining({ code: 'unsafe-name' });
      for (const handle of handles) {
        await expect(backend.save(handle, [])).rejects.toEqual(refusal);
        await expect(backend.load(handle)).rejects.toEqual(refusal);
        await expect(backend.stat(handle)).rejects.toEqual(refusal);
        await expect(backend.remove(handle)).rejects.toEqual(refusal);
      }
    });

    test('300 packs saved eight at a time are all listed', async () => {
      const contents = Array.from({ length: 300 }, (_, i) => Buffer.from(`pack ${i}`));
      const waiting = [...contents];
      const savers = Array.from({ length: 8 }, async () => {
        for (let next = waiting.pop(); next; next = waiting.pop()) await put('pack', next);
      });
      await Promise.all(savers);
      const listed = await backend.list('pack');
      expect(listed.map((file) => file.name).sort()).toEqual(contents.map(nameOf).sort());
      expect(listed.reduce((sum, file) => sum + file.size, 0)).toBe(contents.reduce((sum, c) => sum + c.length, 0));
    });

    test('saves of one file at the same time leave it whole', async () => {
      const content = randomBytes(100_000);
      const handle: FileHandle = { type: 'pack', name: nameOf(content) };
      await Promise.all(Array.from({ length: 6 }, () => backend.save(handle, [content])));
      expect((await backend.load(handle)).equals(content)).toBe(true);
      expect(await backend.list('pack')).toHaveLength(1);
    });

    test('a file of 20 MB in 20 parts', async () => {
      const parts = Array.from({ length: 20 }, () => randomBytes(1_000_000));
      const whole = Buffer.concat(parts);
      const handle: FileHandle = { type: 'pack', name: nameOf(whole) };
      await backend.save(handle, parts);
      expect((await backend.load(handle)).equals(whole)).toBe(true);
      const range = { offset: 12_345_678, length: 5_000_000 };
      expect((await backend.load(handle, range)).equals(whole.subarray(12_345_678, 17_345_678))).toBe(true);
    });
  });
}
