/** `cairn hook`: what agents run. It always succeeds, and always says what the agent can read. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { withLockFile } from '../../../src/engine/withLockFile.ts';
import { identifyWorkspace } from '../../../src/engine/workspaceIdentity.ts';
import { commandLine } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { createWorld, type World } from './world.ts';

interface Hook {
  readonly agent?: string;
  readonly input?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const world = createWorld();
const project = join(world.root, 'project');
const data = join(world.repository, '..');
const fine = { status: 0, stdout: '{}\n', stderr: '' };

function hook({ agent = 'claude', input = '', args = [], env = {} }: Hook, place: World = world) {
  const options = { cwd: place.root, env: { ...process.env, ...place.env, ...env }, input, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandLine, 'hook', agent, ...args], options);
  return { status, stdout, stderr };
}

const payload = (hook_event_name: string, more: object = {}) =>
  JSON.stringify({ session_id: 's1', transcript_path: '/t', cwd: join(project, 'src'), hook_event_name, ...more });
const bash = payload('PreToolUse', { tool_name: 'Bash', tool_input: { command: 'rm -rf secret' } });

const write = (content: string) => writeFileSync(join(project, 'src/a.txt'), content);
const told = () =>
  world.json(['snapshots']).map(({ tags, actor }) => ({
    label: (tags as string[]).find((tag) => tag.startsWith('label-')),
    actor,
  }));
/** A snapshot that took longer than an agent waits comes later. */
const toldLater = () => expect.poll(told, { interval: 500 });
const readTurn = () => {
  const folder = join(data, 'agents/turns');
  return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as { readonly isCaptured: boolean };
};
const outcome = () => {
  const [, line] = /"outcome":(\{[^}]*\})/.exec(world.run(['agents', 'status', 'claude', '--json']).stdout) ?? [];
  return JSON.parse(line ?? '{}') as { kind?: string; message?: string };
};

beforeAll(() => {
  writeTree(project, { 'src/a.txt': 'one', 'ignored.o': 'x', '.gitignore': '*.o' });
});

test('what was never backed up is left alone', () => {
  expect(hook({ input: bash })).toEqual(fine);
  expect(outcome()).toMatchObject({ kind: 'unprotected', message: join(project, 'src') });
  expect(readdirSync(data)).toEqual(['agents']);
});

test('a turn leaves snapshots that say whose it was', async () => {
  world.json(['backup', 'project', '--use-ignore-files']);
  write('by a person');
  expect(hook({ input: payload('UserPromptSubmit', { prompt: 'Do it' }) })).toEqual(fine);
  const unknown = { kind: 'unknown' };
  await toldLater().toEqual([{}, { label: 'label-Before a turn of Claude Code', actor: unknown }]);
  // On a busy machine a snapshot may come too late for the agent; then nobody knows yet whose the next one will be.
  const isCaptured = () => hook({ input: bash }) && readTurn().isCaptured;
  await expect.poll(isCaptured, { interval: 500 }).toBe(true);
  const claude = { kind: 'agent', name: 'claude', session: 's1', turn: '1' };
  write('by the agent');
  expect(hook({ input: payload('PreToolUse', { tool_name: 'Read' }) })).toEqual(fine);
  expect(told()).toHaveLength(2);
  expect(hook({ input: bash })).toEqual(fine);
  await toldLater().toMatchObject([{}, {}, { label: 'label-Before Claude Code used Bash', actor: claude }]);
  write('at the end');
  expect(hook({ input: payload('Stop', { stop_hook_active: false }) })).toEqual(fine);
  await toldLater().toMatchObject([{}, {}, {}, { label: 'label-After a turn of Claude Code', actor: claude }]);
  // By the rules of the backup before: what that left out is no change.
  const names = world.json(['ls', 'latest', '-R']).map(({ path }) => String(path));
  expect(names.some((name) => name.endsWith('/a.txt'))).toBe(true);
  expect(names.some((name) => name.endsWith('ignored.o'))).toBe(false);
  expect(world.run(['snapshots']).stdout).not.toContain('secret');
});

describe('goes on as if nothing were', () => {
  test.each<[string, Hook, string?]>([
    ['with broken JSON', { input: '{"hook_event_name": "PreTool' }],
    ['without input', {}],
    ['with an event that nobody knows', { input: payload('Whatever') }],
    ['for an agent that nobody knows', { agent: 'nobody', input: bash }],
    ['with options that nobody knows', { input: bash, args: ['--new', 'x'] }],
    ['with a repository that is not there', { input: bash, args: ['-r', join(world.root, 'nowhere')] }],
    ['for a prompt in Cursor', { agent: 'cursor', args: ['--event', 'beforeSubmitPrompt'] }, '{"continue":true}\n'],
  ])('%s', (_what, how, stdout = '{}\n') => expect(hook(how)).toEqual({ ...fine, stdout }));

  test('when the repository is away, which status tells', () => {
    renameSync(world.repository, `${world.repository}-away`);
    expect(hook({ input: bash })).toEqual(fine);
    renameSync(`${world.repository}-away`, world.repository);
    expect(outcome().kind).toBe('failed');
  });

  test('on a full disk', () => {
    const full = join(tempFolder(), 'full.cjs');
    writeFileSync(
      full,
      `const fs = require('node:fs');
       for (const name of ['writevSync', 'writeSync', 'mkdirSync'])
         fs[name] = () => { throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }); };`,
    );
    write('on a full disk');
    expect(hook({ input: bash, env: { NODE_OPTIONS: `--require ${JSON.stringify(full)}` } })).toEqual(fine);
  });

  test('when its folder is gone', async () => {
    const gone = join(world.root, 'gone');
    mkdirSync(gone);
    const leave = `cd "${gone}" && rmdir "${gone}" && exec "$0" "$1" hook claude`;
    const env = { ...process.env, ...world.env };
    const child = spawn('sh', ['-c', leave, process.execPath, commandLine], { env });
    child.stdin.end(bash);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('when whoever started it never ends its input', async () => {
    const child = spawn(process.execPath, [commandLine, 'hook', 'claude'], { env: { ...process.env, ...world.env } });
    let stdout = '';
    child.stdout.on('data', (part) => (stdout += String(part)));
    child.stdin.write('{');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stdout).toBe('{}\n');
  });
});

test('a snapshot that takes longer than an agent waits is made all the same', async () => {
  const before = world.json(['snapshots']).length;
  write('while another backup is at it');
  const locks = join(data, 'locks');
  const { id } = await identifyWorkspace(project, data);
  await withLockFile(join(locks, `workspace-${id}`), async () => {
    // Two of them: one waits, which has what the other would have.
    for (let count = 0; count < 2; count++) {
      const child = spawn(process.execPath, [commandLine, 'hook', 'claude'], { env: { ...process.env, ...world.env } });
      child.stdin.end(bash);
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
    expect(world.json(['snapshots'])).toHaveLength(before);
  });
  await expect.poll(() => world.json(['snapshots']).length, { interval: 500 }).toBe(before + 1);
});
