import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

const child = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(import.meta.dirname, 'localChild.ts')] as const;

checkBackend('LocalBackend', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-local-'));
  return {
    backend: new LocalBackend(join(folder, 'not', 'there', 'yet')),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

describe('LocalBackend on a disk', () => {
  let base: string;
  let root: string;
  let backend: LocalBackend;
  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'cairn-local-'));
    root = join(base, 'repository');
    backend = new LocalBackend(root);
    await backend.create();
    await backend.save({ type: 'config', name: '' }, [Buffer.from('config')]);
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const content = Buffer.from('content');
  const pack = { type: 'pack', name: nameOf(content) } as const;
  const packPath = () => join(root, 'data', pack.name.slice(0, 2), pack.name);
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  describe('the layout and permissions of restic', () => {
    test('all folders are there, for their owner only', () => {
      expect(readdirSync(root).sort()).toEqual(['config', 'data', 'index', 'keys', 'locks', 'snapshots']);
      expect(readdirSync(join(root, 'data')).sort()).toEqual(
        Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0')),
      );
      for (const folder of ['', 'data', 'data/00', 'data/ff', 'index', 'keys', 'locks', 'snapshots']) {
        expect(modeOf(join(root, folder))).toBe('700');
      }
    });

    test.each([
      ['key', 'keys'],
      ['lock', 'locks'],
      ['snapshot', 'snapshots'],
      ['index', 'index'],
      ['pack', `data/${pack.name.slice(0, 2)}`],
    ] as const)('a %s rests in %s and cannot be written', async (type, folder) => {
      await backend.save({ type, name: pack.name }, [content]);
      expect(modeOf(join(root, folder, pack.name))).toBe('400');
      expect(readdirSync(join(root, folder))).toEqual([pack.name]);
    });

    test('a repository shared with a group stays so', async () => {
      chmodSync(join(root, 'config'), 0o440);
      rmSync(join(root, 'data', pack.name.slice(0, 2)), { recursive: true });
      const umask = process.umask(0o002);
      try {
        await backend.save(pack, [content]);
      } finally {
        process.umask(umask);
      }
      expect(modeOf(packPath())).toBe('440');
      expect(modeOf(join(packPath(), '..'))).toBe('770');
    });

    test('a missing folder is made anew by save and lists as empty', async () => {
      rmSync(join(root, 'data'), { recursive: true });
      rmSync(join(root, 'locks'), { recursive: true });
      expect(await backend.list('pack')).toEqual([]);
      expect(await backend.list('lock')).toEqual([]);
      await backend.save(pack, [content]);
      expect(await backend.list('pack')).toMatchObject([{ name: pack.name, size: 7 }]);
    });

    test('a folder whose name is not UTF-8', async () => {
      const odd = decodeRaw(Buffer.concat([Buffer.from(`${base}/caf`), Buffer.from([0xe9])]));
      const other = new LocalBackend(odd);
      await other.create();
      await other.save(pack, [content]);
      expect(await other.load(pack)).toEqual(content);
      expect(await other.list('pack')).toHaveLength(1);
      expect(statSync(toFsPath(odd)).isDirectory()).toBe(true);
      expect(other.location).toBe(`${base}/caf\ufffd`);
    });
  });

  describe('what does not belong there', () => {
    test('is found if writers left it, or a full disk, and can be removed', async () => {
      await backend.save(pack, [content]);
      const left = [
        `data/${pack.name.slice(0, 2)}/${pack.name}-tmp-0123456789abcdef`,
        'config-tmp-0a',
        `locks/${pack.name}`,
      ];
      for (const path of left) writeFileSync(join(root, path), path.startsWith('locks') ? '' : 'part');
      for (const other of [`${pack.name}-tmp-`, `${pack.name}-tmp-x`, 'a-tmp-0', 'notes']) {
        writeFileSync(join(root, 'index', other), 'part');
      }
      const found = await backend.leftovers();
      expect(found.map(({ type, path, size }) => [type, path, size]).sort()).toEqual([
        ['config', 'config-tmp-0a', 4],
        ['lock', `locks/${pack.name}`, 0],
        ['pack', left[0], 4],
      ]);
      expect(found.every(({ modified }) => Math.abs(Date.now() - modified) < 60_000)).toBe(true);
      for (const leftover of [...found, found[0]!]) await backend.removeLeftover(leftover);
      expect(await backend.leftovers()).toEqual([]);
      expect(readdirSync(join(root, 'index'))).toHaveLength(4);
      expect(await backend.load(pack)).toEqual(content);
    });

    test('is not listed', async () => {
      await backend.save(pack, [content]);
      const folder = join(packPath(), '..');
      writeFileSync(join(folder, `${pack.name}-tmp-0123`), 'left behind');
      // Another one than the pack's own, which would be the same file where the case of letters does not count.
      writeFileSync(join(folder, pack.name.slice(0, 2).padEnd(64, 'AB')), '');
      writeFileSync(join(folder, 'ab'), '');
      writeFileSync(join(root, 'data', 'stray'), '');
      writeFileSync(join(root, 'data', pack.name), '');
      const wrongPrefix = `${pack.name.startsWith('0') ? '1' : '0'}${pack.name.slice(1)}`;
      writeFileSync(join(folder, wrongPrefix), '');
      mkdirSync(join(root, 'snapshots', pack.name));
      symlinkSync('nowhere', join(root, 'locks', pack.name));
      expect(await backend.list('pack')).toMatchObject([{ name: pack.name, size: 7 }]);
      expect(await backend.list('snapshot')).toEqual([]);
      expect(await backend.list('lock')).toEqual([]);
    });

    test('a folder in the place of a file is damage', async () => {
      mkdirSync(packPath());
      await expect(backend.load(pack)).rejects.toMatchObject({ code: 'repository-damaged' });
      await expect(backend.stat(pack)).rejects.toMatchObject({ code: 'repository-damaged' });
    });

    test('a named pipe in the place of a file does not hang the reader', async () => {
      await promisify(execFile)('mkfifo', [packPath()]);
      await expect(backend.load(pack)).rejects.toMatchObject({ code: 'repository-damaged' });
      expect(await backend.list('pack')).toEqual([]);
    });
  });

  describe('a repository that went away', () => {
    test('its folder is missing: every call says so, and save does not make it', async () => {
      await backend.save(pack, [content]);
      renameSync(root, join(base, 'elsewhere'));
      const message: unknown = expect.stringContaining(root);
      const gone: unknown = expect.objectContaining({ code: 'target-unavailable', message });
      await expect(backend.load(pack)).rejects.toEqual(gone);
      await expect(backend.stat(pack)).rejects.toEqual(gone);
      await expect(backend.remove(pack)).rejects.toEqual(gone);
      await expect(backend.list('pack')).rejects.toEqual(gone);
      await expect(backend.list('key')).rejects.toEqual(gone);
      await expect(backend.save(pack, [content])).rejects.toEqual(gone);
      expect(existsSync(root)).toBe(false);
    });

    test('an empty folder stands in its place, as a mount point does: nothing is written into it', async () => {
      renameSync(root, join(base, 'elsewhere'));
      mkdirSync(root);
      await expect(backend.save(pack, [content])).rejects.toMatchObject({ code: 'target-unavailable' });
      expect(readdirSync(root)).toEqual([]);
    });

    test('a file stands in its place', async () => {
      renameSync(root, join(base, 'elsewhere'));
      writeFileSync(root, '');
      await expect(backend.load(pack)).rejects.toMatchObject({ code: 'target-unavailable' });
      await expect(backend.list('index')).rejects.toMatchObject({ code: 'target-unavailable' });
      await expect(backend.save(pack, [content])).rejects.toMatchObject({ code: 'target-unavailable' });
    });
  });

  interface ChildReport {
    error?: { code: string; message: string };
    files: string[];
  }

  /** Runs localChild.ts in a mount namespace of its own, after shell commands that may use "$1", the repository. */
  async function runChild(task: string, prepare: string): Promise<ChildReport> {
    const script = `set -e; ${prepare}; exec "$2" "$3" "$4" "$5" "$1"`;
    const command = ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', root, process.execPath, ...child, task];
    return JSON.parse((await promisify(execFile)('unshare', command)).stdout) as ChildReport;
  }

  // Needs root, or a system that lets everyone make user namespaces.
  describe('file systems that refuse', () => {
    test('a full disk', async () => {
      const fill = 'cp -r "$1" "$1.copy"; mount -t tmpfs -o size=3m tmpfs "$1"; cp -r "$1.copy/." "$1"';
      const { error, files } = await runChild('save-big', fill);
      expect(error?.code).toBe('disk-full');
      expect(error?.message).toContain(root);
      expect(files).toEqual([]);
    });

    test('a disk mounted for reading only', async () => {
      const protect = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"';
      const { error, files } = await runChild('save-big', protect);
      expect(error?.code).toBe('read-only');
      expect(files).toEqual([]);
    });

    test('a folder in which only others may write', async () => {
      for (const path of readdirSync(base, { recursive: true, encoding: 'utf8' })) {
        if (process.getuid!() === 0) chownSync(join(base, path), 65534, 65534);
        if (path.startsWith('repository/data/')) chmodSync(join(base, path), 0o500);
      }
      chmodSync(base, 0o755);
      const { stdout } = await promisify(execFile)(process.execPath, [...child, 'save-as-nobody', root]);
      const { error, files } = JSON.parse(stdout) as ChildReport;
      expect(error?.code).toBe('permission-denied');
      expect(error?.message).toMatch(/data\/[0-9a-f]{2}\/[0-9a-f]{64} of the repository/);
      expect(files).toEqual([]);
    });
  });

  test('a process killed while it saves leaves no incomplete file under its name', async () => {
    let complete = 0;
    for (let round = 0; round < 8; round++) {
      const saver = spawn(process.execPath, [...child, 'save-for-ever', root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(saver.stdout, 'data');
      await sleep(5 + 17 * round);
      saver.kill('SIGKILL');
      await once(saver, 'exit');
    }
    for (const { name } of await backend.list('pack')) {
      expect(nameOf(readFileSync(join(root, 'data', name.slice(0, 2), name)))).toBe(name);
      complete++;
    }
    expect(complete).toBeGreaterThan(0);
  });
});
