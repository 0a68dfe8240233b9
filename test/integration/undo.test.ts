/** Taking back what one moment changed: of random changes as a property, of what git does with the real git. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOperation } from '../../src/base/reflog.ts';
import type { Actor } from '../../src/engine/actor.ts';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import type { Session } from '../../src/engine/session.ts';
import { buildSnapshotTags } from '../../src/engine/snapshotTags.ts';
import { findMomentOnDisk, planUndo, type UndoPlan } from '../../src/engine/undo/planUndo.ts';
import { findRiskMoments, lineOfFolder, type RiskMoment } from '../../src/engine/undo/riskMoments.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { makesLinks, writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const place = join(root, 'repository');
let repository: Repository;
let count = 0;

beforeAll(async () => {
  repository = await createLocalRepository(place);
});
afterAll(() => {
  restic(place, ['check', '--read-data']);
});

/** What stands where, but for what is git's own. */
function read(folder: string, below = ''): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(join(folder, below)).flatMap((name) => {
      if (name === '.git') return [];
      const path = below === '' ? name : `${below}/${name}`;
      const stats = lstatSync(join(folder, path));
      if (stats.isSymbolicLink()) return [{ [path]: `-> ${readlinkSync(join(folder, path))}` }];
      if (stats.isDirectory()) return [{ [path]: 'folder' }, read(folder, path)];
      return [{ [path]: `${stats.mode.toString(8)} ${readFileSync(join(folder, path), 'utf8')}` }];
    }),
  ) as Record<string, string>;
}

async function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  return work(await unlockedSession(repository));
}

async function moments(folder: string): Promise<RiskMoment[]> {
  return findRiskMoments(lineOfFolder(await listSnapshots(repository), folder));
}

const backUpAs = (folder: string, actor: Actor, label?: string) => {
  const tags = buildSnapshotTags({ trigger: 'outside', actor, ...(label !== undefined && { label }) });
  return backUp(repository, [folder], { tags });
};

async function undo(moment: RiskMoment, folder: string, force = false): Promise<UndoPlan> {
  return inSession(async (session) => {
    const plan = await planUndo(session, moment, { folder, rules: {}, force });
    const result = await executeRestore(session, testCodecs(), plan.restore, {});
    expect([...plan.restore.problems, ...result.problems]).toEqual([]);
    return plan;
  });
}

const turn = { kind: 'agent', name: 'claude', session: 's', turn: '1' } as const;

describe('undoing', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
    { weight: 6, arbitrary: fc.string({ maxLength: 6 }) },
    fc.constant(null),
    ...(makesLinks ? [fc.constant({ link: 'somewhere' })] : []),
  );
  const step = fc.record({ path, entry: fc.option(entry, { freq: 2, nil: 'gone' as const }), mode: fc.boolean() });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Makes something else of what is at a path, whatever is there and on the way to it. */
  function change(folder: string, { path: at, entry: what, mode }: Step): void {
    const full = join(folder, at);
    const names = at.split('/');
    for (let depth = 1; depth < names.length; depth++) {
      const above = join(folder, ...names.slice(0, depth));
      if (!lstatSync(above, { throwIfNoEntry: false })?.isDirectory()) rmSync(above, { force: true });
    }
    if (mode && what === 'gone') {
      if (lstatSync(full, { throwIfNoEntry: false })?.isFile()) chmodSync(full, 0o600);
      return;
    }
    rmSync(full, { recursive: true, force: true });
    if (what === 'gone') return;
    mkdirSync(dirname(full), { recursive: true });
    if (what === null) mkdirSync(full);
    else if (typeof what === 'string') writeFileSync(full, what);
    else if ('link' in what) symlinkSync(what.link, full);
  }

  test('equals the state before, where nothing was changed since', async () => {
    const steps = fc.array(step, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, steps, async (first, second) => {
        const folder = join(root, String(count++));
        mkdirSync(folder);
        writeFileSync(join(folder, 'stays'), '');
        for (const each of first) change(folder, each);
        await backUp(repository, [folder]);
        const before = read(folder);
        for (const each of second) change(folder, each);
        await backUpAs(folder, turn);
        const [moment] = await moments(folder);
        const plan = await undo(moment!, folder);
        expect(plan.kept).toEqual([]);
        expect(read(folder)).toEqual(before);
        // Once more there is nothing to do.
        const { restore } = await inSession((session) => planUndo(session, moment!, { folder, rules: {} }));
        const { create, overwrite, delete: deleted, createFolders } = restore.totals;
        expect([create, overwrite, deleted, createFolders]).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: 12 },
    );
  });

  test('keeps what was changed once more, and names it', async () => {
    const folder = join(root, String(count++));
    writeTree(folder, { 'changed.txt': '1', 'edited.txt': '1', 'gone.txt': '1', 'again.txt': '1', 'other.txt': '1' });
    await backUp(repository, [folder]);
    const at = (name: string) => join(folder, name);
    for (const each of ['changed.txt', 'edited.txt']) writeFileSync(at(each), 'by the agent');
    for (const each of ['gone.txt', 'again.txt']) rmSync(at(each));
    for (const each of ['new.txt', 'newer.txt']) writeFileSync(at(each), 'new');
    await backUpAs(folder, turn);
    writeFileSync(at('edited.txt'), 'by the agent, and then by a person');
    writeFileSync(at('again.txt'), 'written anew');
    writeFileSync(at('newer.txt'), 'kept and changed');
    writeFileSync(at('other.txt'), 'a matter of its own');
    writeFileSync(at('own.txt'), 'made since');
    const [moment] = await moments(folder);
    const { kept, changed } = await undo(moment!, folder);
    expect(changed).toBe(6);
    expect([...kept].sort()).toEqual(['again.txt', 'edited.txt', 'newer.txt'].map(at));
    const contents = () =>
      Object.fromEntries(readdirSync(folder).map((each) => [each, readFileSync(at(each), 'utf8')]));
    const rest = { 'changed.txt': '1', 'gone.txt': '1', 'other.txt': 'a matter of its own', 'own.txt': 'made since' };
    expect(contents()).toEqual({
      ...rest,
      'again.txt': 'written anew',
      'edited.txt': 'by the agent, and then by a person',
      'newer.txt': 'kept and changed',
    });
    expect((await undo(moment!, folder, true)).kept).toEqual([]);
    expect(contents()).toEqual({ ...rest, 'again.txt': '1', 'edited.txt': '1' });
  });

  test('is of one turn, however many snapshots it has, and of a part of the folder', async () => {
    const folder = join(root, String(count++));
    writeTree(folder, { 'a/x': '1', 'b/x': '1' });
    await backUp(repository, [folder]);
    const before = read(folder);
    for (const each of ['a/x', 'b/x']) {
      writeFileSync(join(folder, each), '2');
      await backUpAs(folder, turn);
    }
    appendFileSync(join(folder, 'a/x'), 'after');
    await backUpAs(folder, { ...turn, turn: '2' });
    const [last, first, ...others] = await moments(folder);
    expect([last?.words, first?.words, others]).toEqual(['a turn of Claude Code', 'a turn of Claude Code', []]);
    await undo(last!, join(folder, 'b'));
    expect(readFileSync(join(folder, 'a/x'), 'utf8')).toBe('2after');
    await undo(last!, folder);
    await undo(first!, join(folder, 'b'));
    expect(read(folder)).toEqual({ ...before, 'a/x': before['a/x']!.replace(/1$/, '2') });
    await undo(first!, folder);
    expect(read(folder)).toEqual(before);
  });

  test('is of what no snapshot has yet, if that is much, and of a folder that is gone', async () => {
    const folder = join(root, String(count++));
    writeTree(folder, Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`src/${at}.txt`, String(at)])));
    writeTree(folder, Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`docs/${at}.txt`, String(at)])));
    await backUp(repository, [folder]);
    const before = read(folder);
    const look = () =>
      inSession(async (session) => {
        const newest = (await listSnapshots(repository)).at(-1)!;
        return findMomentOnDisk(session, newest, { folder, rules: {} });
      });
    rmSync(join(folder, 'src/1.txt'));
    expect(await look()).toBeUndefined();
    rmSync(join(folder, 'src'), { recursive: true });
    const moment = await look();
    expect(moment?.words).toBe('30 files deleted since the last snapshot');
    await undo(moment!, folder);
    expect(read(folder)).toEqual(before);
    rmSync(folder, { recursive: true });
    await undo((await look())!, folder);
    expect(read(folder)).toEqual(before);
  });
});

describe('what git does can be undone:', () => {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'core.editor=true'];
  const git = (folder: string, ...args: string[]) =>
    execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'pipe' });
  const fails = (work: () => unknown) => {
    expect(work).toThrow();
  };

  /** Three commits, a branch beside them, and what is in no commit: changed, staged, not tracked, ignored. */
  function prepare(folder: string): void {
    mkdirSync(join(folder, 'src'), { recursive: true });
    git(folder, 'init', '-q', '-b', 'main');
    for (const each of ['one', 'two', 'three']) {
      appendFileSync(join(folder, 'src/a.txt'), `${each}\n`);
      writeFileSync(join(folder, `${each}.txt`), each);
      git(folder, 'add', '.');
      git(folder, 'commit', '-q', '-m', each);
    }
    git(folder, 'checkout', '-q', '-b', 'side', 'HEAD~1');
    writeFileSync(join(folder, 'side.txt'), 'side');
    git(folder, 'add', '.');
    git(folder, 'commit', '-q', '-m', 'side');
    git(folder, 'checkout', '-q', 'main');
  }
  function dirty(folder: string): void {
    appendFileSync(join(folder, 'src/a.txt'), 'in no commit\n');
    writeFileSync(join(folder, 'staged.txt'), 'staged');
    git(folder, 'add', 'staged.txt');
    mkdirSync(join(folder, 'notes'));
    writeFileSync(join(folder, 'notes/untracked.txt'), 'not tracked');
    writeFileSync(join(folder, '.gitignore'), 'secret\n');
    writeFileSync(join(folder, 'secret'), 'ignored');
  }

  test.each<[string, (folder: string) => unknown, ((folder: string) => unknown)?]>([
    ['reset --hard', (at) => git(at, 'reset', '-q', '--hard')],
    ['reset --hard HEAD~2', (at) => git(at, 'reset', '-q', '--hard', 'HEAD~2')],
    ['reset --hard to a branch', (at) => git(at, 'reset', '-q', '--hard', 'side')],
    ['reset --keep', (at) => git(at, 'reset', '-q', '--keep', 'HEAD~1'), () => {}],
    ['reset --merge', (at) => git(at, 'reset', '-q', '--merge')],
    ['checkout -f', (at) => git(at, 'checkout', '-q', '-f', 'side')],
    ['checkout of a branch', (at) => git(at, 'checkout', '-q', 'side'), () => {}],
    ['switch --discard-changes', (at) => git(at, 'switch', '-q', '--discard-changes', 'side')],
    ['checkout of a commit', (at) => git(at, 'checkout', '-q', 'HEAD~2'), () => {}],
    ['stash', (at) => git(at, 'stash', '-q')],
    ['stash -u', (at) => git(at, 'stash', 'push', '-q', '-u')],
    ['stash -a', (at) => git(at, 'stash', 'push', '-q', '-a', '-m', 'all')],
    ['merge', (at) => git(at, 'merge', '-q', '--no-edit', 'side'), () => {}],
    ['rebase', (at) => git(at, 'rebase', '-q', 'side'), () => {}],
    ['rebase --abort', (at) => git(at, 'rebase', '--abort'), conflict('rebase', 'side')],
    ['merge --abort', (at) => git(at, 'merge', '--abort'), conflict('merge', 'side')],
    ['pull --rebase', (at) => git(at, 'pull', '-q', '--rebase', '.', 'side'), () => {}],
    ['cherry-pick', (at) => git(at, 'cherry-pick', 'side'), () => {}],
    ['revert', (at) => git(at, 'revert', '--no-edit', 'HEAD'), () => {}],
    ['reset and clean', (at) => (git(at, 'reset', '-q', '--hard'), git(at, 'clean', '-q', '-fdx'))],
    [
      'a branch deleted after a reset',
      (at) => (git(at, 'reset', '-q', '--hard', 'HEAD~2'), git(at, 'branch', '-q', '-D', 'side')),
    ],
  ])('%s', async (_, operation, make = dirty) => {
    const folder = join(root, String(count++));
    prepare(folder);
    make(folder);
    await backUp(repository, [folder]);
    const before = read(folder);
    const logs = ['HEAD', 'refs/stash'].map((name) => join(folder, '.git/logs', name));
    const sizes = logs.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    operation(folder);
    const [head, stash] = logs.map((file, at) =>
      statSync(file, { throwIfNoEntry: false }) ? readFileSync(file).subarray(sizes[at]).toString() : '',
    );
    const found = findOperation(head!, stash);
    expect(read(folder)).not.toEqual(before);
    await backUpAs(folder, { kind: 'git', name: found?.name ?? 'unknown' }, found?.words ?? 'git');
    const [moment] = await moments(folder);
    expect(moment?.words).toMatch(/^git/);
    await undo(moment!, folder);
    expect(read(folder)).toEqual(before);
    // What is git's own stays as it is.
    git(folder, 'fsck', '--no-dangling');
  });

  /** In the middle of something that cannot go on by itself. */
  function conflict(...args: string[]) {
    return (folder: string) => {
      git(folder, 'checkout', '-q', 'side');
      writeFileSync(join(folder, 'src/a.txt'), 'against it');
      git(folder, 'commit', '-q', '-a', '-m', 'against it');
      git(folder, 'checkout', '-q', 'main');
      fails(() => git(folder, ...args));
    };
  }

  test('removing a worktree', async () => {
    const folder = join(root, String(count++));
    prepare(folder);
    git(folder, 'worktree', 'add', '-q', 'tree', 'side');
    writeFileSync(join(folder, 'tree/untracked.txt'), 'not tracked');
    await backUp(repository, [folder]);
    const before = read(folder);
    git(folder, 'worktree', 'remove', '--force', 'tree');
    await backUpAs(folder, { kind: 'git', name: 'worktree' }, 'git worktree remove of tree');
    await undo((await moments(folder))[0]!, folder);
    expect(read(folder)).toEqual(before);
  });

  test('and what was renamed', async () => {
    const folder = join(root, String(count++));
    writeTree(folder, { 'a.txt': 'a', 'b/c.txt': 'c' });
    await backUp(repository, [folder]);
    const before = read(folder);
    renameSync(join(folder, 'b'), join(folder, 'd'));
    await backUpAs(folder, { kind: 'editor', name: 'rename' }, 'Renamed or moved b in the editor');
    const [moment] = await moments(folder);
    expect(moment?.words).toBe('Renamed or moved b in the editor');
    await undo(moment!, folder);
    expect(read(folder)).toEqual(before);
  });
});
