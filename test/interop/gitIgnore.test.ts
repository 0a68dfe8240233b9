import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeRaw, encodeRaw, toFsPath } from '../../src/base/rawName.ts';
import { createIgnoreState, type IgnoreOptions } from '../../src/workspace/ignoreRules.ts';
import { walk } from '../../src/workspace/walk.ts';

/** Our walk and git must agree about every file of many random trees with hard patterns. */

const names = [
  ...['foo', 'bar', 'foobar', 'Foo', 'FOO', 'a', 'b', 'c', 'ab', 'abc', 'aXb', 'x', 'y', 'build', 'keep', '.hidden'],
  ...['foo.log', 'important.log', 'x.o', 'a.b.c', 'a b', ' lead', 'trail ', '#hash', '!bang', '[x]', 'a*b', 'x?', '^c'],
  ...[
    'back\\slash',
    'end\\',
    ']',
    '-',
    'a-b',
    '{a,b}',
    'é',
    'è',
    '日本',
    '日本.log',
    '\u{1f600}',
    '\ufffd',
    'tab\there',
  ],
  ...['new\nline', '\udce9', 'a\udcffb', '~', '0', '9z', '(x)', 'x.', '..x', '$', 'dir', 'sub', 'deep'],
];
const wholePatterns = [
  ...['*.log', '!important.log', '/foo', 'foo/', '!foo/', 'foo/*', '!foo/bar', '/*', '!/keep', '/*/', '!*/', '*', '!*'],
  ...[
    '**/foo',
    'foo/**',
    'foo/**/bar',
    '**/foo/**',
    'a/**',
    '**',
    '**/',
    '/**',
    '/**/',
    '**/*',
    '*/**',
    'a**b',
    '**foo',
  ],
  ...[
    'foo**',
    'foo**/bar',
    'a/b**/c',
    '/**/a',
    'a/**/**/b',
    'a/***/b',
    '***',
    'a/**\\/b',
    'a\\/b',
    'a//b',
    '//a',
    'a/',
    '/',
  ],
  ...[
    '\\#hash',
    '#hash',
    '\\!bang',
    '!\\!bang',
    '!!bang',
    'trail\\ ',
    'trail ',
    'trail  ',
    'a\\ b',
    'a b',
    ' lead',
    '\\ lead',
  ],
  ...[
    'trail\\\\ ',
    'end\\',
    'end\\\\',
    'back\\\\slash',
    '\\foo',
    'f\\oo',
    '\\*',
    'a\\*b',
    'x\\?',
    '\\[x\\]',
    '[[]x]',
    '\\',
  ],
  ...[
    '[ab]',
    '[!a]',
    '[^a]',
    '[a-c]',
    '[]a]',
    '[!]a]',
    '[a',
    'a[',
    '[]',
    '[!]',
    '[a-]',
    '[-a]',
    '[c-a]',
    '[\\]]',
    '[a\\-c]',
  ],
  ...[
    '[[:alpha:]]',
    '[[:upper:]]*',
    '[![:digit:]]*',
    '[[:foo:]]',
    '[[:alpha:]',
    '[[:]',
    '[[::]]',
    '[:a]',
    '[[a]',
    '[a[:digit:]z]',
  ],
  ...[
    '[/]',
    'a[/]b',
    'a[/]/b',
    '*[/]*',
    'foo[/]bar',
    '[a/b]',
    '[*]',
    '[?]',
    '[--0]',
    '[a-c-e]',
    '[\\',
    '[a-\\c]',
    '[[:space:]]*',
  ],
  ...[
    'é',
    '[é]',
    '?',
    '??',
    '???',
    '*é',
    '[è-é]',
    '日*',
    '日本',
    '\udce9',
    '*\udcff*',
    '\ufeffbom',
    '\r',
    'foo\r',
    'tab\t',
    'foo\t',
  ],
  ...[
    'FOO',
    'foo',
    'Foo/',
    '.*',
    '!.hidden',
    '.',
    '..',
    './foo',
    '../foo',
    'sub/../foo',
    'x.',
    '*.',
    '*.*',
    '{a,b}',
    '(x)',
    '!',
    '! ',
  ],
  ...[
    'sub/foo',
    '/sub/foo',
    'sub/deep/',
    '!sub/deep/keep',
    'sub/*',
    '!sub/deep',
    'sub/**/x',
    '*/foo',
    '*/*/x',
    '?/?',
    '[s]ub/[!f]*',
    '',
  ],
];
const atoms = [
  ...[
    'foo',
    'bar',
    'a',
    'b',
    'c',
    'x',
    '.log',
    'sub',
    'dir',
    'deep',
    '*',
    '*',
    '*',
    '**',
    '**/',
    '/**',
    '/**/',
    '/',
    '/',
    '?',
  ],
  ...[
    '[ab]',
    '[!b]',
    '[a-z]',
    '[[:alpha:]]',
    '[]',
    '[',
    ']',
    '\\',
    '\\*',
    '\\ ',
    ' ',
    '#',
    '!',
    'é',
    '日',
    '-',
    '\udce9',
    '\\/',
  ],
];

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'cairn-git-'));
  git('init', '-q');
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('the walk takes what git does not ignore, and names the same pattern', () => {
  for (let seed = 1; seed <= 12; seed++) {
    test(`in 25 trees (seed ${seed})`, () => {
      growTrees(createRandom(seed));
      compare('-o', {});
      compareReasons({});
    });
  }
  test('where case does not count', () => {
    growTrees(createRandom(51));
    git('config', 'core.ignoreCase', 'true');
    compare('-o', { ignoreCase: true });
    compareReasons({ ignoreCase: true });
  });
});

describe('the walk takes what git tracks, ignored or not', () => {
  const cases = [
    { seed: 101, config: [] },
    { seed: 102, config: ['--index-version', '4'] },
    { seed: 103, config: ['--split-index'] },
    { seed: 104, config: ['--index-version', '3'] },
  ];
  for (const { seed, config } of cases) {
    test(`with an index made with ${config.join(' ') || 'no options'}`, () => {
      const random = createRandom(seed);
      growTrees(random);
      const files = listFiles();
      git('update-index', ...config);
      for (const part of [0, 1]) {
        const chosen = files.filter(() => random() < 0.1);
        const input = Buffer.concat(chosen.map((path) => Buffer.concat([encodeRaw(path), Buffer.from([0])])));
        execFileSync('git', ['update-index', '-z', '--add', '--stdin'], { cwd: top, input, env });
        if (part === 1)
          git(
            'update-index',
            '--skip-worktree',
            '-z',
            '--',
            ...chosen.slice(0, 3).filter((path) => path.isWellFormed()),
          );
      }
      compare('-co', {});
    });
  }
});

/** No configuration of this machine may change what git ignores. */
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };

function git(...args: string[]): Buffer {
  return execFileSync('git', args, { cwd: top, env, maxBuffer: 2 ** 28 });
}

/** Compares the files below `top`, relative to it; `which` are the files that git is to list. */
function compare(which: '-o' | '-co', options: IgnoreOptions): void {
  const output = git('ls-files', which, '--exclude-standard', '-z').toString('latin1').split('\0').filter(Boolean);
  const expected = [...new Set(output)].map((path) => decodeRaw(Buffer.from(path, 'latin1'))).sort();
  const found = steps(options).flatMap((step) => (step.step === 'entry' ? [step.path.slice(top.length + 1)] : []));
  const ours = found.filter((path) => !path.startsWith('.git/')).sort();
  expect({ lost: without(expected, ours), extra: without(ours, expected) }).toEqual({ lost: [], extra: [] });
  expect(ours.length).toBeGreaterThan(100);
}

/** Each skipped entry must be skipped by the very line that git names. */
function compareReasons(options: IgnoreOptions): void {
  const skipped = steps(options).flatMap((step) => (step.step === 'enter' ? step.listing.skipped : []));
  expect(skipped.length).toBeGreaterThan(30);
  const input = skipped.map(({ path }) => `${encodeRaw(path).toString('latin1')}\0`).join('');
  const output = execFileSync('git', ['check-ignore', '-v', '-z', '--stdin'], {
    cwd: top,
    input: Buffer.from(input, 'latin1'),
    env,
  });
  const fields = output.toString('latin1').split('\0');
  const expected = skipped.map((_, at) => `${fields[at * 4]}:${fields[at * 4 + 1]}: ${fields[at * 4 + 2]}`);
  const ours = skipped.map(({ detail }) => encodeRaw(detail).toString('latin1').replace(`${top}/`, ''));
  expect(ours).toEqual(expected);
}

function steps(options: IgnoreOptions) {
  return [...walk(top, createIgnoreState(top, top, { useIgnoreFiles: true, ...options }))];
}

function without(paths: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return paths.filter((path) => !known.has(path));
}

function listFiles(): string[] {
  return steps({ useIgnoreFiles: false })
    .flatMap((step) => (step.step === 'entry' ? [step.path.slice(top.length + 1)] : []))
    .filter((path) => !path.startsWith('.git/'));
}

function growTrees(random: () => number): void {
  for (let tree = 0; tree < 25; tree++) growTree(random, join(top, `tree-${tree}`), 3);
  writeFileSync(join(top, '.git/info/exclude'), `!foo.log\n*.log\n/tree-1/${pick(random, names)}\nsub/\n`);
}

function growTree(random: () => number, folder: string, depth: number): void {
  mkdirSync(toFsPath(folder));
  for (let count = 3 + Math.floor(random() * 6); count > 0; count--) {
    const path = `${folder}/${pick(random, names)}`;
    try {
      if (depth > 0 && random() < 0.4) growTree(random, path, depth - 1);
      else if (random() < 0.1) symlinkSync(pick(random, ['/tmp', 'nowhere', '.']), toFsPath(path));
      else writeFileSync(toFsPath(path), 'x', { flag: 'wx' });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
  }
  if (random() < 0.6) writeFileSync(toFsPath(`${folder}/.gitignore`), encodeRaw(makePatterns(random, 6)));
}

function makePatterns(random: () => number, most: number): string {
  let text = random() < 0.1 ? '\ufeff' : '';
  for (let count = 1 + Math.floor(random() * most); count > 0; count--) {
    text += makePattern(random) + pick(random, ['\n', '\n', '\n', '\r\n', '\n\n', '\n#\n', '  \n']);
  }
  return random() < 0.2 ? text.trimEnd() : text;
}

function makePattern(random: () => number): string {
  if (random() < 0.4) return pick(random, wholePatterns);
  if (random() < 0.3) return pick(random, ['', '!', '/']) + pick(random, names) + pick(random, ['', '/']);
  let text = pick(random, ['', '', '', '!', '/', '!/']);
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) text += pick(random, atoms);
  return text + pick(random, ['', '', '/', '*']);
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

/** Mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
