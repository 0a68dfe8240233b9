import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const programs = createProgram().commands.filter((command) => command.name() !== 'help');
const withChildren = programs.flatMap((command) => [
  { name: command.name(), words: [command.name()] },
  ...command.commands.map((child) => ({
    name: `${command.name()} ${child.name()}`,
    words: [command.name(), child.name()],
  })),
]);

/** The texts are files, to be read in review; `vitest -u` writes them anew. */
const golden = (...words: string[]) => join(import.meta.dirname, 'golden', `${['help', ...words].join('-')}.txt`);

test('the help of the program', async () => {
  const run = world.run(['--help']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  await expect(run.stdout).toMatchFileSnapshot(golden());
  for (const command of programs) expect(run.stdout).toContain(`\n  ${command.name()} `);
});

test.each(withChildren)('the help of $name', async ({ words }) => {
  const { status, stdout, stderr } = world.run([...words, '--help']);
  expect([status, stderr]).toEqual([0, '']);
  // What every command has is shown once, in the help of the program.
  await expect(stdout.replace(/Global Options:\n( .*\n)+\n?/, '')).toMatchFileSnapshot(golden(...words));
  expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  if (words.length === 1) expect(stdout).toContain(`\n  cairn ${words[0]} `);
});

test('help is also a command', () => {
  expect(world.run(['help', 'ls']).stdout).toBe(world.run(['ls', '--help']).stdout);
  expect(world.run([]).status).toBe(1);
});
