import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { createLocalRepository } from '../../helpers/localRepository.ts';
import { randomBytes } from '../../helpers/random.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const repository = join(world.root, 'repository');
const big = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => [`source/${at}`, randomBytes(`big ${at}`, 2_000_000)]),
);

beforeAll(async () => {
  writeTree(world.root, { ...big, 'small/a.txt': 'before' });
  await createLocalRepository(repository);
});

/** Runs in a terminal of 100 columns and types an answer after each question; the exit code and the screen. */
async function runInTerminal(
  args: readonly string[],
  answers: readonly [question: string, answer: string][] = [],
  terminal = 'xterm',
) {
  const words = [process.execPath, commandLine, ...args].map((word) => `'${word}'`);
  const child = spawn('script', ['-qec', `stty cols 100; ${words.join(' ')}`, '/dev/null'], {
    cwd: world.root,
    env: { ...process.env, ...world.env, SHELL: '/bin/sh', TERM: terminal },
  });
  let screen = '';
  const left = [...answers];
  child.stdout.on('data', (data: Buffer) => {
    screen += data.toString();
    const [question, answer] = left[0] ?? [];
    if (question === undefined || !screen.split('\n').at(-1)!.includes(question)) return;
    left.shift();
    child.stdin.write(answer!);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, screen, isDone: left.length === 0 };
}

test('progress is drawn in one line, and goes away', async () => {
  const { status, screen } = await runInTerminal(['backup', 'source']);
  expect(status).toBe(0);
  expect(screen).toMatch(/Backing up \[#*\.*\] \d+ % {2}\d+\/40 {2}[\d.]+ MiB/);
  // The cursor is shown again and the line cleared before the result.
  const end = screen.slice(screen.lastIndexOf('\u001b'));
  expect(end).toMatch(/^\u001b\[2KFiles: /);
  expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
});

test('a dumb terminal and a quiet person get no progress', async () => {
  const dumb = await runInTerminal(['backup', 'source', '--force-hash'], [], 'dumb');
  expect(dumb.status).toBe(0);
  expect(dumb.screen).not.toContain('\u001b');
  expect(dumb.screen).toContain('Files: ');
  expect(await runInTerminal(['backup', 'source', '--force-hash', '--quiet'])).toMatchObject({ status: 0, screen: '' });
});

test('in a pipe there is no progress', () => {
  // Should the test before this one be left out, a backup would say that it makes the repository.
  world.run(['init']);
  const run = world.run(['backup', 'source', '--force-hash']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).not.toContain('\u001b');
  expect(run.stdout.split('\n')[0]).toMatch(/^Files: /);
});

describe('a password', () => {
  test('is asked for and not shown', async () => {
    const { status, screen, isDone } = await runInTerminal(
      ['snapshots', '-r', repository],
      [['Password of the repository: ', `${TEST_PASSWORD}\r`]],
    );
    expect([status, isDone]).toEqual([0, true]);
    expect(screen).not.toContain(TEST_PASSWORD);
    expect(screen).toContain('0 snapshots');
  });

  test('that was mistyped is asked for again, twice at most', async () => {
    const question = 'Password of the repository: ';
    const again = await runInTerminal(
      ['snapshots', '-r', repository],
      [
        [question, 'mistyped\r'],
        [question, `${TEST_PASSWORD}\r`],
      ],
    );
    expect([again.status, again.isDone]).toEqual([0, true]);
    expect(again.screen).toMatch(/The password does not open the repository at .*Try again\./);
    const wrong = [question, 'mistyped\r'] as const;
    const never = await runInTerminal(
      ['snapshots', '-r', repository],
      [[...wrong], [...wrong], [...wrong], [...wrong]],
    );
    expect([never.status, never.isDone]).toEqual([12, false]);
    expect(never.screen.split(question)).toHaveLength(4);
  });

  test('that is new is asked for twice', async () => {
    const place = join(world.root, 'made');
    const ask = (second: string) =>
      runInTerminal(
        ['init', '-r', place],
        [
          ['New password: ', 'chosen\r'],
          ['Once more: ', `${second}\r`],
        ],
      );
    const typo = await ask('chosne');
    expect(typo.status).toBe(1);
    expect(typo.screen).toContain('The two passwords differ');
    expect((await ask('chosen')).status).toBe(0);
    expect(world.run(['snapshots', '-r', place], { env: { RESTIC_PASSWORD: 'chosen' } }).status).toBe(0);
  });

  test('can be refused by Ctrl-C', async () => {
    const { status } = await runInTerminal(['snapshots', '-r', repository], [['Password', '\u0003']]);
    expect(status).toBe(130);
  });
});

describe('overwriting', () => {
  const file = join(world.root, 'small/a.txt');
  const restore = (answer: string) =>
    runInTerminal(['restore', 'latest', 'small', '--in-place'], [['Go on? [y/N] ', `${answer}\r`]]);

  beforeAll(() => {
    world.json(['backup', 'small']);
    writeFileSync(file, 'after it');
  });

  test('is shown, and is not done without a yes', async () => {
    const { status, screen } = await restore('');
    expect(status).toBe(130);
    expect(screen).toContain(`overwrite  ${file}\r\n`);
    expect(screen).toContain('This will overwrite 1 file. Go on?');
    expect(readFileSync(file, 'utf8')).toBe('after it');
  });

  test('is done after a yes', async () => {
    expect((await restore('y')).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('before');
  });
});
