/** Backups to places that refuse, fill up or go away: one line, nothing lost, and the next run goes on. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cairn,
  cairnBackup,
  commandLine,
  ended,
  shareProgram,
  startCairn,
  type CairnOptions,
  type CairnRun,
} from '../helpers/cairn.ts';
import { sampleOf } from '../helpers/effort.ts';
import { expectFailure } from '../helpers/failure.ts';
import { dataHome } from '../helpers/dataHome.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
shareProgram();
const source = join(root, 'source');
const original = join(root, 'original');

beforeAll(async () => {
  const large = Array.from({ length: 6 }, (_, n) => [`large/${n}.bin`, randomBytes(`large ${n}`, 8_000_000)] as const);
  writeTree(source, { 'a.txt': 'a', ...Object.fromEntries(large) });
  writeTree(join(root, 'small'), { 'a.txt': 'a' });
  await createLocalRepository(original);
});

/**
 * Runs shell commands in a mount namespace of their own, in which "$repo" is a copy of the repository and
 * `run NAME COMMAND…` keeps what a command says. Needs root, or a system that lets everyone make user namespaces.
 */
async function runMounted(name: string, script: string): Promise<Record<string, CairnRun>> {
  const repo = join(root, name);
  cpSync(original, repo, { recursive: true });
  const run = `set -e
    run() { name=$1; shift; code=0; "$@" >out 2>err || code=$?
      "$node" -e 'const fs = require("fs"); const [, name, code] = process.argv;
        const read = (file) => fs.readFileSync(file, "utf8");
        console.log(JSON.stringify([name, { status: +code, stdout: read("out"), stderr: read("err") }]))' "$name" $code; }
    cairn() { "$node" "$cli" "$@"; }
    ${script}`;
  const env = {
    ...process.env,
    ...dataHome(root).env,
    RESTIC_PASSWORD: TEST_PASSWORD,
    repo,
    source,
    small: join(root, 'small'),
    node: process.execPath,
    cli: commandLine,
  };
  const args = ['--map-root-user', '--mount', 'sh', '-c', run];
  const { stdout } = await promisify(execFile)('unshare', args, { env, cwd: root });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, CairnRun]);
  return Object.fromEntries(lines);
}

test('a disk that is mounted for reading only', async () => {
  const runs = await runMounted(
    'read-only',
    `mount --bind "$repo" "$repo"; mount -o remount,bind,ro "$repo"
    run backup cairn backup -r "$repo" "$source"
    run snapshots cairn snapshots -r "$repo"`,
  );
  expectFailure(runs['backup']!, 1, /read-only\/?.* could not be stored: its file system is read-only/);
  expect(runs['snapshots']).toMatchObject({ status: 0, stderr: '' });
});

test('a disk that is full at some moment, whichever', { timeout: 300_000 }, async () => {
  const sizes = sampleOf(['2m', '3m', '9m', '13m', '20m', '26m', '40m'], 3);
  const runs = await runMounted(
    'full',
    `cp -r "$repo" "$repo.copy"
    for size in ${sizes.join(' ')}; do
      mount -t tmpfs -o size=$size tmpfs "$repo"; cp -r "$repo.copy/." "$repo"
      run "small $size" cairn backup -q -r "$repo" "$small"
      run "large $size" cairn backup -r "$repo" "$source"
      run "left $size" find "$repo" -name '*-tmp-*' -o -path '*/locks/*'
      run "again $size" cairn backup -r "$repo" "$source"
      mount -o remount,size=100m "$repo"
      run "check $size" restic --no-cache -r "$repo" check --read-data
      run "next $size" cairn backup -q -r "$repo" "$source"
      run "end $size" restic --no-cache -r "$repo" check --read-data
      umount "$repo"
    done`,
  );
  for (const size of sizes) {
    expect(runs[`small ${size}`]).toEqual({ status: 0, stdout: '', stderr: '' });
    for (const attempt of ['large', 'again']) {
      expectFailure(
        runs[`${attempt} ${size}`]!,
        1,
        /^cairn: The disk of the repository .*full is full, so .* could not be stored/,
      );
    }
    expect(runs[`left ${size}`]).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(runs[`check ${size}`]).toMatchObject({ status: 0 });
    expect(runs[`next ${size}`]).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(runs[`end ${size}`]).toMatchObject({ status: 0 });
  }
});

test('a disk so full that there is no room for a lock', async () => {
  const runs = await runMounted(
    'brim',
    `cp -r "$repo" "$repo.copy"; mount -t tmpfs -o size=2m tmpfs "$repo"; cp -r "$repo.copy/." "$repo"
    dd if=/dev/zero of="$repo/ballast" bs=4k 2>/dev/null || true
    run backup cairn backup -r "$repo" "$source"
    run left find "$repo/locks" "$repo/data" -type f
    run prune cairn prune -r "$repo"
    run snapshots cairn snapshots -r "$repo"
    run ls cairn ls -r "$repo" latest
    run unlocked cairn ls -r "$repo" latest --no-lock
    run kit cairn recovery-kit -r "$repo" --output "$repo/kit.md"
    run kits find "$repo" -name kit.md`,
  );
  expectFailure(
    runs['prune']!,
    1,
    /is full, so locks\/.* by other means; after that, forget and prune can free more\.$/m,
  );
  expectFailure(runs['ls']!, 1, /is full, so locks\/.* give --no-lock\./);
  expectFailure(runs['unlocked']!, 1, /There is no snapshot/);
  expectFailure(runs['kit']!, 1, /^cairn: The recovery kit could not be written to .*kit\.md \(ENOSPC\)\. /);
  expect(runs['kits']).toMatchObject({ stdout: '' });
  expectFailure(runs['backup']!, 1, /disk of the repository .*brim is full, so locks\//);
  expect(runs['left']).toMatchObject({ stdout: '' });
  expect(runs['snapshots']).toMatchObject({ status: 0, stderr: '' });
});

test('what killed writers left makes room for the lock of a prune', async () => {
  const runs = await runMounted(
    'litter',
    `cp -r "$repo" "$repo.copy"; mount -t tmpfs -o size=2m tmpfs "$repo"; cp -r "$repo.copy/." "$repo"
    cairn backup -q -r "$repo" "$small"
    half="$repo/data/ab/${'ab'.repeat(32)}-tmp-1234"; pack="$repo/data/cd/${'cd'.repeat(32)}"
    head -c 50000 /dev/zero >"$half"; head -c 60000 /dev/zero >"$pack"; touch -d '3 days ago' "$pack"
    dd if=/dev/zero of="$repo/ballast" bs=4k 2>/dev/null || true
    run prune cairn prune -r "$repo"
    run left find "$repo/data" "$repo/locks" -type f -size +8k
    run check restic --no-cache -r "$repo" check --read-data --no-lock
    run again cairn prune -q -r "$repo"`,
  );
  expect(runs['prune']).toMatchObject({ status: 0 });
  expect(runs['prune']!.stderr).toMatch(
    /removed 2 files that nobody needs \(107\.\d+ KiB\): the disk had no room for the lock/,
  );
  expect(runs['left']).toMatchObject({ stdout: '' });
  expect(runs['check']).toMatchObject({ status: 0 });
  expect(runs['again']).toEqual({ status: 0, stdout: '', stderr: '' });
});

describe('a folder that belongs to somebody else', () => {
  const isRoot = process.getuid?.() === 0;
  const another: CairnOptions = isRoot ? { uid: 65534, env: { HOME: '/' } } : {};

  test('is refused with the name of what is closed', () => {
    const repository = join(root, 'foreign');
    cpSync(original, repository, { recursive: true });
    chmodSync(root, 0o755);
    const inside = readdirSync(repository, { recursive: true, encoding: 'utf8' });
    for (const name of ['', ...inside]) chmodSync(join(repository, name), 0o555);
    const backup = ['backup', '-r', repository, join(root, 'small')];
    const unwritable = /locks\/[0-9a-f]{64} of the repository .*foreign could not be stored: permission denied/;
    expectFailure(cairn(backup, another), 1, unwritable);
    chmodSync(join(repository, 'config'), 0);
    expectFailure(cairn(backup, another), 1, /config of the repository .*foreign could not be read: permission denied/);
  });
});

test('a target that is removed in the middle of a backup', async () => {
  const repository = join(root, 'moved');
  cpSync(original, repository, { recursive: true });
  const run = startCairn(['backup', '-r', repository, source]);
  const end = ended(run);
  await firstPack(repository);
  renameSync(repository, join(root, 'elsewhere'));
  expectFailure(await end, 1, /repository folder .*moved is not there/);
  expect(existsSync(repository)).toBe(false);
  renameSync(join(root, 'elsewhere'), repository);
  expect(readdirSync(join(repository, 'snapshots'))).toEqual([]);
  // The lock could not be given back; the next run sees that its holder is dead.
  cairnBackup(repository, [source]);
  expect(readdirSync(join(repository, 'locks'))).toEqual([]);
  restic(repository, ['check', '--read-data']);
});

/** Resolves when a pack is being written. */
async function firstPack(repository: string): Promise<void> {
  const names = () => readdirSync(join(repository, 'data'), { recursive: true }).length;
  const before = names();
  while (names() === before) await sleep(5);
}
