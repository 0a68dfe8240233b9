/**
 * A repository in a bucket from its beginning to its end, by our command line and by the real restic: which cannot write
 * to this store itself (it sends bodies in chunks), so rclone carries its files.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ended, startCairn, type CairnRun } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { expectSameTree } from '../helpers/sameTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startGate, type Gate } from '../servers/gate.ts';
import { rcloneThere, startSwift, type Swift, type SwiftUser } from '../servers/swift.ts';
import type { SwiftNode } from '../servers/swiftConfig.ts';

// Dozens of programs run one after the other, and with nodes that come and go.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

let swift: Swift;
let gate: Gate;
let source: string;
/** All that our command line printed, and how it was called. */
let seen = '';

beforeAll(async () => {
  swift = await startSwift(tempFolder());
  gate = await startGate(swift.endpoint);
  source = tempFolder();
  writeTree(source, {
    'small/a.txt': 'a',
    'small/b/c.txt': 'c',
    ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`large/${i}`, randomBytes(`s3 ${i}`, 3_000_000)])),
  });
});

afterAll(async () => {
  gate.close();
  await swift.stop();
});

async function runCairn(place: string, args: readonly string[], user: SwiftUser = swift.owner): Promise<CairnRun> {
  const child = startCairn([...args, '-r', `s3:${gate.endpoint}/${place}`], {
    env: {
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
      AWS_PROFILE: undefined,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
    },
  });
  const commandLine = `/proc/${child.pid}/cmdline`;
  if (existsSync(commandLine)) seen += readFileSync(commandLine, 'utf8');
  const run = await ended(child);
  seen += run.stdout + run.stderr;
  return run;
}

async function cairn(place: string, ...args: string[]): Promise<string> {
  const run = await runCairn(place, args);
  expect([args[0], run.status, run.stderr]).toEqual([args[0], 0, run.stderr]);
  return run.stdout;
}

/**
 * The command line while a node ends before the `count`th request of a kind. Afterwards the node is there again and is
 * told what it missed: until then, lists of this store may lack what was stored meanwhile, or have what was removed.
 */
async function cairnWhileStopping(
  node: SwiftNode,
  [count, method, folder]: readonly [number, string, string],
  place: string,
  ...args: string[]
): Promise<void> {
  const isDue = (request: IncomingMessage): boolean =>
    request.method === method && request.url!.startsWith(`/${place}/${folder}/`);
  gate.before(count, isDue, () => swift.stopNode(node));
  await cairn(place, ...args);
  expect(gate.wasReached()).toBe(true);
  await swift.startNode(node);
  await swift.replicate();
}

/** The real restic on the same files. */
function resticThere(place: string, ...args: string[]): string {
  return restic(`rclone::s3:${place}`, args, { env: rcloneThere(swift) });
}

test('a repository is kept while nodes of the store go and come, and restic agrees', async () => {
  const place = 'ours/deep/repository';
  await cairn(place, 'init');
  await cairnWhileStopping(2, [2, 'PUT', 'data'], place, 'backup', source);

  const restored = tempFolder();
  await cairnWhileStopping(3, [2, 'GET', 'data'], place, 'restore', `latest:${source}`, '--target', restored);
  expectSameTree(restored, source);
  await cairn(place, 'verify', '--read-data');

  for (const i of [0, 3, 6, 9]) rmSync(join(source, `large/${i}`));
  writeTree(source, { 'small/new.txt': 'new' });
  await cairn(place, 'backup', source);
  await cairn(place, 'forget', '--keep-last', '1');
  await cairnWhileStopping(1, [1, 'DELETE', 'data'], place, 'prune', '--grace', '0');
  expect(resticThere(place, 'check', '--read-data')).toContain('no errors were found');

  const byRestic = tempFolder();
  resticThere(place, 'restore', 'latest', '--target', byRestic);
  expectSameTree(join(byRestic, source), source);
});

test('a repository that restic made is ours as well', async () => {
  const place = 'theirs/repository';
  resticThere(place, 'init', '--repository-version', '2');
  resticThere(place, 'backup', join(source, 'small'));
  const small = join(source, 'small');
  expect(JSON.parse(await cairn(place, 'snapshots', '--json'))).toMatchObject([{ paths: [small] }]);
  const restored = tempFolder();
  await cairn(place, 'restore', `latest:${small}`, '--target', restored);
  expectSameTree(restored, small);
  await cairn(place, 'backup', small);
  expect(resticThere(place, 'check', '--read-data')).toContain('no errors were found');
});

test('who may not is told so', async () => {
  const place = 'ours/deep/repository';
  const wrong = { ...swift.owner, secretAccessKey: 'wrong-secret-1X' };
  const refused = await runCairn(place, ['snapshots'], wrong);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/Check AWS_ACCESS_KEY_ID/)]);
  const stranger = await runCairn(place, ['backup', source], swift.stranger);
  expect([stranger.status, stranger.stderr]).toEqual([1, expect.stringMatching(/may not do this/)]);
  const missing = await runCairn('nowhere/repository', ['snapshots']);
  expect([missing.status, missing.stderr]).toEqual([10, expect.stringMatching(/no repository at s3:http/)]);
  const again = await runCairn(place, ['init']);
  expect([again.status, again.stderr]).toEqual([1, expect.stringMatching(/There is a repository/)]);
});

test('no secret was printed, or given as an argument', () => {
  expect(seen).toContain('backup');
  for (const secret of [swift.owner.secretAccessKey, swift.stranger.secretAccessKey, 'wrong-secret-1X'])
    expect(seen).not.toContain(secret);
});
