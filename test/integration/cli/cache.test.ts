import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cairn } from '../../helpers/cairn.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const fresh = 'ab'.repeat(32);
const old = 'cd'.repeat(32);
const day = 24 * 3600;

let caches: string;
beforeEach(() => {
  caches = join(tempFolder(), 'caches');
  for (const [id, days] of [
    [fresh, 2],
    [old, 40],
  ] as const) {
    mkdirSync(join(caches, id, 'index', 'ab'), { recursive: true });
    writeFileSync(join(caches, id, 'version'), '1');
    writeFileSync(join(caches, id, 'index', 'ab', id), Buffer.alloc(2047));
    const usedAt = Date.now() / 1000 - days * day - 60;
    utimesSync(join(caches, id), usedAt, usedAt);
  }
  mkdirSync(join(caches, 'something else'));
});
afterEach(() => rmSync(caches, { recursive: true, force: true }));

const run = (...args: string[]) => cairn(['cache', '--cache-dir', caches, ...args]);

test('lists what is kept of each repository', () => {
  expect(run()).toEqual({
    status: 0,
    stderr: '',
    stdout: [
      'Repository  Last used     Old      Size',
      'ababababab  2 days ago             2.00 KiB',
      'cdcdcdcdcd  40 days ago   yes      2.00 KiB',
      `2 caches in ${caches}`,
      '',
    ].join('\n'),
  });
  expect(run('--no-size', '--max-age', '100').stdout).not.toMatch(/KiB|yes/);
});

test('removes what is old, if asked, and nothing else', () => {
  const { stdout } = run('--cleanup', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    message_type: 'caches',
    folder: caches,
    caches: [
      { repository_id: fresh, old: false, removed: false, size: 2048 },
      { repository_id: old, old: true, removed: true, size: 2048 },
    ],
  });
  expect([fresh, old, 'something else'].map((name) => existsSync(join(caches, name)))).toEqual([true, false, true]);
  expect(run('--cleanup', '--max-age', '1').stdout).toContain('removed');
  expect(existsSync(join(caches, fresh))).toBe(false);
});

test('without a folder there is nothing, and no place is an error', () => {
  rmSync(caches, { recursive: true });
  expect(run().stdout).toContain(`0 caches in ${caches}`);
  expect(cairn(['cache', '--no-cache'])).toMatchObject({ status: 1 });
});
