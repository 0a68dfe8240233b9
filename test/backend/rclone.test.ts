import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../src/backend/backend.ts';
import type { CairnError } from '../../src/base/errors.ts';
import { plainAccess, storageAt } from '../../src/base/storageAccess.ts';
import { openBare } from '../helpers/openBare.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { rcloneEnvironment } from '../servers/rcloneServer.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

const environment = { PATH: process.env['PATH'], ...rcloneEnvironment };

const open = (remote: string, options: Record<string, string> = {}, more: Record<string, string> = {}): Backend =>
  openBare(storageAt(`rclone:${remote}`, { ...plainAccess, environment: { ...environment, ...more }, options }));

checkBackend('rclone', async () => {
  const backend = open(`:local:${join(tempFolder(), 'repository')}`);
  return { backend, dispose: async () => {} };
});

/** The error of a call, in which there is no password. */
async function failure(call: Promise<unknown>): Promise<CairnError> {
  const error: unknown = await call.then(
    () => expect.unreachable('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 5 })).not.toContain('s3cret');
  return error as CairnError;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and was not waited for is there, too, as a zombie.
    return !existsSync('/proc/self') || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await sleep(20);
}

describe('rclone as a child', () => {
  let folder: string;
  let remote: string;
  /** Notes the numbers and the arguments of what it starts. */
  let program: string;
  const pids = (): number[] => {
    const path = join(folder, 'pids');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [];
  };
  let backends: Backend[] = [];
  const start = (...args: Parameters<typeof open>): Backend => {
    const backend = open(...args);
    backends.push(backend);
    return backend;
  };
  beforeEach(() => {
    folder = tempFolder();
    remote = `:local:${join(folder, 'the repository')}`;
    program = `sh -c 'echo $$ >> "${folder}/pids"; echo "$@" >> "${folder}/args"; exec rclone "$@"' sh`;
  });
  afterEach(async () => {
    for (const backend of backends) await backend.close();
    backends = [];
    for (const pid of pids()) await untilGone(pid);
  });
  const config: FileHandle = { type: 'config', name: '' };

  test('is started once by the first call, as restic starts it', async () => {
    const backend = start(remote, { 'rclone.program': program });
    expect(pids()).toEqual([]);
    await backend.create();
    await Promise.all([backend.list('key'), backend.list('pack'), backend.list('lock')]);
    expect(pids()).toHaveLength(1);
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(`serve restic --stdio --b2-hard-delete ${remote}\n`);
    expect(backend.location).toBe(`rclone:${remote}`);
    expect(backend.properties).toMatchObject({ connections: 5, isFar: true });
  });

  test('is given other arguments by an option', async () => {
    const args = `serve restic --stdio --append-only --log-file "${join(folder, 'a log')}"`;
    const backend = start(remote, { 'rclone.program': program, 'rclone.args': args, 'rclone.connections': '2' });
    expect(backend.properties.connections).toBe(2);
    await backend.create();
    const handle: FileHandle = { type: 'pack', name: nameOf(Buffer.from('kept')) };
    await backend.save(handle, [Buffer.from('kept')]);
    await backend.save(handle, [Buffer.from('kept')]);
    const error = await failure(backend.remove(handle));
    expect(error).toMatchObject({ code: 'permission-denied', mayPass: false });
    expect(error.message).toContain('append-only');
    expect(existsSync(join(folder, 'a log'))).toBe(true);
  });

  test('ends with the backend', async () => {
    const backend = start(remote, { 'rclone.program': program });
    await backend.create();
    await backend.close();
    expect(pids().map(isRunning)).toEqual([false]);
    expect(await failure(backend.list('key'))).toMatchObject({ code: 'target-unavailable', mayPass: false });
    expect(pids()).toHaveLength(1);
  });

  test('that has died is started again', async () => {
    const backend = start(remote, { 'rclone.program': program });
    await backend.create();
    await backend.save(config, [Buffer.from('config')]);
    process.kill(pids()[0]!, 'SIGKILL');
    // A call that meets the death may be made again; the one after that works.
    const first = await backend.load(config).catch((error: unknown) => error);
    if (!Buffer.isBuffer(first)) expect(first).toMatchObject({ code: 'target-unavailable', mayPass: true });
    expect((await backend.load(config)).toString()).toBe('config');
    expect(pids()).toHaveLength(2);
  });

  test('that dies in the middle of a call fails it, and another try may help', async () => {
    const backend = start(remote, { 'rclone.program': program });
    await backend.create();
    process.kill(pids()[0]!, 'SIGSTOP');
    const calls = [backend.list('key'), backend.stat(config)].map(failure);
    process.kill(pids()[0]!, 'SIGKILL');
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'target-unavailable', mayPass: true });
      expect(error.message).toContain(backend.location);
    }
    expect(await backend.list('key')).toEqual([]);
  });

  test('that is not there says how to get it', async () => {
    const error = await failure(start(remote, { 'rclone.program': '/no/such/rclone' }).create());
    expect(error).toMatchObject({ code: 'usage', mayPass: false });
    expect(error.message).toContain('"/no/such/rclone" was not found');
    expect(error.message).toContain('Install rclone');
  });

  test('that knows no such remote says so', async () => {
    const error = await failure(start('nowhere:path').stat(config));
    expect(error).toMatchObject({ code: 'target-unavailable', mayPass: false });
    expect(error.message).toContain("didn't find section in config file");
    expect(error.message).toContain('rclone:nowhere:path');
  });

  test('that says a secret is not quoted with it', async () => {
    const liar = `sh -c 'echo "no entry with $RCLONE_CONFIG_MINE_PASS" >&2; exit 7' sh`;
    const secret = { RCLONE_CONFIG_MINE_PASS: 's3cret pass' };
    const error = await failure(start('mine:path', { 'rclone.program': liar }, secret).stat(config));
    expect(error.message).toContain('with code 7. It said: no entry with ***');
  });

  test('that does not answer is given up', async () => {
    const options = { 'rclone.program': `sh -c 'echo $$ >> "${folder}/pids"; exec sleep 1000' sh` };
    const error = await failure(start(remote, { ...options, 'rclone.timeout': '100ms' }).stat(config));
    expect(error).toMatchObject({ code: 'target-unavailable', mayPass: true });
    expect(error.message).toContain('-o rclone.timeout');
  });

  test('that speaks another protocol', async () => {
    const error = await failure(start(remote, { 'rclone.program': 'echo', 'rclone.args': 'hello' }).stat(config));
    expect(error).toMatchObject({ code: 'target-unavailable' });
  });

  test.each([
    ['rclone.connections', '0'],
    ['rclone.timeout', 'soon'],
    ['rclone.args', '"'],
    ['rclone.program', ''],
  ])('is not started with %s=%s', (name, value) => {
    expect(() => open(remote, { [name]: value })).toThrow(name);
  });

  test('a call that waits for its start can be cancelled', async () => {
    const options = { 'rclone.program': `sh -c 'echo $$ >> "${folder}/pids"; exec sleep 1000' sh` };
    const backend = start(remote, { ...options, 'rclone.timeout': '2s' });
    const controller = new AbortController();
    const call = failure(backend.list('key', { signal: controller.signal }));
    while (pids().length === 0) await sleep(10);
    controller.abort();
    expect(await call).toMatchObject({ code: 'aborted' });
  });

  test.each(['is started', 'has not answered yet'])('that %s ends with the backend', async (when) => {
    const options = { 'rclone.program': `sh -c 'echo $$ >> "${folder}/pids"; exec sleep 1000' sh` };
    const backend = start(remote, { ...options, 'rclone.timeout': '1h' });
    const call = failure(backend.list('key'));
    if (when !== 'is started') while (pids().length === 0) await sleep(10);
    await backend.close();
    expect(await call).toMatchObject({ code: 'target-unavailable', mayPass: false });
    expect(pids().filter(isRunning)).toEqual([]);
  });

  test('an upload that is cancelled leaves nothing', async () => {
    const backend = start(remote, { 'rclone.program': program });
    await backend.create();
    const content = randomBytes(60_000_000);
    const handle: FileHandle = { type: 'pack', name: nameOf(content) };
    const controller = new AbortController();
    const place = join(folder, 'the repository/data', handle.name.slice(0, 2));
    mkdirSync(place, { recursive: true });
    const watcher = watch(place, () => controller.abort());
    const error = await failure(backend.save(handle, [content], { signal: controller.signal }));
    watcher.close();
    expect(error).toMatchObject({ code: 'aborted' });
    await expect.poll(() => backend.list('pack'), { timeout: 60_000 }).toEqual([]);
    await backend.save(handle, [content]);
    expect(await backend.list('pack')).toHaveLength(1);
  });

  describe('of a process', () => {
    const run = (task: string) => {
      const script = join(import.meta.dirname, 'rcloneChild.ts');
      const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script, `rclone:${remote}`, task, program];
      return spawn(process.execPath, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...environment },
      });
    };

    test('that was killed ends', async () => {
      const child = run('stay');
      await once(child.stdout, 'data');
      expect(pids().map(isRunning)).toEqual([true]);
      child.kill('SIGKILL');
      await untilGone(pids()[0]!);
    });

    test('that has nothing more to do does not keep it from its end', async () => {
      const child = run('go');
      expect(await once(child, 'exit')).toEqual([0, null]);
      await untilGone(pids()[0]!);
    });
  });
});
