/** An engine that runs is asked by hooks; whatever is wrong with it, they do without. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandLine } from '../../helpers/cairn.ts';
import { dataHome } from '../../helpers/dataHome.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld, type World } from './world.ts';
import manifest from '../../../package.json' with { type: 'json' };

const waits = { timeout: 60_000, interval: 200 };
const program = `cairn ${manifest.version}`;
let world: World;
let project: string;
let engines: string;
let starts = 0;
const running: (ChildProcess | Server)[] = [];

beforeEach(() => {
  world = createWorld();
  project = join(world.root, 'project');
  engines = join(world.repository, '../engines');
  writeTree(project, { 'a.txt': 'one' });
  world.json(['backup', project]);
});
afterEach(() => {
  for (const one of running.splice(0)) {
    if ('kill' in one) one.kill('SIGKILL');
    else one.close();
  }
});

async function startWatch(env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
  // It looks at everything first, and tells of it if it finds something.
  writeFileSync(join(project, `${++starts}.txt`), 'new');
  const child = world.start(['watch', project, '--json', '--no-outside-changes'], { env });
  running.push(child);
  let out = '';
  child.stdout!.on('data', (data: Buffer) => (out += data.toString()));
  await expect.poll(() => out, waits).toContain('"snapshot"');
  return child;
}

/** Has a hook run after a change. */
function hook(content: string, env: Readonly<Record<string, string>> = {}): void {
  writeFileSync(join(project, 'a.txt'), content);
  const event = { session_id: 's1', cwd: project, hook_event_name: 'PreToolUse', tool_name: 'Bash' };
  const options = {
    env: { ...process.env, ...world.env, ...env },
    input: JSON.stringify(event),
    encoding: 'utf8',
  } as const;
  const { status, stdout } = spawnSync(process.execPath, [commandLine, 'hook', 'claude'], options);
  expect([status, stdout]).toEqual([0, '{}\n']);
}

const ofHooks = () =>
  world.json(['snapshots']).filter(({ tags }) => (tags as string[]).includes('label-Before Claude Code used Bash'))
    .length;
const sockets = () => (existsSync(engines) ? readdirSync(engines).length : 0);

/** Without it nobody else can open the repository. */
function hidePassword<T>(work: () => T): T {
  renameSync(world.passwordFile, `${world.passwordFile}-away`);
  try {
    return work();
  } finally {
    renameSync(`${world.passwordFile}-away`, world.passwordFile);
  }
}

/** Listens where engines do, and answers each line with that. */
async function startImpostor(answer: string): Promise<Server> {
  mkdirSync(engines, { recursive: true, mode: 0o700 });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => answer !== '' && socket.write(answer));
  });
  running.push(server);
  server.listen(join(engines, 'f'.repeat(24)));
  await once(server, 'listening');
  return server;
}

test('has the snapshots of hooks made, and leaves nothing when it ends', async () => {
  const watch = await startWatch();
  await expect.poll(sockets, waits).toBe(1);
  expect(statSync(engines).mode & 0o777).toBe(0o700);
  hidePassword(() => hook('two'));
  await expect.poll(ofHooks, waits).toBe(1);
  expect(world.run(['agents', 'status', 'claude', '--json']).stdout).toContain('"kind":"snapshot"');
  // Two engines do not meet each other's sockets.
  const other = await startWatch();
  await expect.poll(sockets, waits).toBe(2);
  other.kill('SIGTERM');
  await once(other, 'close');
  hidePassword(() => hook('three'));
  await expect.poll(ofHooks, waits).toBe(2);
  watch.kill('SIGTERM');
  await once(watch, 'close');
  expect(readdirSync(engines)).toEqual([]);
  expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
});

test('that was killed is passed over, and its socket is removed by the next', async () => {
  const watch = await startWatch();
  await expect.poll(sockets, waits).toBe(1);
  const [dead] = readdirSync(engines);
  watch.kill('SIGKILL');
  await once(watch, 'close');
  expect(readdirSync(engines)).toEqual([dead]);
  hook('two');
  await expect.poll(ofHooks, waits).toBe(1);
  await startWatch();
  await expect.poll(() => readdirSync(engines).filter((name) => name !== dead).length, waits).toBe(1);
  expect(readdirSync(engines)).not.toContain(dead);
  hidePassword(() => hook('three'));
  await expect.poll(ofHooks, waits).toBe(2);
});

describe('is not needed where', () => {
  test.each([
    ['it does not answer', ''],
    ['it is of another version', '{"cairn":1,"declined":"This engine is cairn 0.0.1."}\n'],
    ['it speaks another protocol', '{"cairn":2,"snapshot":{}}\n'],
    ['it says what nobody understands', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['it fails after all', '{"cairn":1,"accepted":true}\n{"cairn":1,"declined":"The disk is full."}\n'],
  ])('%s', async (_what, answer) => {
    await startImpostor(answer);
    hook('two');
    await expect.poll(ofHooks, waits).toBe(1);
  });

  test('others could have put it there', async () => {
    await startImpostor('{"cairn":1,"accepted":true}\n{"cairn":1,"snapshot":{}}\n');
    chmodSync(engines, 0o777);
    hook('two');
    await expect.poll(ofHooks, waits).toBe(1);
  });
});

test('declines what is no request, and goes on', async () => {
  await startWatch();
  await expect.poll(sockets, waits).toBe(1);
  const address = join(engines, readdirSync(engines)[0]!);
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = createConnection(address, () => socket.write(text));
      socket.on('data', (data) => (answer += data.toString())).on('error', () => {});
      socket.on('close', () => resolve(answer));
    });
  const order = { event: { agent: 'claude', moment: 'before-tool', places: [project] } };
  const request = { cairn: 1, program, command: 'snapshotForAgent', order };
  const line = (changes: object) => `${JSON.stringify({ ...request, ...changes })}\n`;
  expect(await say('GET / HTTP/1.1\n')).toContain('no request');
  expect(await say(line({ cairn: 2 }))).toContain('no request');
  expect(await say(line({ command: 'prune' }))).toContain('no request');
  expect(await say(line({ order: { event: { ...order.event, places: project } } }))).toContain('no request');
  expect(await say(line({ order: { event: { ...order.event, rules: {} } } }))).toContain('no request');
  expect(await say(line({ program: 'cairn 0.0.1' }))).toContain(`This engine is ${program}.`);
  expect(await say(line({ order: { event: { ...order.event, places: [world.root] } } }))).toContain('another engine');
  expect(await say('x'.repeat(300 * 1024))).toBe('');
  writeFileSync(join(project, 'a.txt'), 'two');
  expect(await say(line({}))).toMatch(/"accepted":true.*\n.*"snapshot":\{"id":"[0-9a-f]{64}"\}/);
});

test('is found, too, where the path of the data folder is too long for a socket', async () => {
  const long = dataHome(join(world.root, 'a-folder-with-a-long-name-'.repeat(5)));
  mkdirSync(long.own, { recursive: true });
  expect(world.run(['backup', project], { env: long.env }).status).toBe(0);
  const before = new Set(readdirSync(tmpdir()));
  const watch = await startWatch(long.env);
  const found = () =>
    readdirSync(tmpdir()).filter((name) => /^cairn-\d+-[0-9a-f]{16}$/.test(name) && !before.has(name));
  await expect.poll(() => found().length, waits).toBe(1);
  const [made] = found();
  await expect.poll(() => readdirSync(join(tmpdir(), made!)).length, waits).toBe(1);
  expect(statSync(join(tmpdir(), made!)).mode & 0o777).toBe(0o700);
  renameSync(join(long.own, 'password'), join(long.own, 'away'));
  hook('two', long.env);
  renameSync(join(long.own, 'away'), join(long.own, 'password'));
  const snapshots = () => world.json(['snapshots'], { env: long.env }).length;
  await expect.poll(snapshots, waits).toBe(3);
  watch.kill('SIGTERM');
  await once(watch, 'close');
  expect(readdirSync(join(tmpdir(), made!))).toEqual([]);
  rmSync(join(tmpdir(), made!), { recursive: true });
});
