import { parse, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { ChangedPaths } from '../../../src/workspace/changedPaths.ts';
import { Journal, type Changes } from '../../../src/workspace/journal.ts';

/** The top of the disk that the tests run on, and a folder there. */
const top = parse(process.cwd()).root;
const w = `${top}w`;
const name = fc.constantFrom('a', 'b', 'c', 'ab');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => [w, ...names].join(sep));
const paths = fc.array(path, { maxLength: 12 });

/** The rule of the journal, said plainly: of all paths those that lie below no other one. */
function topmost(all: readonly string[]): string[] {
  const set = [...new Set(all)];
  return set.filter((one) => !set.some((other) => one.startsWith(other + sep))).sort();
}

function sorted(changes: Changes): Changes {
  return changes === 'anything' ? changes : [...changes].sort();
}

describe('changed paths', () => {
  test('are those that lie below no other', () => {
    fc.assert(
      fc.property(paths, (all) => {
        const changed = new ChangedPaths(all);
        expect(changed.list().sort()).toEqual(topmost(all));
        expect(changed.size).toBe(topmost(all).length);
      }),
    );
  });

  test('tell of each folder what may have changed in it', () => {
    fc.assert(
      fc.property(paths, path, (all, folder) => {
        const changed = new ChangedPaths(all);
        const isBelowNoted = all.some((noted) => noted === folder || folder.startsWith(noted + sep));
        const inside = all.filter((noted) => noted.startsWith(folder + sep));
        const names = [...new Set(inside.map((noted) => noted.slice(folder.length + 1).split(sep)[0]!))].sort();
        const found = changed.namesIn(folder);
        expect(found === 'all' ? found : [...found].sort()).toEqual(isBelowNoted ? 'all' : names);
        expect(changed.touches(folder)).toBe(isBelowNoted || names.length > 0);
      }),
    );
  });

  test('may be the root', () => {
    const changed = new ChangedPaths([resolve('/a/b'), top]);
    expect([changed.list(), changed.size, changed.namesIn(top), changed.namesIn(resolve('/a'))]).toEqual([
      [top],
      1,
      'all',
      'all',
    ]);
    expect(new ChangedPaths([resolve('/a/b')]).namesIn(top)).toEqual(['a']);
    expect(new ChangedPaths().namesIn(top)).toEqual([]);
  });

  test('may be on several drives, which elsewhere are no places', () => {
    const make = () => new ChangedPaths(['C:\\a', 'D:\\', 'D:\\b', 'C:\\b\\c', 'C:\\a\\b']);
    if (!isWindows) return expect(make).toThrow('not an absolute path');
    expect(make().list().sort()).toEqual(['C:\\a', 'C:\\b\\c', 'D:\\']);
    expect(['C:\\', 'C:\\b', 'D:\\b', 'E:\\'].map((path) => make().namesIn(path))).toEqual([
      ['a', 'b'],
      ['c'],
      'all',
      [],
    ]);
  });
});

describe('the journal', () => {
  test('hands out what was noted, once', () => {
    fc.assert(
      fc.property(paths, paths, (first, second) => {
        const journal = new Journal(w);
        expect(journal.isEmpty).toBe(true);
        for (const one of first) journal.add(one);
        expect(journal.isEmpty).toBe(first.length === 0);
        expect(sorted(journal.take())).toEqual(topmost(first));
        expect(journal.isEmpty).toBe(true);
        for (const one of second) journal.add(one);
        expect(sorted(journal.take())).toEqual(topmost(second));
      }),
    );
  });

  test('loses nothing when a backup fails', () => {
    fc.assert(
      fc.property(paths, paths, (before, meanwhile) => {
        const journal = new Journal(w);
        for (const one of before) journal.add(one);
        const taken = journal.take();
        for (const one of meanwhile) journal.add(one);
        journal.giveBack(taken);
        expect(sorted(journal.take())).toEqual(topmost([...before, ...meanwhile]));
      }),
    );
  });

  test('holds no more than its limit, and then means anything', () => {
    fc.assert(
      fc.property(paths, fc.nat(5), (all, limit) => {
        const journal = new Journal(w, limit);
        for (const one of all) journal.add(one);
        const taken = journal.take();
        if (taken === 'anything') expect(new Set(all).size).toBeGreaterThan(limit);
        else expect(taken.length).toBeLessThanOrEqual(limit);
        expect(journal.take()).toEqual([]);
      }),
    );
  });

  test.each<[string, (journal: Journal) => void, Changes]>([
    ['the folder itself is anything', (journal) => journal.add(w), 'anything'],
    [
      'what lies outside does not count',
      (journal) => ['/', '/v/a', '/wa', '/w/../x'].forEach((p) => journal.add(resolve(p))),
      [],
    ],
    ['names that begin with dots lie inside', (journal) => journal.add(resolve(w, '..a')), [resolve(w, '..a')]],
    ['missed events stay missed', (journal) => (journal.addAnything(), journal.add(resolve(w, 'a'))), 'anything'],
    [
      'anything can be given back',
      (journal) => (journal.add(resolve(w, 'a')), journal.giveBack('anything')),
      'anything',
    ],
  ])('%s', (_, act, expected) => {
    const journal = new Journal(w);
    act(journal);
    expect(journal.take()).toEqual(expected);
  });
});
