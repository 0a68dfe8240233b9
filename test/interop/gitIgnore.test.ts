import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeRaw, encodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { createIgnoreState, type IgnoreOptions } from '../../src/workspace/ignoreRules.ts';
import { walk } from '../../src/workspace/walk.ts';
import { sampleOf } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { seededRandom } from '../helpers/random.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

type Random = ReturnType<typeof seededRandom>;

/** Our walk and git must agree about every file of many random trees with hard patterns. */

// prettier-ignore
const names = [
  'foo', 'bar', 'foobar', 'Foo', 'FOO', 'a', 'b', 'c', 'ab', 'abc', 'aXb', 'x', 'y', 'build', 'keep', '.hidden',
  'foo.log', 'important.log', 'x.o', 'a.b.c', 'a b', ' lead', 'trail ', '#hash', '!bang', '[x]', 'a*b', 'x?', '^c',
  'back\\slash', 'end\\', ']', '-', 'a-b', '{a,b}', 'é', 'è', '日本', '日本.log', '\u{1f600}', '\ufffd', 'tab\there',
  'new\nline', '\udce9', 'a\udcffb', '~', '0', '9z', '(x)', 'x.', '..x', '$', 'dir', 'sub', 'deep',
];
// prettier-ignore
const wholePatterns = [
  '*.log', '!important.log', '/foo', 'foo/', '!foo/', 'foo/*', '!foo/bar', '/*', '!/keep', '/*/', '!*/', '*', '!*',
  '**/foo', 'foo/**', 'foo/**/bar', '**/foo/**', 'a/**', '**', '**/', '/**', '/**/', '**/*', '*/**', 'a**b', '**foo',
  'foo**', 'foo**/bar', 'a/b**/c', '/**/a', 'a/**/**/b', 'a/***/b', '***', 'a/**\\/b', 'a\\/b', 'a//b', '//a', 'a/',
  '/', '\\#hash', '#hash', '\\!bang', '!\\!bang', '!!bang', 'trail\\ ', 'trail ', 'trail  ', 'a\\ b', 'a b', ' lead',
  '\\ lead', 'trail\\\\ ', 'end\\', 'end\\\\', 'back\\\\slash', '\\foo', 'f\\oo', '\\*', 'a\\*b', 'x\\?', '\\[x\\]',
  '[[]x]', '\\', '[ab]', '[!a]', '[^a]', '[a-c]', '[]a]', '[!]a]', '[a', 'a[', '[]', '[!]', '[a-]', '[-a]', '[c-a]',
  '[\\]]', '[a\\-c]', '[[:alpha:]]', '[[:upper:]]*', '[![:digit:]]*', '[[:foo:]]', '[[:alpha:]', '[[:]', '[[::]]',
  '[:a]', '[[a]', '[a[:digit:]z]', '[/]', 'a[/]b', 'a[/]/b', '*[/]*', 'foo[/]bar', '[a/b]', '[*]', '[?]', '[--0]',
  '[a-c-e]', '[\\', '[a-\\c]', '[[:space:]]*', 'é', '[é]', '?', '??', '???', '*é', '[è-é]', '日*', '日本', '\udce9',
  '*\udcff*', '\ufeffbom', '\r', 'foo\r', 'tab\t', 'foo\t', 'FOO', 'foo', 'Foo/', '.*', '!.hidden', '.', '..',
  './foo', '../foo', 'sub/../foo', 'x.', '*.', '*.*', '{a,b}', '(x)', '!', '! ', 'sub/foo', '/sub/foo', 'sub/deep/',
  '!sub/deep/keep', 'sub/*', '!sub/deep', 'sub/**/x', '*/foo', '*/*/x', '?/?', '[s]ub/[!f]*', '',
];
// prettier-ignore
const atoms = [
  'foo', 'bar', 'a', 'b', 'c', 'x', '.log', 'sub', 'dir', 'deep', '*', '*', '*', '**', '**/', '/**', '/**/', '/',
  '/', '?', '[ab]', '[!b]', '[a-z]', '[[:alpha:]]', '[]', '[', ']', '\\', '\\*', '\\ ', ' ', '#', '!', 'é', '日', '-',
  '\udce9', '\\/',
];

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'cairn-git-'));
  git('init', '-q');
});
afterEach(() => removeTree(top));

describe('the walk takes what git does not ignore, and names the same pattern', () => {
  for (const seed of sampleOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 4)) {
    test(`in 25 trees (seed ${seed})`, () => {
      growTrees(seededRandom(seed));
      compare('-o', {});
      compareReasons({});
    });
  }
  test('where case does not count', () => {
    growTrees(seededRandom(51));
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
      const random = seededRandom(seed);
      growTrees(random);
      const files = listFiles({});
      git('update-index', ...config);
      for (const part of [0, 1]) {
        const chosen = files.filter(() => random.next() < 0.1);
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

describe('the walk takes what git does not ignore in repositories of all kinds', () => {
  /** Writes the files, lets git track some, and compares. */
  function check(tree: Record<string, string>, ...commands: string[][]): void {
    writeTree(top, tree);
    for (const command of commands) git(...command);
    compare('-co', {});
  }
  const tree = {
    ...Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`many/${at}`, 'x'])),
    '.gitignore': '*.log\nbuild/\n',
    'a.log': 'x',
    'b.log': 'x',
    'build/a': 'x',
    'build/b': 'x',
    'build/deep/c.log': 'x',
    'src/a.ts': 'x',
    'src/a.log': 'x',
  };
  const add = ['add', '-f', 'a.log', 'build/a', 'src'];

  test('with an index of SHA-256 hashes', () => {
    rmSync(join(top, '.git'), { recursive: true });
    check(tree, ['init', '-q', '--object-format=sha256'], add);
  });

  test('in a linked work tree', () => {
    rmSync(join(top, '.git'), { recursive: true });
    const main = tempFolder();
    const inMain = (...args: string[]) => execFileSync('git', args, { cwd: main, env });
    inMain('init', '-q');
    inMain('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    inMain('worktree', 'add', '-q', '-f', top);
    writeFileSync(join(main, '.git/info/exclude'), '*.ts\n');
    check(tree, add);
  });

  test('with a sparse index', () => {
    writeTree(top, { ...tree, 'away/x.log': 'x', 'away/build/y': 'x', 'build/gone/z': 'x' });
    git('add', '-f', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'x');
    git('sparse-checkout', 'set', '--cone', '--sparse-index', 'src', 'many', 'build/deep');
    expect(readFileSync(join(top, '.git/index')).includes('sdir')).toBe(true);
    check({ 'b.log': 'x', 'build/new': 'x', 'new.log': 'x', 'away/x.log': 'back again' });
  });

  test('with things under the name .git that are no repository', () => {
    check({ ...tree, 'src/.git': 'gitdir: nowhere\n', 'many/.git/config': 'x' }, add);
  });

  test('that hold other repositories', () => {
    const inner = { 'in/.gitignore': '!b.log\n', 'in/a.log': 'x', 'in/b.log': 'x', 'in/build/x': 'x', 'in/c.txt': 'x' };
    writeTree(top, { ...tree, ...inner, 'build/in/a.log': 'x', 'build/in/b': 'x' });
    git('init', '-q', 'in');
    git('init', '-q', 'build/in');
    git('-C', 'in', 'add', '-f', 'a.log');
    git(...add);
    const listed = (folder: string) =>
      git('-C', folder, 'ls-files', '-co', '--exclude-standard')
        .toString()
        .split('\n')
        .filter((path) => !/(^|\/)$/.test(path));
    const expected = [...listed('.'), ...listed('in').map((path) => `in/${path}`)];
    expect(listFiles({ useIgnoreFiles: true })).toEqual(expected.sort());
  });
});

/** No configuration of this machine may change what git ignores. */
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };

function git(...args: string[]): Buffer {
  return execFileSync('git', args, { cwd: top, env, maxBuffer: 2 ** 28 });
}

/** Compares the files below `top`, relative to it; `which` are the files that git is to list. */
function compare(which: '-o' | '-co', options: IgnoreOptions): void {
  const output = git('ls-files', which, '--exclude-standard', '-z').toString('latin1').split('\0').filter(Boolean);
  const listed = [...new Set(output)].map((path) => decodeRaw(Buffer.from(path, 'latin1')));
  // A sparse index holds files that are not on the disk.
  const expected = listed.filter((path) => lstatSync(toFsPath(join(top, path)), { throwIfNoEntry: false })).sort();
  const ours = listFiles({ useIgnoreFiles: true, ...options });
  expect({ lost: without(expected, ours), extra: without(ours, expected) }).toEqual({ lost: [], extra: [] });
  expect(ours.length).toBeGreaterThan(100);
}

/** Each skipped entry must be skipped by the very line that git names. */
function compareReasons(options: IgnoreOptions): void {
  const skipped = steps({ useIgnoreFiles: true, ...options }).flatMap((step) =>
    step.step === 'enter' ? step.listing.skipped : [],
  );
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
  return [...walk(top, createIgnoreState(top, top, options))];
}

function without(paths: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return paths.filter((path) => !known.has(path));
}

/** The files that the walk finds, relative to `top`, without those of git itself. */
function listFiles(options: IgnoreOptions): string[] {
  return steps(options)
    .flatMap((step) => (step.step === 'entry' ? [step.path.slice(top.length + 1)] : []))
    .filter((path) => !/(^|\/)\.git\//.test(path) && !path.endsWith('/.git') && path !== '.git')
    .sort();
}

function growTrees(random: Random): void {
  for (let tree = 0; tree < 25; tree++) growTree(random, join(top, `tree-${tree}`), 3);
  writeFileSync(join(top, '.git/info/exclude'), `!foo.log\n*.log\n/tree-1/${random.pick(names)}\nsub/\n`);
}

function growTree(random: Random, folder: string, depth: number): void {
  mkdirSync(toFsPath(folder));
  for (let count = 3 + random.below(6); count > 0; count--) {
    const path = `${folder}/${random.pick(names)}`;
    try {
      if (depth > 0 && random.next() < 0.4) growTree(random, path, depth - 1);
      else if (random.next() < 0.1) symlinkSync(random.pick(['/tmp', 'nowhere', '.']), toFsPath(path));
      else writeFileSync(toFsPath(path), 'x', { flag: 'wx' });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
  }
  if (random.next() < 0.6) writeFileSync(toFsPath(`${folder}/.gitignore`), encodeRaw(makePatterns(random, 6)));
}

function makePatterns(random: Random, most: number): string {
  let text = random.next() < 0.1 ? '\ufeff' : '';
  for (let count = 1 + random.below(most); count > 0; count--) {
    text += makePattern(random) + random.pick(['\n', '\n', '\n', '\r\n', '\n\n', '\n#\n', '  \n']);
  }
  return random.next() < 0.2 ? text.trimEnd() : text;
}

function makePattern(random: Random): string {
  if (random.next() < 0.4) return random.pick(wholePatterns);
  if (random.next() < 0.3) return random.pick(['', '!', '/']) + random.pick(names) + random.pick(['', '/']);
  let text = random.pick(['', '', '', '!', '/', '!/']);
  for (let count = 1 + random.below(4); count > 0; count--) text += random.pick(atoms);
  return text + random.pick(['', '', '/', '*']);
}
