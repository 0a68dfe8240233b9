/** `cairn agents`: what it does to the files of agents. */
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const env = { CLAUDE_CONFIG_DIR: undefined, CODEX_HOME: undefined, COPILOT_HOME: undefined };

test('installs, says so, and leaves no byte behind', () => {
  const world = createWorld();
  const at = (path: string) => join(world.root, path);
  const read = (path: string) => readFileSync(at(path), 'utf8');
  const mine = '{\n\t"model": "x", // mine\n\t"hooks": { "Stop": [] }\n}';
  mkdirSync(at('.claude'));
  mkdirSync(at('.gemini'));
  writeFileSync(at('.gemini/settings.json'), mine);
  const changes = (...args: string[]) =>
    world.json(['agents', ...args], { env }).map(({ agent, change }) => `${String(agent)} ${String(change)}`);
  expect(changes('install')).toEqual(['claude installed', 'gemini installed']);
  expect(changes('install', '--all')).toEqual([
    'claude unchanged',
    'codex installed',
    'cursor installed',
    'copilot installed',
    'gemini unchanged',
  ]);
  expect(JSON.parse(read('.claude/settings.json'))).toMatchObject({
    hooks: {
      PreToolUse: [{ hooks: [{ type: 'command', command: process.execPath }] }],
      Stop: [{}],
      UserPromptSubmit: [{}],
    },
  });
  const states = world.json(['agents', 'status'], { env });
  expect(states.slice(0, 5).map(({ state }) => state)).toEqual(Array(5).fill('installed'));
  expect(states[1]).toMatchObject({ agent: 'codex', ran: {}, obstacles: [expect.stringContaining('/hooks')] });
  expect(states[5]).toMatchObject({ message_type: 'summary', protected: false });
  writeFileSync(
    at('.codex/hooks.json'),
    JSON.stringify({ ...(JSON.parse(read('.codex/hooks.json')) as object), mine: 1 }),
  );
  expect(changes('remove')).toEqual(
    ['claude', 'codex', 'cursor', 'copilot', 'gemini'].map((name) => `${name} removed`),
  );
  expect(read('.gemini/settings.json')).toBe(mine);
  expect(JSON.parse(read('.codex/hooks.json'))).toEqual({ mine: 1 });
  expect(['.claude/settings.json', '.cursor', '.copilot'].filter((path) => existsSync(at(path)))).toEqual([]);
  expect(existsSync(at('.claude'))).toBe(true);
  expect(changes('remove', 'claude')).toEqual(['claude unchanged']);
});

test('leaves alone what it cannot understand, and goes on with the others', () => {
  const world = createWorld();
  mkdirSync(join(world.root, '.claude'));
  const file = join(world.root, '.claude/settings.json');
  writeFileSync(file, '{ "model": ');
  const run = world.run(['agents', 'install', 'claude', 'cursor'], { env });
  expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining('is no JSON object') as string });
  expect(run.stdout).toMatch(/^cursor +installed/);
  expect(readFileSync(file, 'utf8')).toBe('{ "model": ');
  expect(world.run(['agents', 'status', 'claude'], { env }).stdout).toContain('is no JSON object');
  expect(world.run(['agents', 'install', 'nobody'], { env }).stderr).toContain('claude, codex');
});

test('a file that is kept elsewhere stays there', () => {
  const world = createWorld();
  mkdirSync(join(world.root, '.claude'));
  const [link, file] = [join(world.root, '.claude/settings.json'), join(world.root, 'dotfiles.json')];
  writeFileSync(file, '{}', { mode: 0o600 });
  symlinkSync(file, link);
  world.json(['agents', 'install'], { env });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('PreToolUse');
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  world.json(['agents', 'remove'], { env });
  expect(readFileSync(file, 'utf8')).toBe('{}');
});
