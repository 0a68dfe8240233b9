import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectFailure } from '../../helpers/failure.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { startRestServer, type RestServer } from '../../servers/restServer.ts';
import { createWorld, type JsonLine, type World } from './world.ts';

const time = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
/** All promises that the disk of a test can keep: whatever it is made of, it is one. */
const modest = ['--copies', '2', '--disks', '1', '--away', '0'];

interface Look {
  readonly places: readonly JsonLine[];
  readonly folders: readonly JsonLine[];
  readonly summary: JsonLine;
}

/** What `cairn status --json` says; `broken`: the promises that it says are not kept. */
function look(world: World, args: readonly string[] = modest, broken: readonly string[] = []): Look {
  const lines = world.json(['status', ...args], { status: broken.length > 0 ? 1 : 0 });
  const [places, folders] = ['place', 'folder'].map((kind) => lines.filter(({ message_type: type }) => type === kind));
  const summary = lines.at(-1)!;
  expect(summary).toMatchObject({ message_type: 'summary', kept: broken.length === 0, broken });
  return { places: places!, folders: folders!, summary };
}

function runOk(world: World, ...args: string[]): void {
  const { status, stderr } = world.run(args, { env: { RESTIC_PASSWORD: TEST_PASSWORD } });
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('warning')]);
}

function change(world: World, content: string): void {
  writeTree(join(world.root, 'source'), { a: content });
}

describe('cairn status', () => {
  const world = createWorld();
  const source = join(world.root, 'source');

  test('says that nothing is backed up, and exits with 1', () => {
    expect(world.run(['status'])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^Nothing is backed up from this computer, as far as Cairn knows\./) as string,
      stderr: '',
    });
    expect(world.json(['status'], { status: 1 })).toMatchObject([
      ...['copies', 'disks', 'away', 'age', 'behind', 'proof', 'damage'].map((name) => ({
        message_type: 'promise',
        name,
      })),
      { message_type: 'summary', kept: false, copies: 0, folders: 0 },
    ]);
    expect(existsSync(join(world.repository, '..', 'standing'))).toBe(false);
  });

  test('counts a backup, without a password', () => {
    change(world, 'one');
    runOk(world, 'backup', 'source');
    const { places, folders, summary } = look(world);
    expect(summary).toMatchObject({ copies: 2, disks: 1, away: 0, folders: 1 });
    expect(places).toEqual([
      {
        message_type: 'place',
        location: world.repository,
        kind: 'repository',
        repository_id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        state: 'there',
        away: false,
        counted: true,
        folders: 1,
        last_used: time,
      },
    ]);
    const numbers = { copies: 2, disks: 1, away: 0 };
    expect(folders).toEqual([
      { message_type: 'folder', path: source, exists: true, ...numbers, last_backup: time, oldest_not_away: time },
    ]);
    look(world, [], ['copies', 'disks', 'away']);
    const run = world.run(['status']);
    expect(run.stdout).toMatch(
      /^2 copies on 1 disk, 0 away\n\nBROKEN {2}copies {2}2 of 3: .*source\. "cairn replicate --to LOCATION"/,
    );
    expect(run).toMatchObject({ status: 1, stderr: '' });
  });

  test('with -q only what is broken is said', () => {
    expect(world.run(['status', '-q', ...modest])).toMatchObject({ status: 0, stdout: '' });
    const lines = world.run(['status', '-q']).stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 14).trimEnd())).toEqual([
      'BROKEN  copies',
      'BROKEN  disks',
      'BROKEN  away',
    ]);
  });

  test('counts a replica, and says when it lacks something', () => {
    const { places } = look(world);
    runOk(world, 'backup', 'source', '--dry-run');
    runOk(world, 'backup', 'source', '--if-older-than', '1h');
    runOk(world, 'replicate', '--to', 'replica', '--dry-run');
    expect(look(world).places).toEqual(places);
    runOk(world, 'replicate', '--to', 'replica');
    runOk(world, 'backup', 'source');
    const replica = () => look(world).places.find(({ kind }) => kind === 'replica')!;
    const first = replica();
    expect(first).toMatchObject({ location: join(world.root, 'replica'), folders: 1, state: 'there' });
    expect(first).not.toHaveProperty('waiting_since');
    change(world, 'two');
    runOk(world, 'backup', 'source');
    const since = replica()['waiting_since'];
    expect(since).toEqual(time);
    change(world, 'three');
    runOk(world, 'backup', 'source');
    expect(replica()).toMatchObject({ waiting_since: since });
    runOk(world, 'replicate', '--to', 'replica');
    expect(replica()).not.toHaveProperty('waiting_since');
  });

  test('counts copied snapshots by the newest', () => {
    runOk(world, 'init', '-r', 'other');
    const ids = world.json(['snapshots']).map(({ id }) => String(id));
    runOk(world, 'copy', '-r', 'other', ids[0]!);
    const copy = () => look(world).places.find(({ kind }) => kind === 'copy');
    expect(copy()).toMatchObject({ location: join(world.root, 'other'), waiting_since: time });
    runOk(world, 'copy', '-r', 'other', 'latest');
    expect(copy()).not.toHaveProperty('waiting_since');
  });

  test('counts a mirror once it is made', () => {
    runOk(world, 'mirror', 'source', 'mirror');
    expect(look(world).summary).toMatchObject({ copies: 4 });
    runOk(world, 'mirror', 'source', 'mirror', '--apply');
    runOk(world, 'mirror', 'source', 'dated', '--dated', '--apply');
    const { summary, places } = look(world);
    expect(summary).toMatchObject({ copies: 6 });
    const mirrors = places.filter(({ kind }) => kind === 'mirror');
    expect(mirrors).toMatchObject([{ state: 'there' }, { state: 'there' }]);
  });

  test('says when each was proven, and how deep', () => {
    runOk(world, 'verify');
    runOk(world, 'replicate', '--to', 'replica', '--check', '--read-data');
    runOk(world, 'verify', '-r', 'other', '--read-data-subset', '50%');
    runOk(world, 'verify', 'mirror');
    const { places } = look(world, [...modest, '--max-unproven', '0'], ['proof']);
    expect(Object.fromEntries(places.map(({ location, proof_depth: depth }) => [location, depth]))).toEqual({
      [world.repository]: 'structure',
      [join(world.root, 'replica')]: 'data',
      [join(world.root, 'other')]: 'part',
      [join(world.root, 'mirror')]: 'data',
    });
  });

  test('damage breaks a promise until a look as deep finds none', () => {
    const data = join(world.root, 'replica/data');
    const [pack] = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 60);
    const [path, content] = [join(data, pack!), readFileSync(join(data, pack!))];
    const put = (bytes: Buffer) => {
      rmSync(path);
      writeFileSync(path, bytes);
    };
    const bad = Buffer.from(content);
    bad[5]! ^= 1;
    put(bad);
    const check = (...more: string[]) => world.run(['replicate', '--to', 'replica', '--check', ...more]).status;
    expect(check('--read-data')).toBe(1);
    look(world, modest, ['damage']);
    put(content);
    expect(check()).toBe(0);
    look(world, modest, ['damage']);
    expect(check('--read-data')).toBe(0);
    look(world);
  });

  test('an old backup breaks a promise, unless none was made', () => {
    look(world, [...modest, '--max-age', '0'], ['age']);
    look(world, [...modest, '--max-age', 'never']);
  });

  test('of one repository: its copies and no others', () => {
    const of = (location: string) => look(world, ['-r', location, ...modest]).places.map(({ kind }) => kind);
    expect(of(world.repository).sort()).toEqual(['copy', 'replica', 'repository']);
    expect(of('mirror')).toEqual(['mirror']);
  });

  test('what is gone does not count, until it is forgotten', () => {
    writeTree(join(world.root, 'notes'), { n: 'n' });
    runOk(world, 'backup', 'notes');
    for (const name of ['other', 'notes']) rmSync(join(world.root, name), { recursive: true });
    const { places, summary } = look(world, modest, ['copies']);
    expect(summary).toMatchObject({ folders: 2, copies: 1 });
    const gone = places.find(({ kind }) => kind === 'copy')!;
    expect(['gone', 'unknown']).toContain(gone['state']);
    expect(gone['counted']).toBe(false);
    const of = look(world, ['source', ...modest]);
    expect(of.summary).toMatchObject({ folders: 1, copies: 5 });
    expect(world.run(['status', ...modest]).stdout).toMatch(/^note +place +.*other is (gone|not there)/m);
    for (const name of ['other', 'notes']) runOk(world, 'status', '--forget', name);
    expect(look(world).places.some(({ kind }) => kind === 'copy')).toBe(false);
    expectFailure(world.run(['status', '--forget', 'other']), 1, /No place and no folder of that name is known/);
  });

  test('a folder that was never backed up breaks what was promised', () => {
    mkdirSync(join(world.root, 'never'));
    const { folders } = look(world, ['never', ...modest], ['copies', 'age']);
    expect(folders).toMatchObject([{ path: join(world.root, 'never'), exists: true, copies: 1 }]);
  });

  test('what makes no sense is refused', () => {
    const fail = (args: string[], message: RegExp) => expectFailure(world.run(['status', ...args]), 1, message);
    fail(['--copies', 'many'], /--copies.*whole number/);
    fail(['--max-age', 'soon'], /--max-age.*"soon" is not a duration/);
    fail(['--forget', ''], /An empty name names nothing/);
    fail(['--forget', 'a', '--mark-away', 'b'], /Give one of --forget, --mark-away and --mark-here/);
    fail(['--mark-away', 'nowhere'], /No place of that name is known/);
    fail([''], /An empty path names nothing/);
  });

  test('a damaged file of the ledger is named', () => {
    const file = join(world.repository, '..', 'standing', `${'f'.repeat(64)}.json`);
    writeFileSync(file, '{');
    const { status, stderr } = world.run(['status', ...modest]);
    expect([status, stderr]).toEqual([
      0,
      `warning: ${file} cannot be read. Remove it: the next run of a command notes what is known of its place.\n`,
    ]);
  });
});

test('a data folder that cannot be written to fails no backup', () => {
  const world = createWorld();
  change(world, 'one');
  runOk(world, 'init', '-r', 'repository');
  const own = join(world.repository, '..');
  rmSync(own, { recursive: true, force: true });
  writeFileSync(own, 'no folder');
  const run = world.run(['backup', '-r', 'repository', 'source'], { env: { RESTIC_PASSWORD: TEST_PASSWORD } });
  expect(run.status).toBe(0);
  expect(run.stderr).toMatch(
    /^warning: What "cairn status" says may be out of date: the folder .*standing cannot be written to/,
  );
});

describe('with a server', () => {
  const world = createWorld();
  let server: RestServer;
  let location: string;

  beforeAll(async () => {
    server = await startRestServer(tempFolder(), { hasLogin: true });
    location = `rest:${server.url.replace('//', '//cairn:s3cret%20pa%3Ass@')}replica/`;
    change(world, 'one');
    runOk(world, 'backup', 'source');
    runOk(world, 'replicate', '--to', location);
    return () => server.stop();
  });

  test('what is at this machine is not away, unless it leads elsewhere', () => {
    expect(look(world, [], ['disks', 'away']).summary).toMatchObject({ copies: 3, disks: 1, away: 0 });
    runOk(world, 'status', '--mark-away', location);
    const { summary } = look(world, ['--disks', '1']);
    expect(summary).toMatchObject({ copies: 3, disks: 1, away: 1 });
    expect(summary).not.toHaveProperty('oldest_not_away');
    change(world, 'two');
    runOk(world, 'backup', 'source');
    const behind = look(world, ['--disks', '1', '--max-behind', '0'], ['behind']);
    expect(behind.summary).toMatchObject({ oldest_not_away: time });
    runOk(world, 'status', '--mark-here', location);
    expect(look(world, ['--disks', '1'], ['away']).summary).toMatchObject({ away: 0 });
  });

  test('it is not asked, and its password is nowhere', async () => {
    await server.stop();
    const run = world.run(['status', '--json']);
    expect(run.stdout).toContain('"state":"far"');
    const folder = join(world.repository, '..', 'standing');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    for (const text of [run.stdout, run.stderr, world.run(['status']).stdout, ...files]) {
      expect(text).not.toContain('s3cret');
    }
    expect(files.join('')).toContain('cairn:***@');
  });
});
