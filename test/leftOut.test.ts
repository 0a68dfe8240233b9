import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditVariable, isLeftOut, leftOut, reasons, type LeftOut } from './windows/leftOut.mts';

/** The full names of all tests in these files, by file. */
function listTests(files: readonly string[]): Map<string, string[]> {
  if (files.length === 0) return new Map();
  // On Windows itself it lists only what is not left out, unless it is told otherwise.
  const env = { ...process.env, [auditVariable]: '1' };
  const options = { encoding: 'utf8', maxBuffer: 1 << 26, env } as const;
  const output = execFileSync(
    process.execPath,
    [resolve('node_modules/vitest/vitest.mjs'), 'list', ...files, '--json'],
    options,
  );
  const tests = JSON.parse(output) as { readonly name: string; readonly file: string }[];
  const names = new Map<string, string[]>();
  for (const { name, file } of tests) {
    const path = relative(resolve('.'), file).replaceAll('\\', '/');
    names.set(path, [...(names.get(path) ?? []), name]);
  }
  return names;
}

describe('the list of what is left out on Windows', () => {
  test('names files of the suites that run there', () => {
    for (const { file } of leftOut) {
      expect(file).toMatch(/^test\/((unit|backend|integration)\/.*|[^/]*)\.test\.ts$/);
      expect([file, existsSync(join(import.meta.dirname, '..', file))]).toEqual([file, true]);
    }
  });

  test('has a reason for each', () => {
    for (const { file, reason, missing } of leftOut) {
      expect([file, Object.keys(reasons)]).toEqual([file, expect.arrayContaining([reason])]);
      expect([file, missing]).toEqual([file, expect.stringMatching(/\w/)]);
    }
  });

  test('names nothing twice', () => {
    const all = leftOut.flatMap(({ file, tests }) => (tests ?? ['']).map((name) => ({ file, name })));
    const twice = all.filter((one, at) =>
      all.some(({ file, name }, other) => other !== at && file === one.file && covers(name, one.name)),
    );
    expect(twice).toEqual([]);
  });

  test('names tests that there are', () => {
    const entries = leftOut.filter(
      (entry): entry is LeftOut & { tests: readonly string[] } => entry.tests !== undefined,
    );
    const there = listTests([...new Set(entries.map(({ file }) => file))]);
    const unknown = entries.flatMap(({ file, tests }) =>
      tests.filter((name) => !there.get(file)?.some((test) => covers(name, test))).map((name) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

/** Whether a name in the list stands for a test, or for another name in it. */
function covers(name: string, test: string): boolean {
  return name === '' || test === name || test.startsWith(`${name} > `);
}

test('what is named by itself, with its block or with its file is left out, and nothing else', () => {
  const entries: LeftOut[] = [
    { file: 'a', reason: 'modes', missing: '-' },
    { file: 'b', reason: 'modes', missing: '-', tests: ['one', 'block'] },
  ];
  const isOut = (file: string, name: string) => isLeftOut(file, name, entries);
  expect([isOut('a', 'any'), isOut('b', 'one'), isOut('b', 'block > two')]).toEqual([true, true, true]);
  expect([isOut('b', 'one more'), isOut('b', 'two'), isOut('c', 'one')]).toEqual([false, false, false]);
});
