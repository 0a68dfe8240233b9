import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createIgnoreState,
  decide,
  leftOutBy,
  readFolderRules,
  type IgnoreOptions,
} from '../../../src/workspace/ignoreRules.ts';
import { findEntry } from '../../../src/workspace/listFolder.ts';
import { walk } from '../../../src/workspace/walk.ts';
import { writeTree, type TreeEntry } from '../../helpers/fileTree.ts';
import { pathBelow, withSlashes } from '../../helpers/paths.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const everything: IgnoreOptions = { useIgnoreFiles: true, useCairnIgnore: true, useCacheDirTag: true };
const tag = 'Signature: 8a477f597d28d172789f06886806bc55\n# more';

/** What a walk from `root` finds: files, and folders without entries, less the files that only steer. */
function included(root: string, options: IgnoreOptions): string[] {
  const found: string[] = [];
  for (const step of walk(root, createIgnoreState(root, root, options))) {
    const path = pathBelow(root, step.path);
    if (step.step === 'entry') found.push(path);
    if (step.step === 'enter' && step.entry && step.listing.entries.length === 0) found.push(`${path}/`);
  }
  return found.filter((path) => !/(^|\/)\.(gitignore|cairnignore|git\/HEAD)$/.test(path));
}

function skipped(root: string, options: IgnoreOptions): Record<string, string> {
  const steps = [...walk(root, createIgnoreState(root, root, options))];
  const entries = steps.flatMap((step) => (step.step === 'enter' ? step.listing.skipped : []));
  return Object.fromEntries(
    entries.map(({ path, reason, detail }) => [
      pathBelow(root, path),
      `${reason}: ${withSlashes(detail.replace(join(root, '/'), ''))}`,
    ]),
  );
}

/** Writes the tree and compares what is taken; the sources are those that the tests below are about. */
function check(tree: Record<string, TreeEntry>, options: IgnoreOptions, expected: string[]): void {
  const root = tempFolder();
  writeTree(root, tree);
  expect(included(root, options)).toEqual(expected);
}

describe('what is left out', () => {
  const tree = {
    '.cairnignore': '*.bak\n/scratch/\n',
    '.env': 'x',
    '.gitignore': '*.log\n.env\ntmp/\n',
    'a.bak': 'x',
    'a.log': 'x',
    'a.ts': 'x',
    'cache/CACHEDIR.TAG': tag,
    'cache/data': 'x',
    'cache/sub/data': 'x',
    'node_modules/m/index.js': 'x',
    'scratch/x': 'x',
    'src/.gitignore': '!b.log\n',
    'src/a.log': 'x',
    'src/b.log': 'x',
    'src/scratch/x': 'x',
    'store/config': 'x',
    'tmp/.env': 'x',
    'tmp/x': 'x',
  };
  const root = tempFolder();
  writeTree(root, tree);
  const options = { ...everything, excludeGlobs: ['**/node_modules'], never: [join(root, 'store')] };

  test('has its reason', () => {
    expect(skipped(root, options)).toEqual({
      '.env': 'gitignore: .gitignore:2: .env',
      'a.bak': 'cairnignore: .cairnignore:1: *.bak',
      'a.log': 'gitignore: .gitignore:1: *.log',
      'cache/data': 'cachedir: cache/CACHEDIR.TAG',
      'cache/sub': 'cachedir: cache/CACHEDIR.TAG',
      node_modules: 'exclude: **/node_modules',
      scratch: 'cairnignore: .cairnignore:2: /scratch/',
      'src/a.log': 'gitignore: .gitignore:1: *.log',
      store: 'target: backups are stored here',
      tmp: 'gitignore: .gitignore:3: tmp/',
    });
    expect(included(root, options)).toEqual(['a.ts', 'cache/CACHEDIR.TAG', 'src/b.log', 'src/scratch/x']);
  });

  test('is nothing without rules', () => {
    expect(skipped(root, {})).toEqual({});
    expect(included(root, {})).toEqual(Object.keys(tree).filter((path) => !path.endsWith('ignore')));
  });

  test('is the same when one path is asked about', () => {
    const state = createIgnoreState(root, root, options);
    const taken = [...included(root, options), 'src', '.gitignore', 'src/scratch', 'cache'];
    expect(taken.map((path) => findEntry(join(root, path), state).found)).toEqual(taken.map(() => 'entry'));
    for (const [path, reason] of Object.entries(skipped(root, options))) {
      for (const below of ['', '/x', '/x/y']) {
        const finding = findEntry(join(root, path + below), state);
        expect(finding).toMatchObject({ found: 'skipped', skipped: { path: join(root, path) } });
        expect(reason).toContain(finding.found === 'skipped' ? finding.skipped.reason : '');
      }
    }
    expect(findEntry(join(root, 'src/none/x'), state)).toMatchObject({ found: 'error', error: { kind: 'vanished' } });
    expect(findEntry(join(root, 'a.ts/x'), state)).toMatchObject({ found: 'error', error: { kind: 'vanished' } });
  });
});

describe('always included', () => {
  const tree = {
    '.gitignore': '.env*\nsecrets/\nout/\n*.key\n',
    '.env': 'x',
    '.env.local': 'x',
    'a.key': 'x',
    'out/.env': 'x',
    'secrets/a.key': 'x',
    'secrets/deep/out/b.key': 'x',
  };
  test('is what matches, in folders that are entered', () => {
    check(tree, { ...everything, alwaysInclude: ['**/.env', '**/.env.*'] }, ['.env', '.env.local']);
  });
  test('is all that is in a folder that matches', () => {
    check(tree, { ...everything, alwaysInclude: ['secrets'] }, ['secrets/a.key', 'secrets/deep/out/b.key']);
  });
  test('wins over globs, and over everything but targets', () => {
    const root = tempFolder();
    writeTree(root, { 'keep/CACHEDIR.TAG': tag, 'keep/.env': 'x', 'keep/a': 'x', 'keep/store/x': 'x' });
    const options = { ...everything, excludeGlobs: ['*'], never: [join(root, 'keep/store')] };
    expect(included(root, { ...options, alwaysInclude: ['keep'] })).toEqual([
      'keep/.env',
      'keep/CACHEDIR.TAG',
      'keep/a',
    ]);
  });
});

describe('patterns', () => {
  test('are those of restic, beside the globs', () => {
    const excludePatterns = { patterns: ['*.o', '!keep.o', 'b/*'], anyCase: ['X'] };
    const tree = { 'a.o': 'x', 'b/c': 'x', 'b/keep.o': 'x', 'keep.o': 'x', 'd/b/c': 'x', 'x/b': 'x', y: 'x' };
    check(tree, { excludePatterns, excludeGlobs: ['y'] }, ['b/', 'd/b/', 'keep.o']);
  });
  test('yield to what is always included', () => {
    check({ 'a/b.o': 'x', 'c.o': 'x' }, { excludePatterns: { patterns: ['a', '*.o'] }, alwaysInclude: ['a'] }, [
      'a/b.o',
    ]);
  });
  test('count in a git folder like anywhere else', () => {
    check({ '.git/refs/build': 'x', build: 'x' }, { excludePatterns: { patterns: ['build'] } }, ['.git/refs/']);
  });
  test('that fit the root or a folder above it leave out all, unless the root is wanted', () => {
    const root = tempFolder();
    writeTree(root, { a: 'x', 'b/c': 'x' });
    const excludePatterns = { patterns: [basename(root), 'c'] };
    expect(included(root, { excludePatterns })).toEqual([]);
    expect(leftOutBy(createIgnoreState(root, root, { excludePatterns }))).toBe(basename(root));
    expect(included(root, { excludePatterns, rootsAreWanted: true })).toEqual(['a', 'b/']);
  });
  test('may be compared as if the root were elsewhere', () => {
    const root = tempFolder();
    const excludePatterns = { patterns: ['/there/a', 'c'] };
    const state = createIgnoreState(root, root, { excludePatterns }, '/there');
    const folder = readFolderRules(state, () => false);
    const isOut = (name: string) => !decide(folder, name, false, false).included;
    expect(['a', 'b', 'c'].filter(isOut)).toEqual(['a', 'c']);
  });
});

describe('a CACHEDIR.TAG', () => {
  test('that has not the signature is a file like any other', () => {
    check({ 'c/CACHEDIR.TAG': 'Signature: 1', 'c/x': 'x' }, everything, ['c/CACHEDIR.TAG', 'c/x']);
  });
  test('that is a link is one, too', () => {
    check({ t: tag, 'c/CACHEDIR.TAG': { link: '../t' }, 'c/x': 'x' }, everything, ['c/CACHEDIR.TAG', 'c/x', 't']);
  });
  test('does not count in the root, which somebody asked for', () => {
    check({ 'CACHEDIR.TAG': tag, x: 'x' }, everything, ['CACHEDIR.TAG', 'x']);
  });
});

describe('targets inside the source', () => {
  test('are recognised behind links, on both sides, and before they exist', () => {
    const base = tempFolder();
    writeTree(base, { 'src/a': 'x', 'src/deep/store/x': 'x', 'src/later.txt': 'x' });
    symlinkSync(join(base, 'src'), join(base, 'link'));
    symlinkSync(join(base, 'src/deep/store'), join(base, 'elsewhere'));
    const never = [join(base, 'elsewhere'), join(base, 'link/later.txt'), join(base, 'src/notyet')];
    const state = createIgnoreState(join(base, 'link'), join(base, 'link'), { never });
    expect(included(join(base, 'link'), { never })).toEqual(['a', 'deep/']);
    mkdirSync(join(base, 'src/notyet'));
    expect(findEntry(join(base, 'link/notyet'), state).found).toBe('skipped');
  });
  test('are recognised before they exist', () => {
    const root = tempFolder();
    const never = [join(root, 'deep/store'), join(root, 'later.txt'), join(root, 'notyet')];
    writeTree(root, { a: 'x', 'deep/store/x': 'x', 'later.txt': 'x' });
    const state = createIgnoreState(root, root, { never });
    expect(included(root, { never })).toEqual(['a', 'deep/']);
    mkdirSync(join(root, 'notyet'));
    expect(findEntry(join(root, 'notyet'), state).found).toBe('skipped');
  });
  test('are those inside only', () => {
    check({ a: 'x', 'ab/c': 'x' }, { never: ['/', '/nowhere', join(tempFolder(), 'a')] }, ['a', 'ab/c']);
  });
});

describe('git', () => {
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd });

  test('keeps what is tracked, whatever the patterns say; other rules still count', () => {
    const root = tempFolder();
    writeTree(root, {
      'dist/a': 'x',
      'dist/b': 'x',
      'x.log': 'x',
      'y.log': 'x',
      'z.log': 'x',
      'out/CACHEDIR.TAG': tag,
      'out/a': 'x',
    });
    git(root, 'init', '-q');
    git(root, 'add', 'dist/a', 'x.log', 'z.log', 'out');
    writeTree(root, { '.gitignore': '*\n', '.cairnignore': 'z.log\n' });
    const found = included(root, { ...everything, excludeGlobs: ['.git'] });
    expect(found).toEqual(['dist/a', 'out/CACHEDIR.TAG', 'x.log']);
    expect(included(join(root, 'dist'), everything)).toEqual(['a']);
  });

  test('takes only what is tracked from an ignored folder, unless a repository starts in it', () => {
    const root = tempFolder();
    const tree = { 'dist/a': 'x', 'dist/deep/b': 'x', 'file/x': 'x', 'own/a': 'x' };
    writeTree(root, tree);
    git(root, 'init', '-q');
    git(root, 'add', '.');
    writeTree(root, {
      '.gitignore': '/dist/\nfile\n/own/\n',
      'dist/new': 'x',
      'dist/deep/new': 'x',
      'dist/other/new': 'x',
    });
    writeTree(root, { 'own/.git/HEAD': 'x', 'own/new': 'x' });
    rmSync(join(root, 'file'), { recursive: true });
    writeTree(root, { file: 'now a file' });
    expect(included(root, { ...everything, excludeGlobs: ['.git'] })).toEqual([
      'dist/a',
      'dist/deep/b',
      'own/a',
      'own/new',
    ]);
  });

  test('has no say when its index cannot be understood', () => {
    const head = { '.git/HEAD': 'ref: refs/heads/main\n' };
    const tree = { ...head, '.gitignore': '*.log\n', 'a.log': 'x' };
    check(tree, everything, []);
    check({ ...tree, '.git/index': 'DIRC, but of the year 2050' }, everything, ['.git/index', 'a.log']);
  });

  test('never applies to what is in .git, and other patterns only if they name it', () => {
    const tree = {
      '.cairnignore': 'stash\n*.pack\n.git/lfs\n',
      '.gitignore': '.*\nbuild\nHEAD\n',
      '.git/HEAD': 'ref: refs/heads/build\n',
      '.git/lfs/x': 'x',
      '.git/objects/a.pack': 'x',
      '.git/refs/heads/build': 'x',
      '.git/refs/stash': 'x',
      '.git/rr-cache/x': 'x',
      build: 'x',
    };
    const expected = ['.git/objects/a.pack', '.git/refs/heads/build', '.git/refs/stash'];
    check(tree, { ...everything, excludeGlobs: ['build', 'stash', '**/.git/rr-cache'] }, expected);
    check(tree, { ...everything, excludeGlobs: ['.git'] }, []);
    check(tree, { ...everything, excludeGlobs: ['**/.git'] }, []);
  });

  test('counts above the root up to the top of the work tree, and not beyond', () => {
    const top = tempFolder();
    writeTree(top, {
      '.gitignore': '*.a\n',
      'repo/.git/HEAD': 'x',
      'repo/.git/info/exclude': '*.e\n',
      'repo/.gitignore': '*.b\n/root/x\n/root/\n',
      'repo/root/.gitignore': '*.c\n!k.b\n',
    });
    const root = join(top, 'repo/root');
    writeTree(root, { 'x.a': 'x', 'x.b': 'x', 'x.c': 'x', 'x.e': 'x', 'k.b': 'x', x: 'x', 'd/x.b': 'x', 'd/y': 'x' });
    expect(included(root, everything)).toEqual(['d/y', 'k.b', 'x.a']);
    expect(included(join(root, 'd'), everything)).toEqual(['y']);
    const state = createIgnoreState(top, join(root, 'd'), everything);
    expect(findEntry(join(root, 'd/x.b'), state).found).toBe('skipped');
    expect(findEntry(join(root, 'd/y'), state).found).toBe('entry');
  });

  test('of somebody else above the root has no say', () => {
    const top = tempFolder();
    writeTree(top, { '.git/HEAD': 'x', '.gitignore': '*', 'mine/a': 'x' });
    expect(included(join(top, 'mine'), everything)).toEqual([]);
    const isForeign = changeOwner(join(top, '.git'));
    expect(included(join(top, 'mine'), everything)).toEqual(isForeign ? ['a'] : []);
  });

  test('has no say about a .git that is the root', () => {
    const top = tempFolder();
    writeTree(top, { '.gitignore': '*\n', '.git/HEAD': 'x', '.git/a': 'x', '.git/b/c': 'x' });
    expect(included(join(top, '.git'), everything)).toEqual(['HEAD', 'a', 'b/c']);
    expect(included(join(top, '.git/b'), everything)).toEqual(['c']);
  });

  test('starts anew in a repository inside another, unless its folder is ignored', () => {
    const tree = {
      '.git/HEAD': 'x',
      '.gitignore': '*.log\n/gone/\n',
      'gone/.git/HEAD': 'x',
      'gone/a': 'x',
      'in/.git/HEAD': 'x',
      'in/.gitignore': '*.tmp\n',
      'in/a.log': 'x',
      'in/a.tmp': 'x',
      'work/.git': 'gitdir: ../in/.git\n',
      'work/a.log': 'x',
    };
    check(tree, everything, ['in/a.log', 'work/.git', 'work/a.log']);
  });

  test('reads no pattern file that is a folder', () => {
    check({ 'b/.gitignore/x': 'x', 'b/y': 'x' }, everything, ['b/.gitignore/x', 'b/y']);
  });

  test('reads no pattern file that is a link or a pipe', () => {
    const root = tempFolder();
    writeTree(root, {
      'a/.gitignore': { link: '../rules' },
      'a/x': 'x',
      'c/x': 'x',
      rules: 'x\n',
    });
    execFileSync('mkfifo', [join(root, 'c/.gitignore')]);
    expect(included(root, everything)).toEqual(['a/x', 'c/x', 'rules']);
  });
});

/** Only a superuser can give files away. */
function changeOwner(path: string): boolean {
  try {
    chownSync(path, 65534, 65534);
    return true;
  } catch {
    return false;
  }
}
