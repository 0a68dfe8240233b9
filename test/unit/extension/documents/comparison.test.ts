import { describe, expect, test } from 'vitest';
import {
  bothSidesOf,
  pathInSnapshot,
  pathOnDisk,
  sidesOf,
  type ComparedState,
} from '../../../../src/extension/documents/comparison.ts';
import type { UriParts } from '../../../../src/extension/documents/snapshotUri.ts';
import type { ChangeRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

const disk: ComparedState = { kind: 'disk', folder: '/home/x' };
const snapshot = (digit: string, path = '/home/x'): ComparedState => ({
  kind: 'snapshot',
  snapshot: { id: digit.repeat(64), time: '2026-08-01T14:02:00Z', paths: [path] },
  target: 'usb1',
});
const show = (uri?: UriParts) =>
  uri && `${uri.scheme}:${uri.authority.slice(0, 5)}${uri.path}${uri.query && `?${uri.query}`}`;
const change = (fields: Partial<ChangeRow>): ChangeRow => ({
  path: '/home/x/a.ts',
  kind: 'modified',
  type: 'file',
  ...fields,
});

const cases: [string, Partial<ChangeRow>, string, string][] = [
  ['modified', {}, 'cairn:11111/home/x/a.ts?usb1', 'file:/home/x/a.ts'],
  ['added', { kind: 'added' }, 'cairn:empty/home/x/a.ts', 'file:/home/x/a.ts'],
  ['removed', { kind: 'removed' }, 'cairn:11111/home/x/a.ts?usb1', 'cairn:empty/home/x/a.ts'],
  ['renamed', { kind: 'renamed', from: '/home/x/b.ts' }, 'cairn:11111/home/x/b.ts?usb1', 'file:/home/x/a.ts'],
  ['a link', { type: 'symlink' }, 'cairn:11111/home/x/a.ts?usb1', 'cairn:disk/home/x/a.ts'],
  [
    'a link that was a folder',
    { kind: 'typeChanged', type: 'symlink', typeBefore: 'dir' },
    'cairn:empty/home/x/a.ts',
    'cairn:disk/home/x/a.ts',
  ],
  [
    'a name that is not UTF-8',
    { path: '/home/x/\udcff' },
    'cairn:11111/home/x/\ufffdff?usb1',
    'cairn:disk/home/x/\ufffdff',
  ],
  ['odd signs', { path: '/home/x/a#b%c\ufffd' }, 'cairn:11111/home/x/a#b%c\ufffd00?usb1', 'file:/home/x/a#b%c\ufffd'],
];

test.each(cases)('the sides of a change against the disk: %s', (_, fields, before, after) => {
  const sides = bothSidesOf(change(fields), { before: snapshot('1'), after: disk });
  expect([show(sides.before), show(sides.after)]).toEqual([before, after]);
});

describe('between snapshots', () => {
  test('each side is in its own', () => {
    const sides = sidesOf(change({}), { before: snapshot('1'), after: snapshot('2') });
    expect([show(sides.before), show(sides.after)]).toEqual([
      'cairn:11111/home/x/a.ts?usb1',
      'cairn:22222/home/x/a.ts?usb1',
    ]);
  });

  test('the earlier one is where the workspace was then', () => {
    const sides = sidesOf(change({ path: '/new/a.ts' }), { before: snapshot('1'), after: snapshot('2', '/new') });
    expect(show(sides.before)).toBe('cairn:11111/home/x/a.ts?usb1');
  });

  test('nor on the disk is it elsewhere', () => {
    const sides = sidesOf(change({ path: '/new/a.ts' }), {
      before: snapshot('1'),
      after: { kind: 'disk', folder: '/new' },
    });
    expect([show(sides.before), show(sides.after)]).toEqual(['cairn:11111/home/x/a.ts?usb1', 'file:/new/a.ts']);
  });

  test('the first has nothing before it', () => {
    expect(Object.keys(sidesOf(change({}), { after: snapshot('2') }))).toEqual(['after']);
  });
});

test.each([
  ['/home/x/src/a.ts', ['/home/x'], '/home/x/src/a.ts'],
  ['/home/x/src/a.ts', ['/old'], '/old/src/a.ts'],
  ['/home/x', ['/old'], '/old'],
  ['/home/x/a.ts', ['/old', '/home/x'], '/home/x/a.ts'],
  ['/home/xy/a.ts', ['/old'], '/home/xy/a.ts'],
  ['/home/x/src/a.ts', ['/'], '/src/a.ts'],
  ['/home/x/src/a.ts', ['C:\\w'], 'C:\\w\\src\\a.ts'],
])('%s in a snapshot of %s is %s, and back', (path, paths, expected) => {
  const other = { id: '', time: '', paths };
  expect(pathInSnapshot(path, '/home/x', other)).toBe(expected);
  expect(pathOnDisk(expected, '/home/x', other)).toBe(path);
});

test.each([
  ['C:\\Users\\x\\src\\a.ts', ['C:\\Users\\x'], 'C:\\Users\\x\\src\\a.ts'],
  ['C:\\Users\\x\\src\\a.ts', ['D:\\old'], 'D:\\old\\src\\a.ts'],
  ['C:\\Users\\x', ['D:\\old'], 'D:\\old'],
  ['C:\\Users\\x\\a.ts', ['D:\\'], 'D:\\a.ts'],
  ['C:\\Users\\x\\a.ts', ['\\\\server\\share\\x'], '\\\\server\\share\\x\\a.ts'],
  ['C:\\Users\\x\\a.ts', ['D:\\old', 'C:\\Users\\x'], 'C:\\Users\\x\\a.ts'],
  ['C:\\Users\\xy\\a.ts', ['D:\\old'], 'C:\\Users\\xy\\a.ts'],
  ['C:\\Users\\x\\src\\a.ts', ['/home/x'], '/home/x/src/a.ts'],
])('%s in a snapshot of %s is %s, and back', (path, paths, expected) => {
  const other = { id: '', time: '', paths };
  expect(pathInSnapshot(path, 'C:\\Users\\x', other)).toBe(expected);
  expect(pathOnDisk(expected, 'C:\\Users\\x', other)).toBe(path);
});

test('the sides of a change on Windows are where the workspace was then, and where it is now', () => {
  const sides = sidesOf(change({ path: 'C:\\new\\src\\a.ts' }), {
    before: snapshot('1', 'C:\\Users\\x'),
    after: { kind: 'disk', folder: 'C:\\new' },
  });
  expect(show(sides.before)).toBe('cairn:11111/C:/Users/x/src/a.ts?usb1');
  // The editor makes an address of it by its own rules.
  expect(sides.after).toMatchObject({ scheme: 'file', path: 'C:\\new\\src\\a.ts' });
});
