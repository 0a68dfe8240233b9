import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { cairn, cairnBackup, cairnOk, ended, startCairn } from '../helpers/cairn.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository, createResticRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const source = join(root, 'source');

beforeAll(() => {
  writeTree(source, {
    'large.bin': randomBytes('large', 25 * 1024 * 1024 + 12345),
    'zeros.bin': Buffer.alloc(3 * 1024 * 1024),
    'empty.txt': '',
    'empty folder': null,
    'src/deep/er/file.ts': 'export const x = 1;\n',
    'src/deep/other.ts': 'other\n',
    'link.txt': { link: 'src/deep/other.ts' },
    'dangling & <html>': { link: '/nowhere/"quoted"\n' },
    'names/quote"back\\slash': 'q',
    'names/new\nline\ttab': 'n',
    'names/ünïcödé 日本語 😀': 'u',
    'names/zwj\u200dx nbsp\u00a0': 'z',
    'names/amp&lt<gt>': 'a',
    'names/\x07\x1b[0m\x7f': 'c',
  });
  for (const bytes of ['latin1-\xe9', 'bad-\xff\xfe', 'trunc-\xe2\x82']) {
    writeFileSync(toFsPath(join(source, 'names', decodeRaw(Buffer.from(bytes, 'latin1')))), bytes);
  }
  writeFileSync(join(source, 'names', 'x'.repeat(255)), 'long');
  linkSync(join(source, 'src/deep/other.ts'), join(source, 'hard link'));
  writeTree(source, { 'modes/suid': 's', 'modes/none': '0', 'modes/sticky': null });
  chmodSync(join(source, 'modes/suid'), 0o4755);
  chmodSync(join(source, 'modes/none'), 0);
  chmodSync(join(source, 'modes/sticky'), 0o1777);
  // One in winter, one in summer, one before 1970: their offsets differ in most zones.
  utimesSync(join(source, 'src/deep/other.ts'), 1_736_000_000, 1_736_000_000.5);
  utimesSync(join(source, 'empty.txt'), 1_752_000_000, 1_752_000_000.25);
  // Node takes a negative time for the present one.
  execFileSync('touch', ['-d', '@-86400.5', join(source, 'zeros.bin')]);
});

/** Made by restic. */
async function newRepository(name: string): Promise<string> {
  const repository = join(root, name);
  await createResticRepository(repository);
  return repository;
}

describe.each(['UTC', 'America/St_Johns', 'Asia/Kolkata'])('same content, same ids, in the zone %s', (TZ) => {
  const name = TZ.replace('/', '-');
  const env = { TZ };

  test('cairn adds no blob to what restic stored', async () => {
    const repository = await newRepository(`restic-first-${name}`);
    restic(repository, ['backup', 'source'], { env, cwd: root });
    const summary = cairnBackup(repository, ['--parent', 'none', 'source'], { env, cwd: root });
    expect(summary).toMatchObject({ data_blobs: 0, tree_blobs: 0, data_added: 0 });
    expect(summary.bytes_read).toBeGreaterThan(28_000_000);
    restic(repository, ['check', '--read-data']);
  });

  test('restic adds no blob to what cairn stored', async () => {
    const repository = await newRepository(`cairn-first-${name}`);
    cairnBackup(repository, ['source'], { env, cwd: root });
    restic(repository, ['check', '--read-data']);
    const printed = restic(repository, ['backup', '--force', '--json', 'source'], { env, cwd: root });
    const summary = JSON.parse(printed.trim().split('\n').at(-1)!) as Record<string, number>;
    expect(summary).toMatchObject({ data_blobs: 0, tree_blobs: 0, data_added: 0 });
  });
});

test('the same paths as restic gives for targets written in all kinds of ways', async () => {
  const repository = await newRepository('targets');
  const cwd = join(source, 'src');
  for (const targets of [['.'], ['deep'], ['../names', 'deep/er'], ['./deep/../deep'], ['deep', '../src/deep']]) {
    restic(repository, ['backup', ...targets], { cwd });
    const summary = cairnBackup(repository, ['--parent', 'none', ...targets], { cwd });
    expect([targets, summary.tree_blobs]).toEqual([targets, 0]);
    const trees = JSON.parse(restic(repository, ['snapshots', '--json'])) as {
      tree: string;
      paths: string[];
      time: string;
    }[];
    const [before, after] = trees.sort((a, b) => (a.time < b.time ? -1 : 1)).slice(-2);
    expect(after!.tree).toBe(before!.tree);
    expect([...after!.paths].sort()).toEqual([...before!.paths].sort());
  }
});

test('restic restores what cairn stored, to the last bit of metadata', async () => {
  const repository = await newRepository('restored');
  cairnBackup(repository, ['source'], { cwd: root });
  const target = join(root, 'restored-files');
  restic(repository, ['restore', 'latest', '--target', target]);
  expect(describeTree(join(target, 'source'))).toEqual(describeTree(source));
  removeTree(target);
});

describe('an incremental backup', () => {
  const repository = join(root, 'incremental');
  const tree = join(root, 'tree');
  // Relative, since the folders above an absolute path are in the snapshot too, and others write there.
  const backupTree = (options: readonly string[] = []) => cairnBackup(repository, [...options, 'tree'], { cwd: root });

  test('reads nothing when nothing changed', async () => {
    await createLocalRepository(repository);
    writeTree(tree, { 'a/b/c.txt': 'c', 'a/d.txt': 'd', 'e/f.bin': randomBytes('f', 600_000), 'g.txt': 'g' });
    expect(backupTree()).toMatchObject({ files_new: 4, files_changed: 0, files_unmodified: 0 });
    waitForAnotherTick();
    expect(backupTree()).toMatchObject({
      files_new: 0,
      files_changed: 0,
      files_unmodified: 4,
      data_blobs: 0,
      tree_blobs: 0,
    });
    expect(backupTree()).toMatchObject({ bytes_read: 0, files_unmodified: 4 });
  });

  test('stores one edited file and the trees above it, nothing else', () => {
    appendFileSync(join(tree, 'a/b/c.txt'), 'more');
    const summary = backupTree();
    const levelsAbove = '/tree/a/b'.split('/').length;
    expect(summary).toMatchObject({
      files_new: 0,
      files_changed: 1,
      files_unmodified: 3,
      data_blobs: 1,
      bytes_read: 5,
    });
    expect(summary.tree_blobs).toBe(levelsAbove);
  });

  test.each([[[]], [['--force-hash']]])(
    'catches a rewrite of the same size with the old time put back (%j)',
    (options) => {
      const file = join(tree, 'a/d.txt');
      const { atime, mtime, size } = statSync(file);
      writeFileSync(file, options.length > 0 ? 'D' : 'x');
      utimesSync(file, atime, mtime);
      expect([statSync(file).size, statSync(file).mtimeMs]).toEqual([size, mtime.getTime()]);
      expect(backupTree(options)).toMatchObject({ files_changed: 1, files_unmodified: 3 });
    },
  );

  test('leaves a repository that restic finds whole', () => {
    restic(repository, ['check', '--read-data']);
  });
});

/** Files touched within one tick of the snapshot are read again; let the clock move on. */
function waitForAnotherTick(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
}

describe('at the same time in one repository', () => {
  const run = async (other: 'restic' | 'cairn') => {
    const repository = await newRepository(`together-${other}`);
    const [left, right] = [join(root, `${other}-left`), join(root, `${other}-right`)];
    for (const [folder, seed] of [
      [left, 'left'],
      [right, 'right'],
    ] as const) {
      mkdirSync(folder);
      for (let n = 0; n < 40; n++) writeFileSync(join(folder, `${n}.bin`), randomBytes(`${seed}${n}`, 400_000));
      writeFileSync(join(folder, 'shared.bin'), randomBytes('shared', 5_000_000));
    }
    const first = ended(startCairn(['backup', '-r', repository, left]));
    if (other === 'restic') restic(repository, ['backup', right]);
    else cairnOk(['backup', '-r', repository, right]);
    expect(await first).toMatchObject({ status: 0 });
    restic(repository, ['check', '--read-data']);
    for (const folder of [left, right]) {
      const target = join(root, 'out');
      restic(repository, ['restore', 'latest', '--path', folder, '--target', target]);
      expect(describeTree(join(target, folder))).toEqual(describeTree(folder));
      removeTree(target);
    }
  };

  test('restic and cairn', () => run('restic'));
  test('two cairns', () => run('cairn'));
});

test('rules apply to what `.` stands for', async () => {
  const repository = await newRepository('dot');
  const cwd = join(root, 'dotted');
  writeTree(cwd, {
    'keep.txt': 'k',
    'drop.log': 'd',
    'sub/drop.log': 'd',
    'sub/.cairnignore': 'secret\n',
    'sub/secret': 's',
  });
  cairnBackup(repository, ['.', '--exclude', '*.log'], { cwd });
  const listed = restic(repository, ['ls', 'latest'])
    .split('\n')
    .filter((line) => line.startsWith('/'));
  expect(listed).toEqual(['/keep.txt', '/sub', '/sub/.cairnignore']);
});

describe('what lies in the source', () => {
  test('a repository inside is left out', () => {
    const outer = join(root, 'outer');
    writeTree(outer, { 'file.txt': 'x' });
    const repository = join(outer, 'backups/repo');
    cairnOk(['init', '-r', repository]);
    cairnBackup(repository, [outer]);
    expect(restic(repository, ['ls', 'latest'])).not.toContain('repo/config');
    expect(restic(repository, ['ls', 'latest'])).toContain('file.txt');
  });

  test('a source inside the repository is refused', () => {
    const repository = join(root, 'outer/backups/repo');
    const run = cairn(['backup', '-r', repository, join(repository, 'data')]);
    expect(run.status).toBe(1);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.stderr).toMatch(/repository/);
  });

  test('pipes and devices are stored as entries and not read, sockets are left out', async () => {
    const special = join(root, 'special');
    mkdirSync(special);
    const repository = await newRepository('special-repo');
    writeTree(special, { file: 'x' });
    symlinkSync('pipe', join(special, 'to-pipe'));
    execFileSync('mkfifo', [join(special, 'pipe')]);
    const run = cairn(['backup', '-v', '-r', repository, special]);
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/^left out .*pipe \(special: a fifo/m);
    restic(repository, ['check']);
    expect(restic(repository, ['ls', '-l', 'latest'])).toMatch(/^p.*pipe$/m);
  });
});
