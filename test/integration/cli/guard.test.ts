import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld, type World } from './world.ts';

/** A world with a backup in the default repository. */
function createGuarded(): World & { readonly guards: string; readonly source: string } {
  const world = createWorld();
  const source = join(world.root, 'source');
  writeTree(source, { a: 'a' });
  expect(world.run(['backup', source])).toMatchObject({ status: 0 });
  return { ...world, source, guards: join(world.root, '.cairn-guard') };
}

const only = (folder: string) => join(folder, readdirSync(folder)[0]!);

test('the default repository and its password are guarded from the first backup on', () => {
  const world = createGuarded();
  const { guards, repository } = world;
  const [status, another] = world.json(['guard', 'status']);
  expect(another).toBeUndefined();
  expect(status).toMatchObject({
    message_type: 'guard',
    guard: only(guards),
    repository,
    state: 'there',
    is_whole: true,
    lacking: 0,
    unguarded: 0,
    waiting: { files: 0, bytes: 0 },
    open_folders: 0,
    has_password: true,
  });
  expect(readFileSync(join(only(guards), 'password'), 'utf8').trim()).toBe(world.password());
  expect(readFileSync(join(only(guards), 'README.txt'), 'utf8')).toContain('cairn guard recover');
});

test('status says what is lacking, and recover brings it back', () => {
  const world = createGuarded();
  const { repository } = world;
  expect(world.run(['guard', 'status', '-q'])).toMatchObject({ status: 0, stdout: '' });
  rmSync(join(repository, 'index'), { recursive: true });
  expect(world.json(['guard', 'status'], { status: 1 })).toMatchObject([{ is_whole: false, lacking: 1 }]);
  expect(world.run(['guard', 'status']).stdout).toContain(`${repository}: LACKS 1 file that Cairn did not remove`);
  rmSync(repository, { recursive: true });
  expect(world.run(['guard', 'status']).stdout).toContain(`${repository}: GONE. "cairn guard recover" brings it back`);
  expect(world.json(['guard', 'recover'])).toMatchObject([
    { message_type: 'recovered', repository, replaced: 0, present: 0, damaged: [], password: 'present' },
  ]);
  expect(world.run(['verify', '--read-data'])).toMatchObject({ status: 0 });
  expect(world.run(['guard', 'recover'])).toMatchObject({
    status: 0,
    stdout: 'nothing is lacking: no repository was changed\n',
  });
});

test('a repository elsewhere on the disk comes back to another place', () => {
  const world = createGuarded();
  const { root, source } = world;
  const [other, target] = [join(root, 'other'), join(root, 'target')];
  const env = { RESTIC_PASSWORD: 'secret' };
  world.run(['init', '-r', other], { env });
  expect(world.run(['backup', '-r', other, source], { env })).toMatchObject({ status: 0 });
  expect(world.json(['guard', 'status'])).toHaveLength(2);
  expect(world.json(['guard', 'status', '-r', other])).toMatchObject([{ repository: other, has_password: false }]);
  rmSync(other, { recursive: true });
  expect(world.run(['guard', 'recover', '-r', other, '--target', 'target'])).toMatchObject({ status: 0 });
  expect(existsSync(other)).toBe(false);
  expect(world.run(['verify', '--read-data', '-r', target], { env })).toMatchObject({ status: 0 });
});

test('another repository in the place of a lost one is left alone', () => {
  const world = createGuarded();
  const { root, source } = world;
  const [other, target] = [join(root, 'other'), join(root, 'target')];
  const env = { RESTIC_PASSWORD: 'secret' };
  const begin = () => {
    world.run(['init', '-r', other], { env });
    expect(world.run(['backup', '-r', other, source], { env })).toMatchObject({ status: 0 });
  };
  begin();
  rmSync(other, { recursive: true });
  begin();
  expect(world.run(['guard', 'status', '-r', other])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('GONE, and another repository is in its place') as string,
  });
  const { status, stderr } = world.run(['guard', 'recover']);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining('Another repository is at') as string,
  });
  expect(world.run(['guard', 'recover', '-r', other, '--target', target])).toMatchObject({ status: 0 });
  expect(world.run(['verify', '--read-data', '-r', target], { env })).toMatchObject({ status: 0 });
});

test('what was pruned waits, and is let go on demand', () => {
  const world = createGuarded();
  const { source } = world;
  writeTree(source, { b: 'b' });
  world.run(['backup', source, '--tag', 'second']);
  expect(world.run(['forget', '--keep-last', '1', '--prune', '--grace', '0'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('"cairn guard release --now" frees the space now') as string,
  });
  const [status] = world.json(['guard', 'status']);
  expect(status).toMatchObject({ is_whole: true });
  const waiting = status!['waiting'] as { readonly files: number; readonly bytes: number };
  expect(waiting.files).toBeGreaterThan(0);
  expect(world.json(['guard', 'release'])).toMatchObject([{ message_type: 'released', files: 0 }]);
  expect(world.run(['guard', 'status']).stdout).toContain(`Waiting:   ${waiting.files} files`);
  expect(world.json(['guard', 'release', '--now'])).toMatchObject([{ files: waiting.files, bytes: waiting.bytes }]);
  expect(world.json(['guard', 'status'])).toMatchObject([{ is_whole: true, waiting: { files: 0 } }]);
});

test('nothing is guarded with --no-guard, and elsewhere with --guard-dir', () => {
  const world = createWorld();
  writeTree(join(world.root, 'source'), { a: 'a' });
  world.run(['backup', 'source', '--no-guard']);
  world.run(['backup', 'source'], { env: { CAIRN_GUARD: 'off' } });
  expect(existsSync(join(world.root, '.cairn-guard'))).toBe(false);
  expect(world.run(['guard', 'status'])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringContaining('No repository is guarded') as string,
  });
  world.run(['backup', 'source', '--guard-dir', 'elsewhere']);
  expect(world.json(['guard', 'status'], { env: { CAIRN_GUARD: join(world.root, 'elsewhere') } })).toHaveLength(1);
  expect(world.run(['guard', 'status'], { env: { CAIRN_GUARD_DELAY: '5x' } })).toMatchObject({ status: 0 });
  expect(world.run(['backup', 'source'], { env: { CAIRN_GUARD_DELAY: '5x' } })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('CAIRN_GUARD_DELAY') as string,
  });
});

test('a guard is no part of a backup', () => {
  const world = createGuarded();
  const { root } = world;
  mkdirSync(join(root, 'more'));
  expect(world.run(['backup', root])).toMatchObject({ status: 0 });
  const listed = world.restic('ls', 'latest');
  expect(listed).toContain(join(root, 'more'));
  expect(listed).not.toContain('.cairn-guard');
});
