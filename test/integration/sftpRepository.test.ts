/** The command line and restic on repositories of a real server that is reached by SFTP. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/backend/openBackend.ts';
import { ended, startCairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, startRestic, TEST_PASSWORD } from '../helpers/restic.ts';
import { expectSameTree } from '../helpers/sameTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { Sshd, type SshHost } from '../servers/sshd.ts';
import { createWorld, type JsonLine } from './cli/world.ts';

const world = createWorld();
const env = { RESTIC_PASSWORD: TEST_PASSWORD };
const source = join(world.root, 'source');
let server: Sshd;
beforeAll(async () => {
  server = await Sshd.start();
  const files = Array.from({ length: 300 }, (_, i): [string, string] => [`many/${i % 7}/${i}`, `file ${i}`]);
  writeTree(source, { ...Object.fromEntries(files), big: randomBytes('sftp', 20_000_000), empty: '', folder: null });
});

const place = (name: string, host: SshHost = 'trusted') => [
  ...['-r', `sftp:${host}:${name}`],
  ...['-o', `sftp.args=-F '${server.config}'`],
];
const cairn = (name: string, ...args: string[]) => world.run([...args, ...place(name)], { env });

function cairnJson(name: string, ...args: string[]): JsonLine[] {
  return world.json([...args, ...place(name)], { env });
}

/** restic over the same server. */
function remoteRestic(name: string, ...args: string[]): string {
  const ssh = `sftp.command=ssh -F '${server.config}' trusted -s sftp`;
  return restic(`sftp:trusted:${name}`, ['-o', ssh, ...args]);
}

function restoredBy(run: (target: string) => unknown): string {
  const target = tempFolder();
  run(target);
  return join(target, source);
}

describe('a repository of Cairn', () => {
  const folder = () => join(server.data, 'ours');
  beforeAll(() => {
    expect(cairn('ours', 'init').status).toBe(0);
    expect(cairnJson('ours', 'backup', source).at(-1)).toMatchObject({ files_new: 302 });
  });

  test('gives back what it took', () => {
    expectSameTree(
      restoredBy((target) => cairnJson('ours', 'restore', 'latest', '--target', target)),
      source,
    );
    expect(cairn('ours', 'verify', '--read-data')).toMatchObject({ status: 0 });
  });

  test('is one for restic, in its folder and over the same server', () => {
    expect(restic(folder(), ['check', '--read-data'])).toContain('no errors were found');
    expect(remoteRestic('ours', 'check', '--read-data')).toContain('no errors were found');
    expectSameTree(
      restoredBy((target) => remoteRestic('ours', 'restore', 'latest', '--target', target)),
      source,
    );
  });

  test('forgets and gives back space', () => {
    const before = readdirSync(join(folder(), 'data'), { recursive: true }).length;
    const extra = join(world.root, 'extra');
    mkdirSync(extra);
    writeFileSync(join(extra, 'file'), randomBytes('extra', 5_000_000));
    cairnJson('ours', 'backup', extra);
    expect(readdirSync(join(folder(), 'data'), { recursive: true }).length).toBeGreaterThan(before);
    expect(cairn('ours', 'forget', 'latest').status).toBe(0);
    expect(cairn('ours', 'prune', '--grace', '0', '--max-unused', '0').status).toBe(0);
    expect(cairn('ours', 'verify', '--read-data')).toMatchObject({ status: 0 });
    expect(restic(folder(), ['check', '--read-data'])).toContain('no errors were found');
    expect(readdirSync(join(folder(), 'locks'))).toEqual([]);
  });

  test('Ctrl-C during a backup, which all programs of the terminal get, leaves no lock', async () => {
    const large = join(world.root, 'large');
    mkdirSync(large);
    const bytes = randomBytes('large', 1_000_000);
    for (let i = 0; i < 100; i++) {
      // Not two of them alike.
      for (let at = 0; at < bytes.length; at += 100_000) bytes.writeUInt32LE(i, at);
      writeFileSync(join(large, String(i)), bytes);
    }
    const packs = () => readdirSync(join(folder(), 'data'), { recursive: true }).length;
    const before = packs();
    const options = { env: { ...world.env, ...env }, cwd: world.root, isGroup: true };
    const child = startCairn(['backup', large, '--json', ...place('ours')], options);
    const watch = setInterval(() => {
      if (packs() === before) return;
      clearInterval(watch);
      process.kill(-child.pid!, 'SIGINT');
    }, 5);
    const run = await ended(child);
    clearInterval(watch);
    expect(run.status).toBe(130);
    expect(readdirSync(join(folder(), 'locks'))).toEqual([]);
    expect(restic(folder(), ['check', '--read-data'])).toContain('no errors were found');
    rmSync(large, { recursive: true });
  });
});

describe('a repository of restic', () => {
  beforeAll(() => {
    remoteRestic('theirs', 'init');
    remoteRestic('theirs', 'backup', source);
  });

  test('gives back what restic took, and what Cairn adds', () => {
    expectSameTree(
      restoredBy((target) => cairnJson('theirs', 'restore', 'latest', '--target', target)),
      source,
    );
    expect(cairnJson('theirs', 'backup', source).at(-1)).toMatchObject({ files_new: 0, files_unmodified: 302 });
    expect(cairn('theirs', 'verify', '--read-data')).toMatchObject({ status: 0 });
    expect(remoteRestic('theirs', 'check', '--read-data')).toContain('no errors were found');
  });
});

test('what restic leaves when it is cut off is found as such', async () => {
  remoteRestic('cut', 'init');
  const data = join(server.data, 'cut/data');
  const large = join(world.root, 'for-restic');
  mkdirSync(large);
  writeFileSync(join(large, 'file'), randomBytes('for restic', 30_000_000));
  const ssh = `sftp.command=ssh -F '${server.config}' trusted -s sftp`;
  const failing = expect(
    startRestic('sftp:trusted:cut', ['-o', ssh, '--limit-upload', '2000', 'backup', large]),
  ).rejects.toThrow();
  const parts = () => readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('temp'));
  await expect.poll(parts, { timeout: 120_000, interval: 5 }).not.toEqual([]);
  server.cut();
  await failing;
  const backend = openBackend(server.storage('cut'));
  const found = await backend.leftovers();
  expect(found.map(({ path }) => path).sort()).toEqual(
    parts()
      .map((path) => `data/${path}`)
      .sort(),
  );
  for (const leftover of found) await backend.removeLeftover(leftover);
  await backend.close();
  expect(parts()).toEqual([]);
});

test('a server that is not trusted gets nothing, and is named with what to do', () => {
  const { status, stderr } = world.run(['init', ...place('nothing', 'unknown')], { env });
  expect(status).toBe(1);
  expect(stderr).toContain('Run "ssh unknown" once');
  expect(existsSync(join(server.data, 'nothing'))).toBe(false);
});
