/** Sources that are missing, closed, moving or odd: the backup says so, stores the rest, and leaves a whole repository. */
import { dataHome } from '../helpers/dataHome.ts';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, parse } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { isWindows } from '../../src/disk/system.ts';
import type { BlobId } from '../../src/repository/format/ids.ts';
import { formatTime } from '../../src/repository/format/time.ts';
import { treeToJson } from '../../src/repository/format/tree.ts';
import { blobId } from '../../src/repository/hash.ts';
import { PackBuilder } from '../../src/repository/pack/packBuilder.ts';
import { PackSaver } from '../../src/repository/pack/packSaver.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots, saveSnapshot } from '../../src/repository/snapshots.ts';
import {
  cairn,
  cairnBackup,
  cairnOk,
  commandLine,
  shareProgram,
  type BackupSummary,
  type CairnOptions,
  type CairnRun,
} from '../helpers/cairn.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { expectFailure } from '../helpers/failure.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import {
  backUp as backUpInProcess,
  createLocalRepository,
  openLocalRepository,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { diskFolder, removeTree } from '../helpers/tempFolder.ts';

const root = diskFolder();
shareProgram();
const isRoot = process.getuid?.() === 0;
let count = 0;
let repository: string;
let source: string;

beforeEach(async () => {
  count++;
  repository = join(root, `repository-${count}`);
  source = join(root, `source-${count}`);
  await createLocalRepository(repository);
  mkdirSync(source);
});

function backUp(...args: string[]): CairnRun {
  return cairn(['backup', '-r', repository, ...args], { cwd: root });
}

/** Backs up the source, lets the real restic check and restore it, and compares. */
function expectRoundTrip(): BackupSummary {
  const summary = cairnBackup(repository, [source]);
  restic(repository, ['check', '--read-data']);
  const target = join(root, 'restored');
  restic(repository, ['restore', 'latest', '--target', target]);
  expect(describeTree(join(target, inTree(source)))).toEqual(describeTree(source));
  removeTree(target);
  return summary;
}

describe('what is not there', () => {
  test('nothing to back up', () => {
    expectFailure(backUp(join(source, 'missing')), 1, /missing/);
    expect(readdirSync(join(repository, 'snapshots'))).toEqual([]);
  });

  test('one of two', () => {
    writeTree(source, { a: 'a' });
    const run = backUp(source, 'missing\nname');
    expect(run).toMatchObject({ status: 3, stderr: 'warning: missing\\x0aname does not exist\n' });
    expect(cairnOk(['ls', 'latest', '-r', repository])).toContain(inTree(join(source, 'a')));
  });

  test('an empty path, as an unset variable gives it, is not the working folder', () => {
    expectFailure(cairn(['backup', '-r', repository, ''], { cwd: source }), 1, /empty path/);
  });

  test('a path through a file', () => {
    writeTree(source, { a: 'a' });
    expectFailure(backUp(join(source, 'a/b')), 1, /a[\\/]b/);
  });
});

describe('what may not be read', () => {
  const closedTo: CairnOptions = isRoot ? { uid: 65534, env: { HOME: '/' } } : {};
  const denied = 'cannot be read: permission denied; it is not in the snapshot';

  test('a file and a folder', () => {
    writeTree(source, { 'open.txt': 'o', 'closed.txt': 'c', 'closed/a.txt': 'a', 'listed/b.txt': 'b' });
    const closed = { 'closed.txt': 0, closed: 0, listed: 0o444 };
    giveAway();
    for (const [name, mode] of Object.entries(closed)) chmodSync(join(source, name), mode);
    const run = cairn(['backup', '-r', repository, source], closedTo);
    expect(run.status).toBe(3);
    const names = ['closed', 'closed.txt', 'listed/b.txt'];
    expect(run.stderr.trim().split('\n').sort()).toEqual(names.map((name) => `warning: ${source}/${name} ${denied}`));
    expect(cairnOk(['ls', 'latest', '-r', repository])).toContain(inTree(join(source, 'open.txt')));
    restic(repository, ['check', '--read-data']);
    // Once they can be read they are new, and nothing else is.
    for (const name of Object.keys(closed)) chmodSync(join(source, name), 0o755);
    expect(cairnBackup(repository, [source])).toMatchObject({ files_new: 3, files_changed: 0 });
  });

  test('the working folder', () => {
    giveAway();
    chmodSync(source, 0o311);
    const run = cairn(['backup', '-r', repository, '.'], { ...closedTo, cwd: source });
    expectFailure(run, 1, /folder .*source-\d+ cannot be listed \(EACCES\)/);
  });

  test('the only source', () => {
    writeTree(source, { 'a.txt': 'a' });
    giveAway();
    chmodSync(join(source, 'a.txt'), 0);
    const run = cairn(['backup', '-r', repository, join(source, 'a.txt')], closedTo);
    expectFailure(run, 1, /a\.txt is not backed up, and no snapshot was made.*permission denied/);
    expect(cairnOk(['snapshots', '-r', repository, '--json']).trim()).toBe('[]');
    restic(repository, ['check', '--read-data']);
  });

  test('everything in the only source, or in one of two', () => {
    writeTree(source, { 'a.txt': 'a', 'b/c.txt': 'c' });
    giveAway();
    const open = diskFolder();
    writeTree(open, { 'd.txt': 'd' });
    chmodSync(open, 0o755);
    for (const name of ['a.txt', 'b']) chmodSync(join(source, name), 0);
    const refused = /source-\d+ is not backed up, and no snapshot was made.*permission denied/;
    expectFailure(cairn(['backup', '-r', repository, source], closedTo), 1, refused);
    expectFailure(cairn(['backup', '-r', repository, open, source], closedTo), 1, refused);
    chmodSync(source, 0);
    expectFailure(cairn(['backup', '-r', repository, source], closedTo), 1, refused);
    chmodSync(source, 0o755);
    expect(cairnOk(['snapshots', '-r', repository, '--json']).trim()).toBe('[]');
    // One file is enough to make it worth while.
    chmodSync(join(source, 'a.txt'), 0o644);
    expect(cairn(['backup', '-r', repository, open, source], closedTo).status).toBe(3);
  });

  test('an empty folder is backed up: nothing of it was lost', () => {
    giveAway();
    expect(cairn(['backup', '-r', repository, source], closedTo).status).toBe(0);
  });

  /** Lets the other user write to the repository and reach the source. */
  function giveAway(): void {
    chmodSync(root, 0o755);
    if (isRoot) execFileSync('chown', ['-R', '65534', repository]);
  }
});

describe('what moves while it is read', () => {
  /** Appends, truncates, replaces, removes, and swaps files for folders, links and pipes, until it is killed. */
  const churn = `
    const fs = require('fs'), path = require('path'), { execFileSync } = require('child_process');
    const folder = process.argv[1], big = Buffer.alloc(3e6, 'x'), at = (n) => path.join(folder, 'f' + n);
    const gone = (file) => fs.rmSync(file, { recursive: true, force: true });
    const acts = [
      (file) => fs.appendFileSync(file, big.subarray(0, 1e5)),
      (file) => fs.truncateSync(file, 1000),
      (file) => { fs.writeFileSync(file + '.new', big); fs.renameSync(file + '.new', file); },
      gone,
      (file) => { gone(file); fs.mkdirSync(file); fs.writeFileSync(path.join(file, 'inner'), 'x'); },
      (file) => { gone(file); fs.symlinkSync('/dev/zero', file); },
      (file) => { gone(file); execFileSync('mkfifo', [file]); },
      (file) => { gone(file); fs.writeFileSync(file, big); },
    ];
    console.log('started');
    const below = (limit) => Math.floor(Math.random() * limit);
    for (;;) {
      const file = at(below(12)), isFile = fs.lstatSync(file, { throwIfNoEntry: false })?.isFile();
      // Writing to a pipe that nobody reads would be the end.
      if (!isFile) gone(file);
      try { acts[below(acts.length)](file); }
      catch (error) { if (!error.code) throw error; }
    }`;

  test('every run ends with a report and a snapshot that is whole', async () => {
    for (let n = 0; n < 12; n++) writeFileSync(join(source, `f${n}`), randomBytes(`f${n}`, 3_000_000));
    writeTree(source, { 'still.txt': 'still' });
    const child = spawn(process.execPath, ['-e', churn, source], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((started) => child.stdout.once('data', started));
    const codes: (number | null)[] = [];
    try {
      for (let run = 0; run < rounds(12, 5) || (!codes.includes(3) && run < 12); run++) {
        const { status, stderr } = backUp(source);
        codes.push(status);
        expect([0, 3]).toContain(status);
        expect(stderr !== '').toBe(status === 3);
        for (const line of stderr.split('\n').slice(0, -1)) expect(line).toMatch(/^warning: \S*[\\/]f\d+\S* /);
        expect(cairnOk(['cat', `latest:${join(source, 'still.txt')}`, '-r', repository])).toBe('still');
      }
    } finally {
      child.kill('SIGKILL');
    }
    expect(codes).toContain(3);
    restic(repository, ['check', '--read-data']);
    for (const name of readdirSync(source)) if (/^f\d/.test(name)) rmSync(join(source, name), { recursive: true });
    writeTree(source, { f0: 'calm' });
    expectRoundTrip();
  });
});

describe('odd names', () => {
  test('line feeds, control characters, bytes that are not UTF-8, 255 bytes', () => {
    for (const name of [
      'a\nb',
      '\x1b[2J',
      'ünï',
      '😀',
      '-r',
      '--help',
      ' ',
      '...',
      '*',
      'x'.repeat(255),
      '\u202egpj',
    ]) {
      writeTree(source, { [name]: name, [`folder/${name}/${name}`]: name });
    }
    for (const bytes of isWindows ? [] : ['\xff', 'a\xe2\x82', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xc0\xaf']) {
      writeFileSync(toFsPath(join(source, decodeRaw(Buffer.from(bytes, 'latin1')))), bytes);
    }
    expectRoundTrip();
    const lines = cairnOk(['ls', 'latest', '-r', repository]).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('/'))).toEqual([]);
  });

  test('sources whose names look like options', () => {
    writeTree(source, { '-v': 'v', '--dry-run': 'd' });
    const run = cairn(['backup', '-r', repository, '--', '-v', '--dry-run'], { cwd: source });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(cairnOk(['cat', 'latest:/--dry-run', '-r', repository])).toBe('d');
  });

  test('paths far beyond 4,096 bytes, 1,000 levels deep', () => {
    const makeDeep =
      'import os,sys\nos.chdir(sys.argv[1])\nfor n in range(1000):\n d="level%04d"%n\n os.mkdir(d); os.chdir(d)\n open("file","w").write(str(n))';
    execFileSync('python3', ['-c', makeDeep, source]);
    const first = cairnBackup(repository, [source]);
    expect(first).toMatchObject({ files_new: 1000 });
    restic(repository, ['check', '--read-data']);
    expect(restic(repository, ['ls', 'latest']).match(/\/file$/gm)).toHaveLength(1000);
    const again = cairnBackup(repository, [source]);
    expect(again).toMatchObject({ files_new: 0, files_changed: 0, files_unmodified: 1000, data_blobs: 0 });
    const deepest = Array.from({ length: 1000 }, (_, n) => `level${String(n).padStart(4, '0')}`).join('/');
    expect(cairnOk(['cat', `latest:${source}/${deepest}/file`, '-r', repository])).toBe('999');
  });

  test('10,000 entries in a folder', () => {
    for (let n = 0; n < 10_000; n++) writeFileSync(join(source, `entry ${n}`), n % 10 === 0 ? '' : String(n));
    expect(expectRoundTrip()).toMatchObject({ files_new: 10_000, data_blobs: 9000 });
    writeFileSync(join(source, 'entry 5000'), 'changed');
    expect(cairnBackup(repository, [source])).toMatchObject({
      files_changed: 1,
      files_unmodified: 9999,
      data_blobs: 1,
    });
  });
});

describe('odd sources', () => {
  test('an empty folder', () => {
    expect(expectRoundTrip()).toMatchObject({ files_new: 0, data_blobs: 0 });
  });

  test('a single file, a link, a dangling link, and one source twice', () => {
    writeTree(source, { file: 'f', link: { link: 'file' }, dangling: { link: 'nowhere' }, other: 'o' });
    const chosen = ['file', 'link', 'dangling', 'file'].map((name) => join(source, name));
    expect(cairnBackup(repository, chosen)).toMatchObject({ files_new: 1, data_blobs: 1 });
    restic(repository, ['check', '--read-data']);
    rmSync(join(source, 'other'));
    const target = join(root, 'restored');
    restic(repository, ['restore', 'latest', '--target', target]);
    const options = { folderTimes: false };
    expect(describeTree(join(target, inTree(source)), options)).toEqual(describeTree(source, options));
    removeTree(target);
    expect(cairnBackup(repository, chosen)).toMatchObject({ files_new: 0, files_unmodified: 1 });
  });

  test('a link to a folder is stored as a link, and what a link goes through is followed', () => {
    writeTree(source, { 'folder/file': 'f', link: { link: 'folder' } });
    cairnBackup(repository, [join(source, 'link')]);
    expect(restic(repository, ['ls', '-l', 'latest'])).toMatch(/^L.*link -> folder$/m);
    cairnBackup(repository, [join(source, 'link/file')]);
    expect(cairnOk(['cat', `latest:${join(source, 'link/file')}`, '-r', repository])).toBe('f');
    restic(repository, ['check', '--read-data']);
  });

  test('the file system from its root, of which nearly all is left out', () => {
    const top = parse(source).root;
    const run = cairn(['backup', '-r', repository, top, '--exclude', `${top}*`]);
    expect(run.status).toBe(0);
    restic(repository, ['check', '--read-data']);
  });

  test('owners without names', () => {
    writeTree(source, { a: 'a', b: 'b', 'c/d': 'd' });
    if (isRoot) {
      chownSync(join(source, 'a'), 4_000_000_000, 4_000_000_001);
      chownSync(join(source, 'c'), 54321, 12345);
    }
    expectRoundTrip();
    // A system on which nobody has a name, this process included.
    const hide = 'for file in passwd group nsswitch.conf; do mount --bind /dev/null "/etc/$file"; done; exec "$@"';
    const backup = [process.execPath, commandLine, 'backup', '-q', '-r', repository, source];
    const env = { ...process.env, ...dataHome(diskFolder()).env, RESTIC_PASSWORD: TEST_PASSWORD };
    const run = ['--map-root-user', '--mount', 'sh', '-ec', hide, 'sh', ...backup];
    expect(execFileSync('unshare', run, { env, encoding: 'utf8' })).toBe('');
    restic(repository, ['check', '--read-data']);
    expect(restic(repository, ['snapshots', '--json', '--latest', '1'])).not.toContain('"username"');
  });

  test('a file that claims a petabyte does not exhaust the memory', async () => {
    // Only file systems in memory have such files.
    const folder = mkdtempSync('/dev/shm/cairn-test-');
    try {
      execFileSync('truncate', ['-s', '1P', join(folder, 'sparse')]);
      const opened = await openLocalRepository(repository);
      const cancelled = backUpInProcess(opened, [folder], { signal: AbortSignal.timeout(1500) });
      await expect(cancelled).rejects.toMatchObject({ code: 'aborted' });
      restic(repository, ['check', '--read-data']);
    } finally {
      removeTree(folder);
    }
  });

  test('times of all ages', () => {
    // Node's own calls take a negative time for the present one.
    const touch =
      'import os,sys\nfor p in sys.argv[2:]: os.utime(p, ns=(int(sys.argv[1]),) * 2, follow_symlinks=False)';
    const times = {
      'year 1': -62_135_596_800n,
      1900: -2_208_988_801n,
      1969: -1n,
      2038: 2n ** 31n,
      2260: 9_151_488_000n,
    };
    for (const [name, seconds] of Object.entries(times)) {
      const names = [name, `link ${name}`].map((each) => join(source, each));
      writeTree(source, { [name]: name, [`link ${name}`]: { link: name } });
      execFileSync('python3', ['-c', touch, String(seconds * 1_000_000_000n + 250_000_001n), ...names]);
    }
    expectRoundTrip();
    expect(cairnBackup(repository, [source])).toMatchObject({ files_new: 0, files_changed: 0 });
    // What restic itself restores wrongly, since it counts nanoseconds in 64 bits, is stored well all the same.
    writeTree(source, { late: 'late' });
    execFileSync('python3', ['-c', touch, '15000000000000000000', join(source, 'late')]);
    cairnBackup(repository, [source]);
    expect(restic(repository, ['ls', '--json', 'latest'])).toContain('"mtime":"2445-05-01T');
  });

  test('a target inside the source is left out, through links too', () => {
    const inside = join(source, 'backups');
    symlinkSync(source, join(root, `to-source-${count}`));
    writeTree(source, { a: 'a' });
    cairnOk(['init', '-r', join(inside, 'repository')]);
    const throughLink = join(makesLinks ? join(root, `to-source-${count}`) : source, 'backups/repository');
    for (const place of [join(inside, 'repository'), throughLink, `${inside}/./x/../repository/`]) {
      const run = cairn(['backup', '-r', place, source]);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      const listed = cairnOk(['ls', 'latest', '-r', place]);
      expect(listed).toContain(inTree(join(source, 'a')));
      expect(listed).not.toContain('repository/');
    }
    const run = cairn(['backup', '-r', join(inside, 'repository'), join(throughLink, 'data')]);
    expectFailure(run, 1, /lies in the repository/);
  });
});

test('a parent snapshot with times that no calendar has does not fail the backup', async () => {
  writeTree(source, { a: 'a', 'folder/b': 'b' });
  const opened = await openLocalRepository(repository);
  await backUpInProcess(opened, ['.'], { workingFolder: source, hostname: hostname() });
  const [stored] = await listSnapshots(opened);
  const { reader } = await unlockedSession(opened);
  const { nodes } = await reader.loadTree(stored!.snapshot.tree);
  const hostile = nodes.map((node) => ({ ...node, mtime: '2024-02-31T00:00:00Z', ctime: '2023-11-31T00:00:00Z' }));
  const tree = await storeTree(opened, treeToJson(hostile));
  const snapshotId = await saveSnapshot(opened, {
    ...stored!.snapshot,
    time: formatTime(BigInt(Date.now()) * 1_000_000n),
    tree,
  });
  const run = cairn(['backup', '--json', '-r', repository, '.'], { cwd: source });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(run.stdout.trim().split('\n').at(-1)!)).toMatchObject({ parent: snapshotId, data_blobs: 0 });
  expect(cairnOk(['cat', 'latest:/a', '-r', repository])).toBe('a');
});

/** Stores a tree in a pack of its own, with its index. */
async function storeTree(opened: Repository, json: Buffer): Promise<BlobId> {
  const { index } = await unlockedSession(opened);
  const saver = new PackSaver(opened, index);
  const { sealer, zstd } = opened;
  const builder = new PackBuilder({ sealer, zstd, takeBuffer: (length) => Buffer.alloc(length) });
  index.reserve('tree', blobId(json));
  builder.add('tree', blobId(json), json);
  void saver.submit(builder.finish());
  await saver.flush();
  return blobId(json);
}
