import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { inTree } from '../../helpers/paths.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const at = (...names: string[]) => join(source, ...names);
let first = '';
let second = '';

beforeAll(() => {
  writeTree(source, {
    'a.ts': 'one\nexport function lost() {}\n',
    'sub/b.ts': 'import { lost } from "../a.ts";\n',
    'notes.md': 'LOST\n',
    'image.bin': 'lost\0\n',
  });
  world.json(['backup', source]);
  writeFileSync(at('a.ts'), 'one\n');
  rmSync(at('sub'), { recursive: true });
  world.json(['backup', source]);
  [first = '', second = ''] = snapshotIds(world);
});

test('prints each line that matches, with a place that cat takes', () => {
  const { status, stdout, stderr } = world.run(['search', 'lost'], { cwd: source });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `${first.slice(0, 8)}:${at('a.ts')}:2:export function lost() {}\n${first.slice(0, 8)}:${at('sub', 'b.ts')}:1:import { lost } from "../a.ts";\n`,
  );
  expect(world.run(['cat', `${first.slice(0, 8)}:${at('a.ts')}`]).stdout).toContain('lost');
});

test('--regex, --ignore-case, --glob, --files, --text, --snapshot', () => {
  const lines = (...args: string[]) =>
    world
      .run(['search', ...args, 'source'])
      .stdout.trimEnd()
      .split('\n');
  expect(lines('-e', '^export .*lost\\(')).toEqual([`${first.slice(0, 8)}:${at('a.ts')}:2:export function lost() {}`]);
  expect(lines('-li', 'lost')).toEqual([
    `${second.slice(0, 8)}:${at('notes.md')}`,
    `${first.slice(0, 8)}:${at('a.ts')}`,
    `${first.slice(0, 8)}:${at('sub', 'b.ts')}`,
  ]);
  expect(lines('-l', 'lost', '-g', '*.ts', '-g', '!sub/*')).toEqual([`${first.slice(0, 8)}:${at('a.ts')}`]);
  expect(lines('-la', 'lost', '-g', '*.bin')).toEqual([`${second.slice(0, 8)}:${at('image.bin')}`]);
  expect(lines('lost', '-s', second)).toEqual(['']);
});

test('--json', () => {
  expect(world.json(['search', 'lost', 'source/a.ts'])).toEqual([
    {
      message_type: 'match',
      snapshot: first,
      time: expect.any(String) as unknown,
      path: at('a.ts'),
      path_in_snapshot: `${inTree(source)}/a.ts`,
      size: 30,
      mtime: expect.any(String) as unknown,
      content_id: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      lines: [{ line: 2, column: 17, length: 4, text: 'export function lost() {}' }],
    },
  ]);
});

test.each([
  [['search', '-e', '(', 'source'], /^cairn: "\(" is no regular expression: /],
  [['search', '', 'source'], /^cairn: The pattern is empty/],
  [['search', 'x', 'nowhere'], /^cairn: No snapshot that was looked at is of /],
  [['search', 'x', 'source', '-g', `${'{a,'.repeat(40_000)}`], /^cairn: The pattern .* cannot be used/],
])('%j fails', (args, message) => {
  const { status, stdout, stderr } = world.run(args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
});

test('an expression that takes for ever fails', () => {
  const files = Object.fromEntries([1, 2, 3, 4].map((number) => [`${number}`, `${'a'.repeat(60)}${number}`]));
  writeTree(join(world.root, 'slow'), files);
  world.json(['backup', 'slow']);
  const { status, stderr } = world.run(['search', '-e', '^(a+)+$', 'slow']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^warning: .* was left out, in part: .*\n(.*\n)?cairn: The search was ended: /);
});
