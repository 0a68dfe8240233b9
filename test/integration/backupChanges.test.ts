/** Backups that look only at what may have changed give what a look at everything gives. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { backup } from '../../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../../src/engine/backup/backupOptions.ts';
import type { Session } from '../../src/engine/session.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { blobId } from '../../src/repository/hash.ts';
import type { Node } from '../../src/repository/format/node.ts';
import type { Repository } from '../../src/repository/repository.ts';
import type { IgnoreOptions } from '../../src/workspace/ignoreRules.ts';
import { sampleOf } from '../helpers/effort.ts';
import { writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const rules: IgnoreOptions = {
  useIgnoreFiles: true,
  useCairnIgnore: true,
  useCacheDirTag: true,
  excludeGlobs: ['*.tmp'],
};
const openCodecs = testCodecs(1);
let repository: Repository;
let session: Session;

beforeAll(async () => {
  repository = await createLocalRepository(join(root, 'repository'));
  session = await unlockedSession(repository);
});

function run(targets: string | readonly string[], options: Partial<BackupOptions> = {}): Promise<BackupResult> {
  return backup(session, openCodecs, {
    targets: [targets].flat(),
    workingFolder: root,
    rules,
    programVersion: 'cairn test',
    parent: 'none',
    ...options,
  });
}

/** The nodes of the targets in a snapshot's tree; for one target below the root, that is all that is compared. */
async function nodesAt(result: BackupResult, targets: readonly string[]): Promise<(Node | undefined)[]> {
  const { tree } = await loadSnapshot(repository, result.snapshotId!);
  return Promise.all(
    targets.map(async (target) => {
      let node: Node | undefined;
      for (const name of inTree(target).split('/').filter(Boolean)) {
        const { nodes } = await session.reader.loadTree(node ? node.subtree! : tree);
        node = nodes.find((found) => found.name === name);
      }
      return node;
    }),
  );
}

/** What a watcher tells entries apart by: of a folder's times only those that do not come from its entries. */
function look(folder: string, seen = new Map<string, string>()): Map<string, string> {
  for (const name of readdirSync(toFsPath(folder), { encoding: 'buffer' }).map(decodeRaw)) {
    const path = join(folder, name);
    const { mode, ino, size, nlink, mtimeNs, ctimeNs, ...stats } = lstatSync(toFsPath(path), { bigint: true });
    const isFolder = (mode & 0o170000n) === 0o40000n;
    const facts = isFolder ? [ctimeNs === mtimeNs ? 0 : ctimeNs] : [size, nlink, mtimeNs, ctimeNs];
    seen.set(path, [mode, ino, stats.uid, stats.gid, ...facts].join(' '));
    if (isFolder) look(path, seen);
  }
  return seen;
}

function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}

/** Backs up the changes and everything, and expects the same from both. */
async function expectSame(
  targets: readonly string[],
  since: BackupResult,
  paths: readonly string[],
  options: Partial<BackupOptions> = {},
): Promise<BackupResult> {
  const changes = { snapshot: since.snapshotId!, paths };
  const partial = await run(targets, { ...options, changes });
  const full = await run(targets, options);
  expect(await nodesAt(partial, targets)).toEqual(await nodesAt(full, targets));
  expect([partial.parent, partial.isComplete, full.isComplete]).toEqual([since.snapshotId, false, true]);
  return partial;
}

const ruleFiles: Record<string, readonly string[]> = {
  '.gitignore': ['a\n', '*b*\n', '/c/\n!a\n', 'Z\n', '', '.hidden\n'],
  '.cairnignore': ['b\n', '!c\n', 'd e/\n'],
  'CACHEDIR.TAG': ['Signature: 8a477f597d28d172789f06886806bc55\n', 'Signature: no\n'],
};

/** Makes, changes or removes a rule file somewhere. */
function editRules(source: string, random: ReturnType<typeof seededRandom>): void {
  const folders = [...look(source).keys()].filter((path) => lstatSync(toFsPath(path)).isDirectory());
  const name = random.pick(Object.keys(ruleFiles));
  const file = toFsPath(join(random.pick([source, ...folders]), name));
  rmSync(file, { force: true, recursive: true });
  if (random.below(3) > 0) writeFileSync(file, random.pick(ruleFiles[name]!));
}

describe('the same tree as a look at everything gives', () => {
  test.each(sampleOf([1, 2, 3, 4, 5, 6], 2))('after random changes (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const source = join(root, `random-${seed}`);
    editRandomly(source, random, 60);
    let last = await run([source]);
    let before = look(source);
    for (let round = 0; round < 12; round++) {
      editRandomly(source, random, 1 + random.below(6));
      if (random.below(2) === 0) editRules(source, random);
      const after = look(source);
      last = await expectSame([source], last, differences(before, after));
      before = after;
    }
  });
});

interface Case {
  readonly name: string;
  readonly tree: Readonly<Record<string, TreeEntry>>;
  readonly act: (at: (path: string) => string) => void;
  readonly noted: readonly string[];
  /** Below `w`; that folder itself unless stated. */
  readonly targets?: readonly string[];
}

const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/config': '', '.git/info/exclude': '' };

const cases: readonly Case[] = [
  { name: 'nothing at all', tree: { a: 'a' }, act: () => {}, noted: [] },
  { name: 'paths that are not there', tree: { 'a/b': 'b' }, act: () => {}, noted: ['x', 'a/x/y', 'a/b/c'] },
  { name: 'paths outside', tree: { a: 'a' }, act: () => {}, noted: ['../elsewhere', '../w2/a'] },
  {
    name: 'a new folder, of which a file in it was noted',
    tree: { a: 'a' },
    act: (at) => writeTree(at('n/m'), { f: 'f', g: 'g' }),
    noted: ['n/m/f'],
  },
  {
    name: 'a renamed folder, told by both names',
    tree: { 'old/b/c': 'c', 'old/d': 'd', e: 'e' },
    act: (at) => renameSync(at('old'), at('new')),
    noted: ['old', 'new'],
  },
  {
    name: 'a folder that became a file',
    tree: { 'a/b/c': 'c' },
    act: (at) => (rmSync(at('a'), { recursive: true }), writeFileSync(at('a'), 'file')),
    noted: ['a/b/c', 'a'],
  },
  {
    name: 'a folder on the way that became a link',
    tree: { 'a/b/c': 'c', d: 'd' },
    act: (at) => (rmSync(at('a'), { recursive: true }), symlinkSync('d', at('a'))),
    noted: ['a/b/c'],
  },
  {
    name: 'a link that became a folder',
    tree: { a: { link: 'b' }, b: null },
    act: (at) => (unlinkSync(at('a')), writeTree(at('a'), { x: 'x' })),
    noted: ['a'],
  },
  {
    name: 'the last file of a folder, removed',
    tree: { 'a/b': 'b', c: 'c' },
    act: (at) => unlinkSync(at('a/b')),
    noted: ['a/b'],
  },
  {
    name: 'another mode of a folder',
    tree: { 'a/b': 'b' },
    act: (at) => chmodSync(at('a'), 0o700),
    noted: ['a'],
  },
  {
    name: 'something that is ignored',
    tree: { '.gitignore': '*.log\n', 'a/b': 'b' },
    act: (at) => writeTree(at('a'), { 'x.log': 'log', 'x.tmp': 'tmp' }),
    noted: ['a/x.log', 'a/x.tmp'],
  },
  {
    name: 'a file in an ignored folder',
    tree: { '.gitignore': 'out/\n', 'out/x': 'x' },
    act: (at) => writeFileSync(at('out/x'), 'more'),
    noted: ['out/x'],
  },
  {
    name: 'a rule file that comes, far below which things are ignored now',
    tree: { 'a/b/c/d.log': 'log', 'a/b/e': 'e' },
    act: (at) => writeFileSync(at('a/.gitignore'), '*.log\n'),
    noted: ['a/.gitignore'],
  },
  {
    name: 'a rule file that goes',
    tree: { 'a/.cairnignore': '*.log\n', 'a/b/c/d.log': 'log', 'a/b/e': 'e' },
    act: (at) => unlinkSync(at('a/.cairnignore')),
    noted: ['a/.cairnignore'],
  },
  {
    name: 'a repository that comes, in which patterns begin anew',
    tree: { '.gitignore': '*.log\n', 'a/b.log': 'log' },
    act: (at) => writeTree(at('a'), git),
    noted: ['a/.git/HEAD'],
  },
  {
    name: 'the excludes of a repository',
    tree: { ...git, 'a/b.log': 'log' },
    act: (at) => writeFileSync(at('.git/info/exclude'), '*.log\n'),
    noted: ['.git/info/exclude'],
  },
  {
    name: 'one of several targets',
    tree: { 'a/b': 'b', 'c/d': 'd', 'e/f': 'f' },
    act: (at) => writeFileSync(at('c/d'), 'more'),
    noted: ['c/d'],
    targets: ['a', 'c', 'e/f'],
  },
  {
    name: 'a target inside an ignored folder of another',
    tree: { '.gitignore': 'out/\n', 'out/keep/x': 'x', 'out/y': 'y' },
    act: (at) => writeFileSync(at('out/keep/x'), 'more'),
    noted: ['out/keep/x'],
    targets: ['', 'out/keep'],
  },
  {
    name: 'a target that is a file',
    tree: { 'a/b': 'b', c: 'c' },
    act: (at) => writeFileSync(at('a/b'), 'more'),
    noted: ['a/b'],
    targets: ['a/b', 'c'],
  },
];

describe('the same tree for', () => {
  test.each(cases)('$name', async ({ tree, act, noted, targets = [''] }) => {
    const folder = join(tempFolder(), 'w');
    const at = (path: string) => join(folder, path);
    writeTree(folder, tree);
    const paths = targets.map((path) => join(folder, path).replace(/\/$/, ''));
    const first = await run(paths);
    act(at);
    await expectSame(paths, first, noted.map(at));
  });
});

describe('what was not noted', () => {
  const content = { 'a/b/c': 'c', 'a/d': 'd', 'e/f': 'f' };

  test('is taken over, without a look', async () => {
    const source = join(root, 'unseen');
    writeTree(source, content);
    const first = await run(source);
    writeTree(source, { 'a/d': 'unseen', 'e/f': 'unseen', 'a/new': 'unseen', 'a/b/c': 'seen' });
    const paths = [join(source, 'a/b/c')];
    const partial = await run(source, { changes: { snapshot: first.snapshotId!, paths } });
    expect(partial.summary).toMatchObject({
      totalFilesProcessed: 1,
      filesChanged: 1,
      dataBlobs: 1,
    });
    const inside = ['a/d', 'e', 'a/new'].map((path) => join(source, path));
    expect(await nodesAt(partial, inside)).toEqual(await nodesAt(first, inside));
    // The next look at everything finds it.
    const full = await run(source, { parent: partial.snapshotId! });
    expect(full.summary).toMatchObject({ filesChanged: 2, filesNew: 1, filesUnmodified: 1 });
  });

  test.each<[string, (first: BackupResult) => Partial<BackupOptions>]>([
    ['the snapshot is gone', () => ({ changes: { snapshot: 'ab'.repeat(32), paths: [] } })],
    ['it lacks the target', ({ snapshotId }) => ({ changes: { snapshot: snapshotId!, paths: [] } })],
  ])('is looked at when %s', async (_, options) => {
    const source = join(root, 'unseen');
    writeTree(source, content);
    const first = await run(join(source, 'a'));
    writeTree(source, { 'e/f': 'elsewhere' });
    const result = await run(source, options(first));
    expect(result.isComplete).toBe(true);
    expect(await nodesAt(result, [source])).toEqual(await nodesAt(await run(source), [source]));
  });

  test('is looked at when the repository lost it', async () => {
    const source = join(root, 'lost');
    writeTree(source, { 'a/b': 'lost', 'a/c': 'kept', d: 'd' });
    const repository = await createLocalRepository(join(root, 'losing'));
    const own = await unlockedSession(repository);
    const options = { targets: [source], workingFolder: root, rules, programVersion: 'cairn test' };
    const first = await backup(own, openCodecs, options);
    const isPresent = own.index.isPresent.bind(own.index);
    const lost = blobId(Buffer.from('lost'));
    own.index.isPresent = (type, id) => id !== lost && isPresent(type, id);
    const changes = { snapshot: first.snapshotId!, paths: [join(source, 'a/c')] };
    const partial = await backup(own, openCodecs, { ...options, changes });
    expect(partial.summary).toMatchObject({ totalFilesProcessed: 2, totalBytesProcessed: 8 });
  });
});

test('a file that was just written is read once its times can tell a later write', async () => {
  const source = join(root, 'racy');
  writeTree(source, { a: '1', b: 'b' });
  let last = await run(source);
  for (let round = 0; round < 20; round++) {
    const now = String(round % 7);
    writeFileSync(join(source, 'a'), now);
    last = await run(source, { changes: { snapshot: last.snapshotId!, paths: [join(source, 'a')] } });
    // The same length, the same tick perhaps, and a snapshot of something else in between.
    writeFileSync(join(source, 'a'), 'x');
    last = await run(source, { changes: { snapshot: last.snapshotId!, paths: [join(source, 'b')] } });
    last = await run(source, { parent: last.snapshotId! });
    const [node] = await nodesAt(last, [join(source, 'a')]);
    expect(node!.content).toEqual([blobId(Buffer.from('x'))]);
  }
});

describe('with git folders kept', () => {
  test.each([true, false])('they stay as they were recorded (only changes: %s)', async (onlyChanges) => {
    const source = join(root, `kept-${onlyChanges}`);
    writeTree(source, { ...git, 'sub/.git/HEAD': 'ref: x\n', 'sub/f': 'f', g: 'g' });
    const first = await run(source);
    writeTree(source, {
      '.git/HEAD': 'ref: other\n',
      'sub/.git/new': 'n',
      'sub/f': 'more',
      'new/.git/HEAD': 'ref: n\n',
    });
    const paths = ['.git/HEAD', 'sub/.git/new', 'sub/f', 'new/.git'].map((path) => join(source, path));
    const changes = { snapshot: first.snapshotId!, paths };
    const kept = await run(source, {
      keepGitFolders: true,
      ...(onlyChanges ? { changes } : { parent: first.snapshotId! }),
    });
    const gits = [join(source, '.git'), join(source, 'sub/.git')];
    expect(await nodesAt(kept, gits)).toEqual(await nodesAt(first, gits));
    const others = ['sub/f', 'g', 'new'].map((path) => join(source, path));
    const full = await run(source);
    expect(await nodesAt(kept, others)).toEqual(await nodesAt(full, others));
    expect(await nodesAt(full, gits)).not.toEqual(await nodesAt(first, gits));
  });

  test('one that is gone is gone, and with it what it said', async () => {
    const source = join(root, 'ungit');
    writeTree(source, { ...git, '.git/info/exclude': '*.log\n', 'a/b.log': 'log', c: 'c' });
    const first = await run(source);
    rmSync(join(source, '.git'), { recursive: true });
    await expectSame([source], first, [join(source, '.git')], { keepGitFolders: true });
  });
});

describe('a snapshot is not written', () => {
  const skip = { skipIfUnchanged: true };

  test('when only what is beside the target changed', async () => {
    const source = join(root, 'beside/w');
    writeTree(source, { 'a/b': 'b' });
    const first = await run(source);
    writeFileSync(join(root, 'beside/other'), 'changes the time of the folder above');
    const changes = { snapshot: first.snapshotId!, paths: [join(source, 'a/b'), join(root, 'beside/other')] };
    for (const options of [{ parent: first.snapshotId! }, { changes }]) {
      expect((await run(source, { ...skip, ...options })).snapshotId).toBeUndefined();
    }
  });

  test.each<[string, (source: string) => void]>([
    ['content', (source) => writeFileSync(join(source, 'a/b'), 'c')],
    ['a new empty folder', (source) => mkdirSync(join(source, 'empty'))],
    ['the mode of the target itself', (source) => chmodSync(source, 0o700)],
    ['a removed file', (source) => unlinkSync(join(source, 'a/b'))],
  ])('but it is for %s', async (what, act) => {
    const source = join(root, 'skip', what);
    writeTree(source, { 'a/b': 'b' });
    const first = await run(source);
    act(source);
    const changes = { snapshot: first.snapshotId!, paths: [join(source, 'a/b'), join(source, 'empty')] };
    expect((await run(source, { ...skip, parent: first.snapshotId! })).snapshotId).toBeDefined();
    if (what !== 'the mode of the target itself')
      expect((await run(source, { ...skip, changes })).snapshotId).toBeDefined();
  });

  test('but it is when other targets are asked for', async () => {
    const source = join(root, 'others');
    writeTree(source, { 'a/b': 'b', 'c/d': 'd' });
    const [a, c] = [join(source, 'a'), join(source, 'c')];
    const both = await run([a, c]);
    expect((await run(a, { ...skip, parent: both.snapshotId! })).snapshotId).toBeDefined();
    expect((await run([c, a], { ...skip, parent: both.snapshotId! })).snapshotId).toBeUndefined();
  });
});
