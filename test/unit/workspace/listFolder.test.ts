import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRaw, encodeRaw } from '../../../src/base/rawName.ts';
import { toFsPath } from '../../../src/disk/fsPath.ts';
import { isWindows } from '../../../src/disk/system.ts';
import { createIgnoreState } from '../../../src/workspace/ignoreRules.ts';
import { findEntry, listFolder, type FolderListing } from '../../../src/workspace/listFolder.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

function list(folder: string): FolderListing {
  return listFolder(folder, createIgnoreState(folder, folder, {}));
}

function namesIn(folder: string): string[] {
  return list(folder).entries.map((entry) => entry.name);
}

describe('the names in a folder', () => {
  const sets: Record<string, string[]> = {
    'of ASCII letters': ['B', 'a', 'a b', 'a-b', 'a.b', 'ab', 'c'],
    'where the order of UTF-16 is another': ['z', 'é', '日', '\ue000', '\uffee', '\u{10000}', '\u{1f600}'],
    'that are not UTF-8': ['a\udcff', 'a\ufffd', 'b', '\ufffd', '\ufffe', '\udc80', '\udcff\udcfe'],
    'with every kind of character': ['\u0001', '\n', ' ', '"', '\\', '\u007f', '\u00a0', '\u2028'],
  };
  for (const [what, names] of Object.entries(sets)) {
    test(`${what} come in the order of their bytes, none lost`, () => {
      const folder = tempFolder();
      for (const name of [...names].reverse()) writeFileSync(toFsPath(join(folder, name)), 'x');
      const sorted = [...names].sort((a, b) => Buffer.compare(encodeRaw(a), encodeRaw(b)));
      expect(namesIn(folder)).toEqual(sorted);
      for (const name of names)
        expect(findEntry(join(folder, name), createIgnoreState(folder, folder, {})).found).toBe('entry');
    });
  }

  test('of any bytes are all there', () => {
    const byte = fc.integer({ min: 1, max: 255 }).filter((value) => value !== 0x2f);
    const name = fc.array(byte, { minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
    const isName = (bytes: Buffer) => !['.', '..'].includes(bytes.toString('latin1'));
    const names = fc.uniqueArray(name.filter(isName), { selector: (bytes) => bytes.toString('hex'), maxLength: 12 });
    const top = tempFolder();
    fc.assert(
      fc.property(names, (expected) => {
        const folder = join(top, 'd');
        mkdirSync(folder);
        for (const each of expected) writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), each]), '');
        const found = namesIn(folder);
        rmSync(folder, { recursive: true });
        expect(found.map(encodeRaw)).toEqual(expected.sort((a, b) => Buffer.compare(a, b)));
        expect([...found].sort(compareRaw)).toEqual(found);
      }),
      { numRuns: 60 },
    );
  });

  test('can be many', () => {
    const folder = tempFolder();
    // Wine looks through all of a folder for each name.
    const names = Array.from({ length: isWindows ? 2_000 : 12_000 }, (_, at) => `file-${String(at).padStart(5, '0')}`);
    for (const name of names) writeFileSync(join(folder, name), '');
    expect(namesIn(folder)).toEqual(names);
  });
});

describe('an entry', () => {
  test('has its kind; links are not followed', async () => {
    const folder = tempFolder();
    writeTree(folder, { dir: null, file: 'x', link: { link: 'dir' }, loose: { link: 'nowhere' } });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('/dev/null', join(folder, 'device-link'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    const { entries, skipped, errors } = list(folder);
    server.close();
    expect(Object.fromEntries(entries.map((entry) => [entry.name, entry.kind]))).toEqual({
      'device-link': 'symlink',
      dir: 'dir',
      file: 'file',
      link: 'symlink',
      loose: 'symlink',
      pipe: 'fifo',
    });
    expect(entries.filter((entry) => entry.rules).map((entry) => entry.name)).toEqual(['dir']);
    expect(skipped.map(({ path, reason, isFolder }) => [path, reason, isFolder])).toEqual([
      [join(folder, 'socket'), 'special', false],
    ]);
    expect(errors).toEqual([]);
  });

  test('may be a device', () => {
    const finding = findEntry('/dev/null', createIgnoreState('/dev', '/dev', {}));
    expect(finding).toMatchObject({ found: 'entry', entry: { kind: 'chardev', path: '/dev/null' } });
  });

  test('has exact times and sizes', () => {
    const folder = tempFolder();
    writeTree(folder, { a: '' });
    execFileSync('touch', ['-d', '2001-02-03T04:05:06.123456789Z', join(folder, 'a')]);
    truncateSync(join(folder, 'a'), 2 ** 40 + 1);
    utimesSync(folder, 0, 0);
    execFileSync('touch', ['-d', '1969-12-31T23:59:59.000000001Z', join(folder, 'a')]);
    const { stats } = list(folder).entries[0]!;
    expect([stats.size, stats.mtimeNs]).toEqual([2n ** 40n + 1n, -999_999_999n]);
  });
});

describe('what cannot be looked at', () => {
  test('is reported, and the rest is listed', () => {
    const folder = tempFolder();
    writeTree(folder, { 'closed/a': 'x', 'blind/a': 'x', 'open/a': 'x' });
    chmodSync(join(folder, 'closed'), 0o000);
    chmodSync(join(folder, 'blind'), 0o444);
    chmodSync(folder, 0o755);
    asNobody(() => {
      expect(namesIn(folder)).toEqual(['blind', 'closed', 'open']);
      const closed = list(join(folder, 'closed'));
      expect(closed).toMatchObject({ entries: [], errors: [{ path: join(folder, 'closed'), kind: 'unreadable' }] });
      const blind = list(join(folder, 'blind'));
      expect(blind).toMatchObject({ entries: [], errors: [{ path: join(folder, 'blind/a'), kind: 'unreadable' }] });
      expect(blind.errors[0]!.error).toMatchObject({ code: 'EACCES' });
    });
  });

  test('because it is gone is reported as vanished', () => {
    const folder = tempFolder();
    writeTree(folder, { file: 'x' });
    for (const path of [join(folder, 'gone'), join(folder, 'file')]) {
      expect(list(path)).toMatchObject({ entries: [], errors: [{ path, kind: 'vanished' }] });
    }
  });
});

/** A superuser may look at everything, so for a while we are none. */
function asNobody(run: () => void): void {
  const user = process.geteuid!();
  if (user === 0) process.seteuid!(65534);
  try {
    run();
  } finally {
    process.seteuid!(user);
  }
}
