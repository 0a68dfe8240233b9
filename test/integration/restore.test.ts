import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import { decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { isWindows } from '../../src/disk/system.ts';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import { planLines, type RestorePlan } from '../../src/engine/restore/restorePlan.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { makesLinks, writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { pathBelow, inTree } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import {
  expectEqualEntries,
  findLeftovers,
  listRestored,
  planFor,
  restore,
  type RestoreRequest,
} from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

interface Scene {
  readonly repository: Repository;
  /** What was backed up, absolute. */
  readonly source: string;
  /** A folder that does not exist. */
  readonly destination: string;
}

/** Backs up a folder made of a literal. */
async function createScene(tree: Readonly<Record<string, TreeEntry>>): Promise<Scene> {
  const folder = tempFolder();
  const source = join(folder, 'source');
  writeTree(source, tree);
  const repository = await createLocalRepository(join(folder, 'repository'));
  await backUp(repository, [source]);
  return { repository, source, destination: join(folder, 'destination') };
}

function describePlan(plan: RestorePlan, root: string): string[] {
  const lines = [...planLines(plan)].map(
    ({ change, path, isFolder }) => `${change} ${below(root, path)}${isFolder ? '/' : ''}`,
  );
  return lines.sort();
}

const below = (root: string, path: string) => (path === root ? '' : `/${pathBelow(root, path)}`);

/** What is new as soon as anything was done to an entry. */
function listTouched(folder: string): string[] {
  return readdirSync(toFsPath(folder), { encoding: 'buffer' })
    .map(decodeRaw)
    .flatMap((name) => {
      const path = join(folder, name);
      const stats = lstatSync(toFsPath(path), { bigint: true });
      return [`${path} ${stats.ctimeNs} ${stats.ino}`, ...(stats.isDirectory() ? listTouched(path) : [])];
    });
}

const permissions = (path: string) => statSync(path).mode & 0o777;

const MICROSECOND = 1.7e9 + 0.123456;

describe('a whole snapshot', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene({
      empty: '',
      'a.txt': 'content',
      'big.bin': randomBytes('big', 5_000_000),
      'deep/er/still/f': 'x',
      none: null,
      [`names/${'n'.repeat(255)}`]: 'longest name',
      [`names/${'ü'.repeat(127)}`]: 'longest name in another way',
      'names/new\nline "quoted" \\': 'odd',
      'names/bad\udcff\udcfe': 'not UTF-8',
      'links/dangling': { link: '/no/such/place' },
      'links/to-folder': { link: '../names' },
      'modes/setuid': 'x',
      'modes/none': 'x',
      'modes/read-only/f': 'x',
      'modes/sticky/f': 'x',
      'hard/one': 'linked',
      'same/content': 'linked',
    });
    const at = (path: string) => join(scene.source, path);
    // Snapshots of Windows know of no hard links, as those of restic.
    if (!isWindows) for (const name of ['hard/two', 'three']) linkSync(at('hard/one'), at(name));
    chownSync(at('a.txt'), 1234, 5678);
    chmodSync(at('modes/setuid'), 0o4751);
    chmodSync(at('modes/none'), 0);
    chmodSync(at('modes/read-only'), 0o555);
    chmodSync(at('modes/sticky'), 0o1777);
    if (!isWindows) execFileSync('mkfifo', ['-m', '624', at('fifo')]);
    utimesSync(at('a.txt'), MICROSECOND, MICROSECOND);
    utimesSync(at('empty'), '-86400.25', '-86400.25');
    if (makesLinks) lutimesSync(at('links/dangling'), 5, 5);
    utimesSync(at('none'), 1e9, 1e9);
    utimesSync(at('modes/read-only'), 1e9, 1e9);
    await backUp(scene.repository, [scene.source], { parent: 'none' });
  });

  test('comes back as it was, hard links and odd names included', async () => {
    const { repository, source, destination } = scene;
    const { result } = await restore(repository, { destination });
    expect(result).toMatchObject({ problems: [], skipped: [], warnings: [], links: isWindows ? 0 : 2 });
    expectEqualEntries(listRestored(join(destination, inTree(source))), listRestored(source));
    expect(findLeftovers(destination)).toEqual([]);
    expect(result).not.toHaveProperty('verified');
    if (isWindows) return;
    const first = statSync(join(destination, inTree(source), 'hard/one')).ino;
    expect(statSync(join(destination, inTree(source), 'hard/two')).ino).toBe(first);
    expect(statSync(join(destination, inTree(source), 'three')).ino).toBe(first);
    expect(statSync(join(destination, inTree(source), 'same/content')).ino).not.toBe(first);
  });

  test('is left alone the second time', async () => {
    const { repository, destination } = scene;
    const before = listTouched(destination);
    const { plan, result } = await restore(repository, { destination });
    expect(plan.totals).toMatchObject({ create: 0, overwrite: 0, metadata: 0, createFolders: 0, bytesToWrite: 0 });
    expect(result).toMatchObject({ files: 0, links: 0, others: 0, folders: 0, metadata: 0, problems: [] });
    expect(listTouched(destination)).toEqual(before);
  });

  test('planning alone writes nothing', async () => {
    const { repository, destination } = scene;
    const elsewhere = `${destination}-dry`;
    const plan = await planFor(await unlockedSession(repository), { destination: elsewhere });
    expect(plan.totals.create).toBeGreaterThan(isWindows ? 10 : 15);
    expect(existsSync(elsewhere)).toBe(false);
  });

  test('can be a folder of it, which is then the destination itself', async () => {
    const { repository, source } = scene;
    const destination = join(tempFolder(), 'new/folders');
    const { result } = await restore(repository, { destination, folder: join(source, 'deep/er') });
    expect(result.problems).toEqual([]);
    expectEqualEntries(listRestored(destination), listRestored(join(source, 'deep/er')));
  });
});

test('a file keeps its metadata though another of its names gets a content of its own', async () => {
  const { repository, source } = await createScene({ a: 'same', b: 'same', c: 'same' });
  const at = (name: string) => join(source, name);
  rmSync(at('c'));
  linkSync(at('a'), at('c'));
  await backUp(repository, [source], { parent: 'none' });
  const { mode } = statSync(at('a'));
  // On the disk all three become names of one file.
  rmSync(at('b'));
  linkSync(at('a'), at('b'));
  chmodSync(at('a'), 0o440);
  const { plan, result } = await restore(repository, {});
  expect(describePlan(plan, source)).toEqual(['metadata /a', 'overwrite /b', 'unchanged /c']);
  expect(result.problems).toEqual([]);
  expect(statSync(at('a'))).toMatchObject({ mode, nlink: 2, ino: statSync(at('c')).ino });
  expect(statSync(at('b'))).toMatchObject({ mode, nlink: 1 });
});

describe('only what differs is touched', () => {
  const cases: Record<string, { readonly prepare: (at: (path: string) => string) => void; readonly plan: string[] }> = {
    'other content': { prepare: (at) => writeFileSync(at('a'), 'CONTENT'), plan: ['overwrite /a'] },
    'other content of the same size and time': {
      prepare(at) {
        const { mtime } = statSync(at('a'));
        writeFileSync(at('a'), 'CONTENT');
        utimesSync(at('a'), mtime, mtime);
      },
      // Only to the microsecond it is the same time, so the content is looked at.
      plan: ['overwrite /a'],
    },
    longer: { prepare: (at) => writeFileSync(at('a'), 'content more'), plan: ['overwrite /a'] },
    'another time only': { prepare: (at) => utimesSync(at('a'), 1, 1), plan: ['metadata /a'] },
    'another mode only': { prepare: (at) => chmodSync(at('a'), 0o400), plan: ['metadata /a'] },
    'another owner only': { prepare: (at) => chownSync(at('a'), 99, 99), plan: ['metadata /a'] },
    missing: { prepare: (at) => rmSync(at('a')), plan: ['create /a'] },
    'a link instead of a file': {
      prepare(at) {
        rmSync(at('a'));
        symlinkSync('d/b', at('a'));
      },
      plan: ['overwrite /a'],
    },
    'a file instead of a link': {
      prepare(at) {
        rmSync(at('l'));
        writeFileSync(at('l'), 'x');
      },
      plan: ['overwrite /l'],
    },
    'a link elsewhere': {
      prepare(at) {
        rmSync(at('l'));
        symlinkSync('elsewhere', at('l'));
      },
      plan: ['overwrite /l'],
    },
    'a missing folder': {
      prepare: (at) => rmSync(at('d'), { recursive: true }),
      plan: ['create /d/', 'create /d/b', 'create /d/e/', 'create /d/e/c'],
    },
    'a hard link apart': {
      prepare(at) {
        rmSync(at('h2'));
        writeFileSync(at('h2'), 'linked');
      },
      plan: ['overwrite /h2'],
    },
    'a file that shares its inode with one outside': {
      prepare(at) {
        linkSync(at('a'), at('../outside'));
        chmodSync(at('a'), 0o400);
      },
      plan: ['overwrite /a'],
    },
    nothing: { prepare: () => {}, plan: [] },
  };

  test.each(Object.entries(cases))('%s', async (_, { prepare, plan: expected }) => {
    const { repository, source } = await createScene({
      a: 'content',
      'd/b': 'b',
      'd/e/c': 'c',
      h1: 'linked',
      l: { link: 'a' },
    });
    linkSync(join(source, 'h1'), join(source, 'h2'));
    await backUp(repository, [source], { parent: 'none' });
    const before = listRestored(source);
    prepare((path) => join(source, path));
    const { plan, result } = await restore(repository, {});
    const lines = describePlan(plan, source).filter((line) => !line.startsWith('unchanged'));
    expect(lines).toEqual(expected);
    expect(result.problems).toEqual([]);
    expectEqualEntries(listRestored(source), before);
  });

  test('a file outside that shares an inode keeps what it has', async () => {
    const { repository, source } = await createScene({ a: 'content' });
    linkSync(join(source, 'a'), join(source, '../outside'));
    chmodSync(join(source, 'a'), 0o400);
    const mode = permissions(join(source, '../outside'));
    await restore(repository, {});
    expect(permissions(join(source, '../outside'))).toBe(mode);
    writeFileSync(join(source, 'a'), 'other');
    await restore(repository, {});
    expect(readFileSync(join(source, '../outside'), 'utf8')).toBe('content');
  });

  test('an open file is not written into: readers keep what they read', async () => {
    const { repository, source } = await createScene({ a: 'content' });
    writeFileSync(join(source, 'a'), 'others');
    const { ino } = statSync(join(source, 'a'));
    await restore(repository, {});
    expect(statSync(join(source, 'a')).ino).not.toBe(ino);
  });

  test('a file that changes between plan and restore is not taken for what it was', async () => {
    const { repository, source } = await createScene({ touched: 'content', absent: 'x', one: 'linked' });
    const at = (name: string) => join(source, name);
    linkSync(at('one'), at('two'));
    await backUp(repository, [source], { parent: 'none' });
    utimesSync(at('touched'), 1, 1);
    for (const name of ['absent', 'one', 'two']) rmSync(at(name));
    const session = await unlockedSession(repository);
    const plan = await planFor(session, {});
    for (const name of ['touched', 'absent', 'two']) writeFileSync(at(name), 'newer!!');
    const result = await executeRestore(session, testCodecs(), plan);
    expect(result.problems.map(({ path, code }) => [path, code])).toEqual([
      [at('touched'), 'CHANGED'],
      [at('absent'), 'EEXIST'],
      [at('two'), 'EEXIST'],
    ]);
    for (const name of ['touched', 'absent', 'two']) expect(readFileSync(at(name), 'utf8')).toBe('newer!!');
    expect(readFileSync(at('one'), 'utf8')).toBe('linked');
    expect(findLeftovers(source)).toEqual([]);
  });
});

const including = (...patterns: string[]) => ({ includePatterns: { patterns } });
const excluding = (...patterns: string[]) => ({ excludePatterns: { patterns } });

describe('paths and patterns', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene({
      'readme.md': '1',
      'src/a.ts': '2',
      'src/b.js': '3',
      'src/lib/c.ts': '4',
      'src/lib/.hidden.ts': '5',
      'docs/readme.md': '6',
      'docs/[id].md': '7',
      'docs/i.md': '8',
      empty: null,
    });
  });

  test.each<[string, Partial<RestoreRequest>, string[]]>([
    ['one file', { include: ['/readme.md'] }, ['readme.md']],
    ['without a slash at the beginning', { include: ['src/a.ts'] }, ['src/a.ts']],
    ['a folder', { include: ['/src/lib'] }, ['src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['a folder with a slash at the end', { include: ['src/lib/'] }, ['src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['an empty folder', { include: ['/empty'] }, ['empty/']],
    ['a name that could be a pattern', { include: ['docs/[id].md'] }, ['docs/[id].md']],
    ['two', { include: ['/readme.md', 'docs/readme.md'] }, ['docs/readme.md', 'readme.md']],
    ['a pattern at any depth', including('*.ts'), ['src/a.ts', 'src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['a pattern with a folder', including('lib/*.ts'), ['src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['a pattern from the top', including('/src/*.ts'), ['src/a.ts']],
    ['a pattern with stars', including('src/**/*.ts'), ['src/a.ts', 'src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['a name at any depth', including('c.ts'), ['src/lib/c.ts']],
    ['a pattern that could be a name', including('docs/[id].md'), ['docs/i.md']],
    ['a pattern for a folder', including('l*/'), ['src/lib/.hidden.ts', 'src/lib/c.ts']],
    ['a pattern and what another takes back', including('src', '!src/lib'), ['src/a.ts', 'src/b.js']],
    ['a path and a pattern', { include: ['readme.md'], ...including('b.*') }, ['readme.md', 'src/b.js']],
    [
      'all but a pattern',
      excluding('*.md'),
      ['docs/', 'empty/', 'src/a.ts', 'src/b.js', 'src/lib/.hidden.ts', 'src/lib/c.ts'],
    ],
    ['a folder but what is in one of it', { include: ['src'], ...excluding('lib') }, ['src/a.ts', 'src/b.js']],
    ['everything but some', { include: ['/'], ...excluding('src', 'docs') }, ['empty/', 'readme.md']],
  ])('%s', async (_, request, expected) => {
    const destination = tempFolder();
    const { result } = await restore(scene.repository, { destination, folder: scene.source, ...request });
    expect(result.problems).toEqual([]);
    expect(listLeaves(destination)).toEqual(expected);
  });

  /** Files, and folders that are empty. */
  function listLeaves(destination: string): string[] {
    const leaves = readdirSync(destination, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isDirectory()) return pathBelow(destination, path);
      return readdirSync(path).length === 0 ? `${pathBelow(destination, path)}/` : [];
    });
    return leaves.sort();
  }

  test.each([['/no/such'], ['nothing.*'], ['src/a']])(
    '%s, which is not there, is said before anything is done',
    async (path) => {
      const destination = tempFolder();
      const request = { destination, folder: scene.source, include: ['readme.md', path] };
      const error = await restore(scene.repository, request).catch((thrown: unknown) => thrown);
      expect(errorCode(error)).toBe('path-not-in-snapshot');
      expect((error as Error).message).toContain(`"${path}"`);
      expect(existsSync(join(destination, 'readme.md'))).toBe(false);
    },
  );

  test('folders on the way to what is asked for keep what they have, and new ones get theirs', async () => {
    const { repository, source } = scene;
    chmodSync(join(source, 'src'), 0o700);
    await backUp(repository, [source]);
    const destination = tempFolder();
    mkdirSync(join(destination, 'docs'), { mode: 0o711 });
    const mode = permissions(join(destination, 'docs'));
    await restore(repository, { destination, folder: source, include: ['src/a.ts', 'docs/i.md'] });
    expect(permissions(join(destination, 'src'))).toBe(permissions(join(source, 'src')));
    expect(statSync(join(destination, 'src')).mtimeMs).toBeCloseTo(statSync(join(source, 'src')).mtimeMs, 2);
    expect(permissions(join(destination, 'docs'))).toBe(mode);
  });
});

describe('in place', () => {
  test('what leads to the targets is followed and left as it is', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'way'));
    const source = join(folder, 'way/project');
    writeTree(source, { a: 'a', 'sub/b': 'b' });
    const repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [source]);
    rmSync(join(source, 'sub'), { recursive: true });
    chmodSync(join(folder, 'real'), 0o711);
    utimesSync(join(folder, 'real'), 1e9, 1e9);
    const { result } = await restore(repository, {});
    expect(result).toMatchObject({ problems: [], files: 1, folders: 1 });
    expect(readlinkSync(join(folder, 'way'))).toBe('real');
    expect(readFileSync(join(folder, 'real/project/sub/b'), 'utf8')).toBe('b');
    expect(statSync(join(folder, 'real'))).toMatchObject({ mtimeMs: 1e12 });
    expect(statSync(join(folder, 'real')).mode & 0o777).toBe(0o711);
  });

  test('the root as destination is the same', async () => {
    const { repository, source } = await createScene({ a: 'a' });
    utimesSync(join(source, '..'), 1e9, 1e9);
    rmSync(join(source, 'a'));
    utimesSync(source, 1, 1);
    const { result } = await restore(repository, { destination: '/' });
    expect(result).toMatchObject({ problems: [], files: 1 });
    expect(readFileSync(join(source, 'a'), 'utf8')).toBe('a');
    expect(statSync(join(source, '..')).mtimeMs).toBe(1e12);
  });

  test.each<[string, (source: string) => { targets: string[]; workingFolder: string }]>([
    ['of .', (source) => ({ targets: ['.'], workingFolder: source })],
    ['of relative paths', (source) => ({ targets: ['sub', 'a'], workingFolder: source })],
    ['of a path that leads up', (source) => ({ targets: ['../source'], workingFolder: source })],
  ])('a snapshot %s', async (_, ask) => {
    const { repository, source } = await createScene({ a: 'a', 'sub/b': 'b' });
    const { targets, workingFolder } = ask(source);
    await backUp(repository, targets, { workingFolder });
    const before = listRestored(source);
    rmSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'a'), 'changed');
    const { plan, result } = await restore(repository, including('*'));
    expect(result.problems).toEqual([]);
    expect(plan.destination).toBe(targets[0] === '../source' ? join(source, '..') : source);
    expectEqualEntries(listRestored(source), before);
  });

  test('a folder of a snapshot goes where it was', async () => {
    const { repository, source } = await createScene({ a: 'a', 'sub/b': 'b' });
    rmSync(join(source, 'sub/b'));
    writeFileSync(join(source, 'a'), 'changed');
    await restore(repository, { folder: join(source, 'sub') });
    expect(readFileSync(join(source, 'sub/b'), 'utf8')).toBe('b');
    expect(readFileSync(join(source, 'a'), 'utf8')).toBe('changed');
  });

  test('is refused when it is not certain where things were', async () => {
    const { repository, source } = await createScene({ 'x/x/f': '1', 'other/x/g': '2' });
    await backUp(repository, ['x', 'other/x'], { workingFolder: source });
    // Found as /x and as /other/x: which of them came from where?
    await expect(restore(repository, {})).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('with delete', () => {
  const deletion = (...ignored: string[]) => ({
    isIgnored: (path: string) => ignored.includes(basename(path)),
  });

  test('the result is exactly the snapshot', async () => {
    const { repository, source } = await createScene({ a: 'a', 'd/b': 'b', empty: null });
    const before = listRestored(source);
    writeTree(source, { new: 'x', 'd/new': 'x', 'more/and/more': 'x', 'empty/x': 'x', link: { link: '/etc' } });
    const { plan, result } = await restore(repository, { delete: deletion() });
    expect(describePlan(plan, source).filter((line) => line.startsWith('delete'))).toEqual([
      'delete /d/new',
      'delete /empty/x',
      ...(makesLinks ? ['delete /link'] : []),
      'delete /more/',
      'delete /more/and/',
      'delete /more/and/more',
      'delete /new',
    ]);
    expect(result).toMatchObject({ deleted: makesLinks ? 7 : 6, problems: [] });
    expectEqualEntries(listRestored(source), before);
    if (!isWindows) expect(existsSync('/etc/passwd')).toBe(true);
  });

  test('what is ignored stays, and the folders it is in', async () => {
    const { repository, source } = await createScene({ a: 'a' });
    writeTree(source, { 'node_modules/m/index.js': 'x', 'out/keep/.env': 'x', 'out/gone/file': 'x', gone: 'x' });
    const { plan, result } = await restore(repository, { delete: deletion('node_modules', '.env') });
    expect(result.problems).toEqual([]);
    expect(plan.kept).toBe(2);
    expect(existsSync(join(source, 'node_modules/m/index.js'))).toBe(true);
    expect(existsSync(join(source, 'out/keep/.env'))).toBe(true);
    expect(existsSync(join(source, 'out/gone'))).toBe(false);
    expect(existsSync(join(source, 'gone'))).toBe(false);
  });

  test('nothing goes outside of what was backed up', async () => {
    const folder = tempFolder();
    writeTree(folder, { 'home/project/a': 'a', 'home/file': 'f' });
    const repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [join(folder, 'home/project'), join(folder, 'home/file')]);
    const destination = join(folder, 'destination');
    writeTree(join(destination, inTree(folder)), { 'home/other': 'x', 'home/project/extra': 'x', else: 'x' });
    writeTree(destination, { beside: 'x' });
    const { result } = await restore(repository, { destination, delete: deletion() });
    expect(result).toMatchObject({ deleted: 1, problems: [] });
    expect(existsSync(join(destination, inTree(folder), 'home/project/extra'))).toBe(false);
    for (const kept of ['beside', ...['else', 'home/other'].map((path) => inTree(join(folder, path)))]) {
      expect(existsSync(join(destination, kept))).toBe(true);
    }
  });

  test('only what is asked for goes', async () => {
    const { repository, source } = await createScene({ 'src/a': 'a', 'docs/b': 'b' });
    writeTree(source, { 'src/x.tmp': 'x', 'src/y': 'y', 'docs/x.tmp': 'x', 'x.tmp': 'x' });
    const tree = { folder: source, destination: source, delete: deletion() };
    await restore(repository, { ...tree, include: ['src'], ...excluding('y') });
    expect(describeTree(source).map((line) => line.split(' ')[0])).toEqual([
      '"docs"',
      '"docs/b"',
      '"docs/x.tmp"',
      '"src"',
      '"src/a"',
      '"src/y"',
      '"x.tmp"',
    ]);
    const missing = await restore(repository, { ...tree, include: ['docs/x.tmp'] }).catch(errorCode);
    expect(missing).toBe('path-not-in-snapshot');
    expect(existsSync(join(source, 'docs/x.tmp'))).toBe(true);
  });

  test('the repository stays, wherever it is', async () => {
    const folder = tempFolder();
    const source = join(folder, 'source');
    writeTree(source, { a: 'a' });
    const repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [source]);
    mkdirSync(join(source, 'backups'));
    renameSync(join(folder, 'repository'), join(source, 'backups/here'));
    symlinkSync(join(source, 'backups/here'), join(folder, 'repository'));
    const { result } = await restore(repository, { delete: deletion() });
    expect(result.problems).toEqual([]);
    expect(existsSync(join(source, 'backups/here/config'))).toBe(true);
    await restore(repository, { verify: true });
  });

  test('what stands in the way is replaced', async () => {
    const { repository, source } = await createScene({ file: 'f', 'folder/in/it': 'i', link: { link: 'x' } });
    const before = listRestored(source);
    rmSync(join(source, 'file'));
    rmSync(join(source, 'folder'), { recursive: true });
    if (makesLinks) rmSync(join(source, 'link'));
    writeTree(source, { 'file/deep/er': 'x', 'link/x': 'x', folder: 'x' });
    const { result } = await restore(repository, { delete: deletion() });
    expect(result.problems).toEqual([]);
    expectEqualEntries(listRestored(source), before);
  });

  test('what stands in the way but is ignored is not', async () => {
    const { repository, source } = await createScene({ file: 'f', 'folder/in': 'i' });
    rmSync(join(source, 'file'));
    rmSync(join(source, 'folder'), { recursive: true });
    writeTree(source, { 'file/deep/.env': 'x', 'file/deep/other': 'x', folder: 'x' });
    const before = describeTree(source);
    const { plan, result } = await restore(repository, { delete: deletion('.env', 'folder') });
    expect(plan.problems.map(({ path, code }) => [path, code])).toEqual([
      [join(source, 'file'), 'CONFLICT'],
      [join(source, 'folder'), 'CONFLICT'],
    ]);
    expect(result.deleted).toBe(0);
    expect(describeTree(source, { folderTimes: false })).toEqual(
      before.map((line) => line.replace(/(\/?"\S* 40\S* .*) \d+ $/, '$1  ')),
    );
  });
});

test('without delete, what stands in the way is a conflict, and the rest is restored', async () => {
  const { repository, source } = await createScene({ file: 'f', 'folder/in/it': 'i', 'folder/b': 'b', rest: 'r' });
  rmSync(source, { recursive: true });
  writeTree(source, { 'file/x': 'x', folder: 'x', extra: 'x' });
  const { result } = await restore(repository, {});
  expect(result.problems.map(({ path, code }) => [path, code])).toEqual([
    [join(source, 'file'), 'CONFLICT'],
    [join(source, 'folder'), 'CONFLICT'],
  ]);
  expect(result.files).toBe(1);
  expect(readFileSync(join(source, 'rest'), 'utf8')).toBe('r');
  expect(readFileSync(join(source, 'folder'), 'utf8')).toBe('x');
  expect(readFileSync(join(source, 'file/x'), 'utf8')).toBe('x');
  expect(existsSync(join(source, 'extra'))).toBe(true);
});

describe('holes', () => {
  const zeros = Buffer.alloc(3_000_000);
  const content = Buffer.concat([Buffer.from('begin'), zeros, Buffer.from('middle'), zeros, Buffer.alloc(100_000)]);

  test.each([
    [true, 200],
    [false, 12_000],
  ])('sparse %s', async (sparse, blocks) => {
    const { repository, source, destination } = await createScene({
      holes: content,
      zeros: zeros,
      few: Buffer.alloc(5000),
    });
    const { result } = await restore(repository, { destination, folder: source, sparse, verify: true });
    expect(result).toMatchObject({ problems: [], verified: 3 });
    expect(readFileSync(join(destination, 'holes')).equals(content)).toBe(true);
    expect(statSync(join(destination, 'zeros')).size).toBe(zeros.length);
    const used = statSync(join(destination, 'holes')).blocks;
    if (sparse) expect(used).toBeLessThan(blocks);
    else expect(used).toBeGreaterThan(blocks - 200);
  });
});

test('a thousand levels and paths of more than 4096 bytes', async () => {
  const { repository, source, destination } = await createScene({});
  const script =
    'for i in $(seq 1000); do mkdir level-$i && cd level-$i || exit 1; echo $i > file; done; echo deepest > last';
  execFileSync('bash', ['-c', script], { cwd: source });
  await backUp(repository, [source]);
  const { result } = await restore(repository, { destination, verify: true });
  expect(result).toMatchObject({ files: 1001, verified: 1001, problems: [] });
  const found = execFileSync('find', [destination, '-name', 'last', '-execdir', 'cat', '{}', ';'], {
    encoding: 'utf8',
  });
  expect(found).toBe('deepest\n');
  const { plan } = await restore(repository, { destination, verify: true });
  expect(plan.totals).toMatchObject({ unchanged: 1001, create: 0, overwrite: 0, metadata: 0 });
});

describe('verify', () => {
  test('compares contents that look right', async () => {
    const { repository, source } = await createScene({ a: 'content', b: 'b' });
    const { mtimeMs } = statSync(join(source, 'a'));
    utimesSync(join(source, 'a'), mtimeMs / 1000, mtimeMs / 1000);
    await backUp(repository, [source]);
    writeFileSync(join(source, 'a'), 'CONTENT');
    utimesSync(join(source, 'a'), mtimeMs / 1000, mtimeMs / 1000);
    expect((await restore(repository, {})).plan.totals.overwrite).toBe(0);
    const { plan, result } = await restore(repository, { verify: true });
    expect(plan.totals).toMatchObject({ overwrite: 1, unchanged: 1 });
    expect(result).toMatchObject({ verified: 1, problems: [] });
    expect(readFileSync(join(source, 'a'), 'utf8')).toBe('content');
  });

  test('finds what was not written as it should be', async () => {
    const { repository, source, destination } = await createScene({ a: 'content', b: 'b', h: 'linked' });
    linkSync(join(source, 'h'), join(source, 'i'));
    await backUp(repository, [source], { parent: 'none' });
    const spoil = (path: string) => {
      if (basename(path) === 'a') writeFileSync(path, 'CONTENT');
      if (basename(path) === 'b') writeFileSync(path, 'longer than it was');
      if (basename(path) === 'i') rmSync(path);
    };
    const { result } = await restore(repository, { destination, verify: true, onEntry: spoil });
    expect(result.verified).toBe(1);
    const codes = result.problems.map(({ path, code }) => `${path.slice(-1)} ${code}`);
    expect(codes.sort()).toEqual(['a verification-failed', 'b verification-failed', 'i ENOENT']);
  });
});

test('says of each entry what was done', async () => {
  const { repository, source } = await createScene({ a: '1', b: '2', 'd/c': '3', l: { link: 'a' } });
  writeFileSync(join(source, 'a'), 'changed');
  utimesSync(join(source, 'b'), 1, 1);
  rmSync(join(source, 'd'), { recursive: true });
  writeFileSync(join(source, 'x'), 'extra');
  const lines: string[] = [];
  const { result } = await restore(repository, {
    delete: { isIgnored: () => false },
    onEntry: (path, change, type) => void lines.push(`${change} ${type} ${below(source, path)}`),
  });
  expect(lines.sort()).toEqual([
    'create dir /d',
    'create file /d/c',
    'delete file /x',
    'metadata file /b',
    'overwrite file /a',
  ]);
  expect(result).toMatchObject({
    files: 2,
    folders: 1,
    metadata: 2,
    deleted: 1,
    unchanged: makesLinks ? 1 : 0,
    bytes: 2,
  });
});

test('names that are not UTF-8 are the same bytes again', async () => {
  const { repository, source, destination } = await createScene({ 'bad\udcff/\udc80\udc81': 'x' });
  await restore(repository, { destination, folder: source });
  expect(lstatSync(toFsPath(join(destination, 'bad\udcff/\udc80\udc81'))).size).toBe(1);
});
