import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { randomBytes } from '../../helpers/random.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');

function largestPack(): string {
  const data = join(world.repository, 'data');
  const packs = readdirSync(data, { recursive: true })
    .map((name) => join(data, String(name)))
    .filter((path) => /[0-9a-f]{64}$/.test(path));
  return packs.sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!;
}

beforeAll(() => {
  writeTree(source, { 'large.bin': randomBytes('large', 400_000), 'small.txt': 'small' });
  world.json(['backup', source]);
});

describe('a repository', () => {
  test('that is whole', () => {
    for (const options of [[], ['--read-data'], ['--read-data-subset', '1/1'], ['--read-data-subset', '50%']]) {
      const { status, stdout } = world.run(['verify', ...options]);
      expect([options, status]).toEqual([options, 0]);
      expect(stdout).toContain('no errors were found');
    }
  });

  test.each([['0%'], ['101%'], ['3/2'], ['some']])('takes no part %s', (part) => {
    const run = world.run(['verify', '--read-data-subset', part]);
    expect(run.status).toBe(1);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('against the disk: equal, then each difference by its kind', () => {
    expect(world.run(['verify', '--against', source]).status).toBe(0);
    appendFileSync(join(source, 'small.txt'), '!');
    writeFileSync(join(source, 'extra.txt'), 'extra');
    const { status, stdout } = world.run(['verify', '--against', source]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^DIFFERENT +.*small\.txt$/m);
    expect(stdout).toMatch(/^EXTRA +.*extra\.txt$/m);
  });

  test('whose content is damaged: names the file and the snapshot', () => {
    const pack = largestPack();
    const whole = readFileSync(pack);
    const damaged = Buffer.from(whole);
    damaged[5000]! ^= 1;
    chmodSync(pack, 0o600);
    writeFileSync(pack, damaged);
    expect(world.run(['verify']).status).toBe(0);
    const run = world.run(['verify', '--read-data']);
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/^CORRUPT +.*large\.bin +\(in [0-9a-f]{8}\)$/m);
    expect(run.stdout).not.toMatch(/small\.txt/);
    writeFileSync(pack, whole);
    expect(world.run(['verify', '--read-data']).status).toBe(0);
  });

  test('of which a pack is gone: says MISSING without reading anything', () => {
    const pack = largestPack();
    const whole = readFileSync(pack);
    rmSync(pack);
    const run = world.run(['verify']);
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/^MISSING +.*large\.bin/m);
    writeFileSync(pack, whole);
    expect(world.run(['verify']).status).toBe(0);
  });
});

describe('a mirror', () => {
  const copy = join(world.root, 'copy');

  test('is proven file by file', () => {
    mkdirSync(copy);
    expect(world.run(['mirror', source, copy, '--apply']).status).toBe(0);
    expect(world.run(['verify', copy])).toMatchObject({ status: 0 });
    appendFileSync(join(copy, 'small.txt'), '?');
    rmSync(join(copy, 'extra.txt'));
    const { status, stdout } = world.run(['verify', copy]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^CORRUPT +small\.txt/m);
    expect(stdout).toMatch(/^MISSING +extra\.txt/m);
  });

  test('a folder that is none is refused', () => {
    const run = world.run(['verify', source]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/no mirror/);
    expect(world.run(['verify', join(world.root, 'nowhere')]).stderr).toMatch(/nowhere does not exist\.$/m);
  });

  test('a mirror whose manifest is damaged is told from a folder that is none', () => {
    const copy = join(world.root, 'damaged');
    world.run(['mirror', source, copy, '--apply']);
    writeFileSync(join(copy, '.cairn-manifest.json'), '{}');
    const run = world.run(['verify', copy]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^cairn: The file \.cairn-manifest\.json is damaged/);
  });
});
