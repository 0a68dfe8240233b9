import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import {
  currentProcessIdentity,
  isPidFree,
  isSurelyDead,
  isThisThread,
  noteEndedThreads,
  type ProcessIdentity,
} from '../../../src/disk/processIdentity.ts';

const source = join(import.meta.dirname, '../../../src/disk/processIdentity.ts');
const printIdentity = `import(${JSON.stringify(pathToFileURL(source))}).then((m) => console.log(JSON.stringify(m.currentProcessIdentity())))`;
const noWarning = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

const initial = 'pid:[4026531836]';
const here: ProcessIdentity = {
  platform: 'linux',
  hostname: 'host',
  pid: process.pid,
  machine: 'm1',
  boot: 'b1',
  pidNamespace: initial,
  startTime: '1',
};

/** A pid that was used a moment ago and is free now. */
async function findFreePid(): Promise<number> {
  const child = spawn(process.execPath, ['--version']);
  await once(child, 'exit');
  return child.pid!;
}

test('this process', () => {
  const identity = currentProcessIdentity();
  expect(identity).toMatchObject({ platform: process.platform, hostname: hostname(), pid: process.pid });
  expect(currentProcessIdentity()).toEqual(identity);
  expect(isSurelyDead(identity)).toBe(false);
  expect(isThisThread(identity)).toBe(true);
});

test('this process, by what Linux knows of it', () => {
  const identity = currentProcessIdentity();
  if (existsSync('/etc/machine-id')) {
    expect(identity.machine).toMatch(/^[0-9a-f]{32}$/);
    expect(identity.machine).not.toBe(readFileSync('/etc/machine-id', 'utf8').trim());
  }
  expect(identity.boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(identity.pidNamespace).toBe(readlinkSync('/proc/self/ns/pid'));
  expect(identity.startTime).toMatch(/^\d+$/);
});

test('a child is alive until it is killed', async () => {
  const child = spawn(process.execPath, [noWarning, '-e', `${printIdentity}; setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const identity = JSON.parse(line.toString()) as ProcessIdentity;
  expect(identity.pid).toBe(child.pid);
  expect(isSurelyDead(identity)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isSurelyDead(identity)).toBe(true);
});

test('a killed process is dead before its parent asks how it ended', async () => {
  // The shell becomes a program that never waits for its children.
  const script = `"$0" ${noWarning} -e "$1" & exec sleep 60`;
  const keepAlive = `${printIdentity}; setInterval(() => {}, 1000)`;
  const parent = spawn('sh', ['-c', script, process.execPath, keepAlive], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const identity = JSON.parse(line.toString()) as ProcessIdentity;
    expect(isSurelyDead(identity)).toBe(false);
    process.kill(identity.pid, 'SIGKILL');
    await expect.poll(() => isSurelyDead(identity)).toBe(true);
    expect(isPidFree(identity.pid)).toBe(false);
    expect(isSurelyDead({ ...identity, pidNamespace: 'pid:[1]' })).toBe(false);
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});

test('a process whose name looks like the end of a field', async () => {
  const script = `process.title = ') 1 (2) x'; ${printIdentity}`;
  const { stdout } = await promisify(execFile)(process.execPath, [noWarning, '-e', script]);
  const { startTime } = JSON.parse(stdout) as ProcessIdentity;
  expect(Number(startTime)).toBeGreaterThanOrEqual(Number(currentProcessIdentity().startTime));
});

type Facts = { [K in keyof ProcessIdentity]?: ProcessIdentity[K] | undefined };

test.each<[string, Facts, boolean]>([
  ['the pid was given to a process that started at another time', { startTime: '2' }, true],
  ['before the last boot', { boot: 'b0' }, true],
  ['before the last boot, and its pid is unknown', { boot: 'b0', startTime: undefined }, true],
  ['on another machine', { machine: 'm2', boot: 'b0' }, false],
  ['under another host name', { hostname: 'host2', boot: 'b0' }, false],
  ['on another system, such as the Windows around a Linux', { platform: 'win32', boot: 'b0' }, false],
  ['in a container before the last boot', { boot: 'b0', pidNamespace: 'pid:[4026532000]' }, false],
  ['in a container', { pidNamespace: 'pid:[4026532000]', startTime: '2' }, false],
  ['on an unknown machine', { machine: undefined, boot: 'b0' }, false],
  ['in an unknown boot', { boot: undefined, startTime: '2' }, false],
  ['in an unknown namespace', { pidNamespace: undefined, startTime: '2' }, false],
  ['in an unknown namespace before the last boot', { pidNamespace: undefined, boot: 'b0' }, false],
  ['at an unknown time', { startTime: undefined }, false],
])('it ran %s', (_, facts, dead) => {
  const identity = { ...here, ...facts } as ProcessIdentity;
  expect(isSurelyDead(identity, here)).toBe(dead);
});

test('facts that are unknown here prove nothing', () => {
  for (const fact of ['machine', 'boot', 'pidNamespace']) {
    const current = Object.fromEntries(
      Object.entries(here).filter(([key]) => key !== fact),
    ) as unknown as ProcessIdentity;
    for (const boot of ['b0', 'b1']) expect(isSurelyDead({ ...here, boot, startTime: '2' }, current)).toBe(false);
    expect(isSurelyDead(current, current)).toBe(false);
  }
});

test('a free pid in this boot and namespace', async () => {
  const pid = await findFreePid();
  expect(isSurelyDead({ ...here, pid }, here)).toBe(true);
  expect(isSurelyDead({ ...here, pid, startTime: undefined } as Facts as ProcessIdentity, here)).toBe(true);
  expect(isSurelyDead({ ...here, pid, machine: 'm2' }, here)).toBe(false);
});

test('a thread of this process is dead once this thread was told', () => {
  const self = { ...here, startTime: currentProcessIdentity().startTime! };
  const other = { ...self, thread: 1_000_001 };
  expect(isSurelyDead(other, self)).toBe(false);
  noteEndedThreads([1_000_001]);
  expect(isSurelyDead(other, self)).toBe(true);
  expect(isSurelyDead(self, self)).toBe(false);
  expect(isSurelyDead({ ...other, thread: 1_000_002 }, self)).toBe(false);
  expect(isSurelyDead({ ...other, machine: 'm2' }, self)).toBe(false);
  expect(isSurelyDead({ ...other, pidNamespace: 'pid:[1]' }, self)).toBe(false);
  const mac = { platform: 'darwin', hostname: 'mac', pid: process.pid, thread: 1_000_001 };
  expect(isSurelyDead(mac, { ...mac, thread: 0 })).toBe(true);
  expect(isSurelyDead({ ...mac, thread: 1_000_002 }, { ...mac, thread: 0 })).toBe(false);
});

test('systems without such ids go by host name and pid', async () => {
  const mac = { platform: 'darwin', hostname: 'mac', pid: process.pid };
  const pid = await findFreePid();
  expect(isSurelyDead(mac, mac)).toBe(false);
  expect(isSurelyDead({ ...mac, pid }, mac)).toBe(true);
  expect(isSurelyDead({ ...mac, pid, hostname: 'other' }, mac)).toBe(false);
});

test('and by the time of the start, if it was before this machine was started', () => {
  const windows = { platform: 'win32', hostname: 'pc', pid: process.pid, startedAt: 1 };
  expect(isSurelyDead(windows, { ...windows, startedAt: Date.now() })).toBe(true);
  expect(isSurelyDead({ ...windows, hostname: 'other' }, windows)).toBe(false);
  expect(isThisThread({ ...windows, startedAt: 4_000 }, windows)).toBe(true);
  expect(isThisThread({ ...windows, startedAt: 10_000 }, windows)).toBe(false);
});

test.each([0, -1, 1.5, NaN, 2 ** 31, 2 ** 40])('%d is no pid and so not a free one', (pid) => {
  expect(isPidFree(pid)).toBe(false);
});

test("init's pid is taken, though a signal to it may be refused", () => {
  expect(isPidFree(1)).toBe(false);
});
