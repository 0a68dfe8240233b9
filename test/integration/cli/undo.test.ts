import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const at = (...names: string[]) => join(source, ...names);
const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`src/${index}.txt`, String(index)]));
let ids: string[] = [];

beforeAll(() => {
  writeTree(source, { ...many, 'a.txt': 'one', 'b.txt': 'one', 'notes/c.txt': 'one' });
  world.json(['backup', source]);
  for (const name of ['a.txt', 'b.txt']) writeFileSync(at(name), 'by the agent');
  world.json(['backup', source, '--actor', 'agent:codex', '--session', '5f2c', '--turn', '1']);
  appendFileSync(at('notes', 'c.txt'), ' and two');
  world.json(['backup', source]);
  writeFileSync(at('b.txt'), 'and then by a person');
  ids = snapshotIds(world);
});

const run = (...args: string[]) => world.run(['undo', ...args], { cwd: source });

test('lists the moments', () => {
  const { stdout, stderr } = run('--list');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^Snapshot +Time +What happened\n/);
  expect(stdout).toMatch(new RegExp(`\n${ids[1]!.slice(0, 8)} +\\d{4}-.* +a turn of Codex\n1 moment of risk in `));
  expect(world.json(['undo', source, '--list'])).toEqual([
    {
      message_type: 'moment',
      what: 'a turn of Codex',
      before: ids[0],
      after: ids[1],
      time: expect.any(String) as string,
      actor: { kind: 'agent', name: 'codex', session: '5f2c', turn: '1' },
    },
  ]);
});

test('shows what it would do, and asks', () => {
  const { stdout, stderr, status } = run('--dry-run');
  expect(status).toBe(0);
  expect(stdout).toBe(`overwrite  ${at('a.txt')}\ndry run: nothing was written\n`);
  expect(stderr).toMatch(/^a turn of Codex, \d.*: changed 2 files; before it: snapshot [0-9a-f]{8}\n/);
  expect(stderr).toContain(`stays      ${at('b.txt')} (changed once more since then; --force takes it back)\n`);
  expect(run()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Nothing was changed. --dry-run') as string,
  });
  expect(snapshotIds(world)).toEqual(ids);
  expect(readFileSync(at('a.txt'), 'utf8')).toBe('by the agent');
});

test('takes back what the moment changed, after a snapshot of what was there', () => {
  const [summary] = world.json(['undo', source, '--yes']).filter(({ message_type: type }) => type === 'summary');
  const [safety] = snapshotIds(world).slice(-2);
  expect(summary).toMatchObject({
    moment: { what: 'a turn of Codex' },
    files_changed: 2,
    files_restored: 1,
    kept: [at('b.txt')],
    safety_snapshot: safety,
  });
  expect(readFileSync(at('a.txt'), 'utf8')).toBe('one');
  expect(readFileSync(at('b.txt'), 'utf8')).toBe('and then by a person');
  expect(readFileSync(at('notes', 'c.txt'), 'utf8')).toBe('one and two');
  expect(world.run(['cat', `${safety}:${at('a.txt')}`]).stdout).toBe('by the agent');
  expect(run('--yes')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^What is left of it was/) as string });
  expect(run('--yes', '--force').stdout).toMatch(
    /^brought back 1 file, deleted 0\. What was there is in the snapshot /,
  );
  expect(readFileSync(at('b.txt'), 'utf8')).toBe('one');
  expect(run('--yes')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Nothing is left of it: /) as string,
  });
});

test('a mass deletion that no snapshot has yet is the last moment', () => {
  rmSync(at('src'), { recursive: true });
  appendFileSync(at('a.txt'), ', and mine');
  expect(run('--list').stdout).toMatch(/\n- +now +25 files deleted since the last snapshot\n.*a turn of Codex\n/s);
  expect(run('--moment', ids[1]!, '--dry-run').stderr).toMatch(/^a turn of Codex/);
  expect(run('-y').stdout).toMatch(/^brought back 25 files, /);
  expect(readFileSync(at('src', '7.txt'), 'utf8')).toBe('7');
  expect(readFileSync(at('a.txt'), 'utf8')).toBe('one, and mine');
});

test('a folder that is gone comes back, and restic finds nothing wrong', () => {
  rmSync(source, { recursive: true });
  expect(world.run(['undo', source, '--yes']).stdout).toMatch(/^brought back 28 files, deleted 0\.\n/);
  expect(existsSync(at('notes', 'c.txt'))).toBe(true);
  world.restic('check', '--read-data');
});

test('says what is missing', () => {
  const refusal = (...args: string[]) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(1);
    return stderr;
  };
  expect(refusal('--moment', 'ffff')).toContain('No moment of risk has the snapshot ffff in ');
  expect(refusal(world.root)).toContain('This repository has no snapshot of ');
  expect(refusal('notes')).toContain('No moment of risk is known in ');
});
