import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCode } from '../../../../src/base/errors.ts';
import { readManifest, readManifestHeader } from '../../../../src/engine/mirror/manifestFile.ts';
import {
  LONGEST_LINE,
  MANIFEST_NAME,
  ManifestParser,
  manifestToLines,
  type ManifestEntry,
  type ManifestHeader,
} from '../../../../src/engine/mirror/manifestFormat.ts';
import { isWindows } from '../../../../src/disk/system.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const header: ManifestHeader = { isComplete: true, created: '2026-01-31T17:05:09.123Z', source: '/home/me' };
const sha256 = 'a'.repeat(64);
const file: ManifestEntry = { path: 'a', size: 1, mtime: 1n, sha256 };

function write(entries: readonly ManifestEntry[], of = header): string {
  return [...manifestToLines(of, entries)].join('');
}

function parse(text: string): { header: ManifestHeader; entries: ManifestEntry[] } {
  const parser = new ManifestParser();
  for (const line of text.slice(0, -1).split('\n')) parser.addLine(Buffer.from(line));
  return { header: parser.finish(), entries: [...parser.entries.values()] };
}

/** A text with the checksum it needs to be believed so far. */
function sealed(...lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return `${text}],"checksum":"${createHash('sha256').update(text).digest('hex')}"}\n`;
}

const name = fc
  .oneof(fc.string({ minLength: 1 }), fc.constantFrom('x\udcff', 'new\nline', '...', ' ', '-n', '\u2028', '"\\'))
  .map((text) => text.toWellFormed().replaceAll(isWindows ? /[/\0\\:]/g : /[/\0]/g, '_'))
  .filter((text) => !['', '.', '..'].includes(text));
const path = fc
  .array(fc.oneof(name, fc.constant('x\udc80\udcff')), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'));
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const entry: fc.Arbitrary<ManifestEntry> = fc.oneof(
  fc.record({ path, target: fc.string() }),
  fc.record(
    {
      path,
      size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      mtime: integer,
      sha256: fc.constant(sha256),
      from: fc.record({ mtime: integer, ctime: integer, inode: integer }),
    },
    { requiredKeys: ['path', 'size', 'mtime', 'sha256'] },
  ),
);

describe('a manifest', () => {
  test('comes back as it was written, and is JSON', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: (each) => each.path }),
        fc.boolean(),
        fc.string(),
        (entries, isComplete, source) => {
          const text = write(entries, { ...header, isComplete, source });
          expect(parse(text)).toEqual({ header: { ...header, isComplete, source }, entries });
          const value = JSON.parse(text) as { entries: { path: string }[] };
          expect(value.entries.map((each) => each.path)).toEqual(entries.map((each) => each.path));
        },
      ),
    );
  });

  test('says whose it is and what it lacks, if it knows', () => {
    for (const more of [{}, { host: 'laptop' }, { folder: '42:1', lacking: 3 }]) {
      expect(parse(write([], { ...header, ...more })).header).toEqual({ ...header, ...more });
    }
  });

  test('with any bit flipped is not believed', () => {
    const text = Buffer.from(write([file, { path: 'b', target: 'c' }]));
    for (let at = 0; at < text.length - 1; at++) {
      const flipped = Buffer.from(text);
      flipped[at]! ^= 1;
      expect(() => parse(flipped.toString('latin1')), `byte ${at}`).toThrow();
    }
  });

  test('with its end missing is not believed', () => {
    const text = write([file, { path: 'b', target: 'c' }]);
    for (let end = 0; end < text.length - 1; end++) expect(() => parse(text.slice(0, end)), `${end}`).toThrow();
  });

  const first = write([]).split('\n')[0]!;
  const entryLine = write([file]).split('\n')[1]!;
  const good = JSON.parse(entryLine) as Record<string, unknown>;

  test('the sealing of this test is right', () => {
    expect(parse(sealed(first, entryLine)).entries).toEqual([file]);
  });

  test.each([
    ['no object', '[]'],
    ['two of one path', entryLine, `,${entryLine}`],
    ['no path', '{}'],
    ...['../x', '/etc/passwd', 'a/../../x', '.', '..', '', 'a//b', 'a/', './a', 'a\0b', 'x'.repeat(300_000)].map(
      (each) => [`path ${each.slice(0, 20)}`, JSON.stringify({ ...good, path: each })],
    ),
    // What leads elsewhere on Windows only.
    ...(isWindows ? ['..\\x', 'a\\b', 'C:x', 'a:stream'] : []).map((each) => [
      `path ${each}`,
      JSON.stringify({ ...good, path: each }),
    ]),
    ...[-1, 0.5, 1e300, '1', null].map((size) => [`size ${size}`, JSON.stringify({ ...good, size })]),
    ...['x', 1, '', '1'.repeat(30), null].map((mtime) => [`mtime ${mtime}`, JSON.stringify({ ...good, mtime })]),
    ...['', 'A'.repeat(64), `${sha256}0`, 7].map((hash) => [`hash ${hash}`, JSON.stringify({ ...good, sha256: hash })]),
    ...[null, 1, {}, { mtime: '1', ctime: 2, inode: '3' }].map((from) => [
      `from ${JSON.stringify(from)}`,
      JSON.stringify({ ...good, from }),
    ]),
    ['link without target', '{"path":"l","link":7}'],
  ])('is refused: %s', (_, ...lines) => {
    expect(() => parse(sealed(first, ...lines))).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });

  test.each([
    ['another format', first.replace('cairn-mirror', 'other')],
    ['a later version', first.replace('"version":1', '"version":2')],
    ['no time', first.replace(/"created":"[^"]*"/, '"created":"soon"')],
    ['nothing about its completeness', first.replace('"complete":true', '"complete":1')],
    ['a host that is none', first.replace('"complete"', '"host":7,"complete"')],
    ['a folder that is none', first.replace('"complete"', '"folder":{},"complete"')],
    ['a number that is none', first.replace('"complete"', '"lacking":"3","complete"')],
    ['nothing', ''],
  ])('is refused with %s', (_, line) => {
    expect(() => parse(sealed(line))).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });
});

describe('the file', () => {
  test.each<[string, (path: string) => void]>([
    ['a link', (at) => symlinkSync('/etc/passwd', at)],
    ['a folder', (at) => mkdirSync(at)],
    ['empty', (at) => writeFileSync(at, '')],
    ['one endless line', (at) => writeFileSync(at, Buffer.alloc(3 * LONGEST_LINE, 'x'))],
    ['without its last line feed', (at) => writeFileSync(at, write([file]).slice(0, -1))],
  ])('that is %s is not believed', async (_, make) => {
    const folder = tempFolder();
    make(join(folder, MANIFEST_NAME));
    const failure: unknown = await readManifest(folder).catch((error: unknown) => error);
    expect(errorCode(failure)).toBe('repository-damaged');
  });

  test('with a first line that is not ours has no header', () => {
    const folder = tempFolder();
    expect(readManifestHeader(folder)).toBeUndefined();
    for (const text of ['', '{}', '{"format":"cairn-mirror"}\n', 'x'.repeat(2 * LONGEST_LINE)]) {
      writeFileSync(join(folder, MANIFEST_NAME), text);
      expect(readManifestHeader(folder)).toBeUndefined();
    }
    writeFileSync(join(folder, MANIFEST_NAME), write([file]));
    expect(readManifestHeader(folder)).toEqual(header);
  });
});
