import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../src/backend/backend.ts';
import { openBare } from '../helpers/openBare.ts';
import { Sshd, type SshHost } from '../servers/sshd.ts';
import { nameOf } from './names.ts';

const content = Buffer.from('content');
const pack: FileHandle = { type: 'pack', name: nameOf(content) };
const config: FileHandle = { type: 'config', name: '' };
const aborted: unknown = expect.objectContaining({ code: 'aborted' });
const lost: unknown = expect.objectContaining({
  code: 'target-unavailable',
  mayPass: true,
  details: expect.objectContaining({ reason: 'connection-lost' }) as unknown,
});

/** Big enough to take a while. */
const part = Buffer.alloc(1_000_000, 'part');
const bigParts = Array.from({ length: 64 }, () => part);
const big: FileHandle = { type: 'pack', name: nameOf(Buffer.concat(bigParts)) };

let server: Sshd;
let backend: Backend;
let repository: string;
beforeAll(async () => (server = await Sshd.start()));
beforeEach(async ({ task }) => {
  repository = join(server.data, task.id);
  backend = openBare(server.storage(task.id));
  await backend.create();
  await backend.save(config, [content]);
  await backend.save(pack, [content]);
});
afterEach(() => backend.close());

/** The programs that have this one as their parent. */
function children(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ssh');
}

function parentOf(pid: string | number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

/** Waits until a part of the big file is on the server. */
async function waitForPart(): Promise<void> {
  const folder = join(repository, 'data', big.name.slice(0, 2));
  await expect
    .poll(() => readdirSync(folder).filter((name) => name.startsWith(`${big.name}-tmp-`)), poll)
    .toHaveLength(1);
}

const poll = { timeout: 120_000, interval: 1 };

describe('a connection that is cut', () => {
  test('in all calls says that it may pass, and the next call makes a new one', async () => {
    server.freeze();
    const calls = [
      backend.load(pack),
      backend.stat(pack),
      backend.list('pack'),
      backend.leftovers(),
      backend.save({ type: 'index', name: pack.name }, [content]),
      backend.remove({ type: 'key', name: pack.name }),
    ].map((call) => expect(call).rejects.toEqual(lost));
    server.cut();
    await Promise.all(calls);
    expect(await backend.load(pack)).toEqual(content);
    expect(await backend.list('index')).toEqual([]);
    expect(children()).toHaveLength(1);
  });

  test('in the middle of a file leaves no part of it under its name', async () => {
    const saving = expect(backend.save(big, bigParts)).rejects.toEqual(lost);
    await waitForPart();
    server.cut();
    await saving;
    expect(await backend.list('pack')).toMatchObject([{ name: pack.name }]);
    const [leftover] = await backend.leftovers();
    expect(leftover?.path).toContain(`${big.name}-tmp-`);
    await backend.removeLeftover(leftover!);
    await backend.save(big, bigParts);
    expect(nameOf(await backend.load(big))).toBe(big.name);
    expect(await backend.leftovers()).toEqual([]);
  });

  test('while a file is read, too', async () => {
    await backend.save(big, bigParts);
    const loading = expect(backend.load(big)).rejects.toEqual(lost);
    server.freeze();
    server.cut();
    await loading;
    expect((await backend.load(big, { offset: 999_998, length: 4 })).toString()).toBe('rtpa');
  });
});

describe('a call that is cancelled', () => {
  test('ends at once, even if the server does not answer', async () => {
    server.freeze();
    const stop = new AbortController();
    const { signal } = stop;
    const calls = [
      backend.load(pack, { signal }),
      backend.stat(pack, { signal }),
      backend.list('pack', { signal }),
      backend.save({ type: 'index', name: pack.name }, [content], { signal }),
    ].map((call) => expect(call).rejects.toEqual(aborted));
    stop.abort();
    await Promise.all(calls);
    server.cut();
  });

  test('leaves nothing of a file that was being stored', async () => {
    const stop = new AbortController();
    const saving = expect(backend.save(big, bigParts, { signal: stop.signal })).rejects.toEqual(aborted);
    await waitForPart();
    stop.abort();
    await saving;
    await expect.poll(() => backend.leftovers(), poll).toEqual([]);
    expect(await backend.list('pack')).toMatchObject([{ name: pack.name }]);
  });

  test('cleans up before the connection is closed', async () => {
    const stop = new AbortController();
    const saving = expect(backend.save(big, bigParts, { signal: stop.signal })).rejects.toEqual(aborted);
    await waitForPart();
    stop.abort();
    await saving;
    await backend.close();
    expect(readdirSync(join(repository, 'data', big.name.slice(0, 2)))).toEqual([]);
  });

  test('writes into no memory that was lent to it afterwards', async () => {
    await backend.save(big, bigParts);
    const stop = new AbortController();
    const room = Buffer.alloc(part.length * bigParts.length);
    const loading = expect(backend.load(big, { room, signal: stop.signal })).rejects.toEqual(aborted);
    await expect.poll(() => room[0], poll).not.toBe(0);
    stop.abort();
    await loading;
    room.fill(1);
    await backend.list('pack');
    expect(room.every((byte) => byte === 1)).toBe(true);
  });
});

describe('who is not who he should be', () => {
  const cases: [SshHost, string, RegExp, boolean][] = [
    ['imposter', 'host-key-changed', /not the one that is known.*ssh imposter/, false],
    ['unknown', 'host-key-unknown', /not known here yet. Run "ssh unknown" once/, false],
    ['stranger', 'login-refused', /does not let this user in/, false],
    ['refused', 'connection-refused', /Nothing answers/, true],
    ['nameless', 'name-unknown', /name is not known/, true],
  ];
  test.each(cases)('%s is not used', async (host, reason, message, mayPass) => {
    const other = openBare(server.storage('repository', host));
    const refusal: unknown = expect.objectContaining({
      code: 'target-unavailable',
      mayPass,
      message: expect.stringMatching(message) as unknown,
      details: expect.objectContaining({ reason }) as unknown,
    });
    await expect(other.load(pack)).rejects.toEqual(refusal);
    await expect(other.create()).rejects.toEqual(refusal);
    await other.close();
  });

  test('where a person is there, ssh may ask; with nobody at a terminal it is the same', async () => {
    const other = openBare(server.storage('repository', 'unknown', { isAwaited: true }));
    await expect(other.load(pack)).rejects.toMatchObject({ details: { reason: 'host-key-unknown' } });
    await other.close();
  });
});

describe('the program', () => {
  const withOptions = (options: Record<string, string>) =>
    openBare(server.storage('repository', 'trusted', { options, environment: { PATH: '/usr/bin:/bin', HOME: '/' } }));

  test('may be another one', async () => {
    const other = withOptions({ 'sftp.command': `ssh -F '${server.config}' trusted "-s" sftp` });
    await other.create();
    await other.save(pack, [content]);
    expect(await other.load(pack)).toEqual(content);
    await other.close();
  });

  test('may not be there', async () => {
    const other = withOptions({ 'sftp.command': 'no-such-program secret' });
    const error: unknown = await other.load(pack).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'target-unavailable',
      message: expect.stringMatching(/the program no-such-program is not there/) as unknown,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
    await other.close();
  });

  test.each(['echo Welcome to this server', 'printf "\\377\\377\\377\\377\\377"', 'cat'])(
    'may speak no SFTP: %s',
    async (command) => {
      const other = withOptions({ 'sftp.command': command });
      await expect(other.load(pack)).rejects.toMatchObject({ details: { reason: 'not-sftp' } });
      await other.close();
    },
  );

  test('ends when the backend is closed, and is out of reach of Ctrl-C', async () => {
    const [ssh] = children();
    const group = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[2];
    expect(group(ssh!)).not.toBe(group(process.pid));
    await backend.close();
    await expect.poll(() => children(), poll).toEqual([]);
  });

  test('is ended while it still tries to connect', async () => {
    const other = withOptions({ 'sftp.command': 'ssh -F /dev/null -o ProxyCommand="sleep 1000" nowhere -s sftp' });
    const loading = expect(other.load(pack)).rejects.toEqual(aborted);
    await expect.poll(() => children().length, poll).toBe(2);
    await other.close();
    await loading;
    await expect.poll(() => children().length, poll).toBe(1);
  });

  test.each(['end', 'kill'])('does not outlive this one: %s', async (how) => {
    const script = join(import.meta.dirname, 'sftpChild.ts');
    const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script, JSON.stringify(backend.settings), how];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const ssh = Number(printed.toString());
    expect(ssh).toBeGreaterThan(0);
    if (how === 'kill') {
      expect(readlinkSync(`/proc/${ssh}/exe`)).toMatch(/ssh$/);
      child.kill('SIGKILL');
    }
    // With a backend that nobody closed it ends by itself.
    expect(await ended).toEqual(how === 'kill' ? [null, 'SIGKILL'] : [0, null]);
    await expect.poll(() => parentOf(ssh), poll).toBeUndefined();
  });
});
