import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTree } from '../helpers/fileTree.ts';
import { createWorld, jsonLines } from './cli/world.ts';

const world = createWorld();
const names = Array.from({ length: 400 }, (_, at) => `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa${at}`);
writeTree(join(world.root, 'source'), {
  '.gitignore': '?*a?*b\n'.repeat(149_000),
  ...Object.fromEntries(names.map((name) => [name, ''])),
});
const message = /\.gitignore was passed over: its patterns take too long to compare, so they do not count/;

test('a backup says that an ignore file takes too long, and holds all', () => {
  const { status, stdout, stderr } = world.run(['backup', 'source', '--use-ignore-files', '--json']);
  expect(status).toBe(0);
  const errors = jsonLines(stderr) as unknown as { item: string; error: { message: string } }[];
  expect(errors.map(({ item }) => item)).toEqual([join(world.root, 'source/.gitignore')]);
  expect(errors[0]!.error.message).toMatch(message);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ files_new: names.length + 1 });
});

test('a mirror says so, too', () => {
  const { stderr } = world.run(['mirror', 'source', 'copy', '--use-ignore-files', '--apply']);
  expect(stderr).toMatch(message);
  for (const name of ['.gitignore', names.at(-1)!]) expect(existsSync(join(world.root, 'copy', name))).toBe(true);
});
