/** What `cairn` says to repositories that are missing, foreign, damaged, full or gone: one line, and no harm. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Sealer } from '../../src/repository/crypto/seal.ts';
import type { BlobId, BlobType, PackId } from '../../src/repository/format/ids.ts';
import { sha256Hex } from '../../src/repository/hash.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { cairn, cairnBackup, ended, startCairn, type CairnRun } from '../helpers/cairn.ts';
import { sampleOf } from '../helpers/effort.ts';
import { expectFailure } from '../helpers/failure.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  createLocalRepository,
  openLocalRepository,
  repositoryFile,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const source = join(root, 'source');
const original = join(root, 'original');

/** A file whose content lies in one blob, and where. */
const precious = join(source, 'sub/precious.txt');

beforeAll(async () => {
  writeTree(source, { 'sub/precious.txt': 'precious\n'.repeat(200), 'other.txt': 'other', empty: null });
  await createLocalRepository(original);
  cairnBackup(original, [source]);
});

function copyRepository(name: string): string {
  const copy = join(root, name);
  cpSync(original, copy, { recursive: true });
  return copy;
}

/** The commands that are tried, each with what it needs of the repository. */
function tryReading(repository: string): Promise<CairnRun[]> {
  const commands = [['snapshots'], ['ls', 'latest'], ['cat', `latest:${precious}`]];
  return Promise.all(commands.map((command) => ended(startCairn([...command, '-r', repository]))));
}

const tryBackup = (repository: string) => ended(startCairn(['backup', '-r', repository, source]));

describe('no repository', () => {
  const commands = [['snapshots'], ['ls', 'latest'], ['cat', `latest:${precious}`], ['backup', source]];

  test.each(commands)('nothing is there: %s', (...command) => {
    expectFailure(cairn([...command, '-r', join(root, 'nowhere')]), 10, /no repository at .*nowhere/);
    expect(readdirSync(root)).not.toContain('nowhere');
  });

  test.each(commands)('a folder of other things: %s', (...command) => {
    const folder = join(root, 'photos');
    writeTree(folder, { 'picture.jpg': 'x' });
    expectFailure(cairn([...command, '-r', folder]), 10, /no repository at .*photos/);
    expect(readdirSync(folder)).toEqual(['picture.jpg']);
  });

  test.each(commands)('a file: %s', (...command) => {
    expectFailure(cairn([...command, '-r', join(source, 'other.txt')]), 10, /no repository at .*other\.txt/);
  });
});

describe('a repository that cannot be opened', () => {
  test('a wrong password', () => {
    const env = { RESTIC_PASSWORD: 'wrong' };
    expectFailure(cairn(['snapshots', '-r', original], { env }), 12, /password does not open the repository/);
    expectFailure(cairn(['backup', '-r', original, source], { env }), 12, /password does not open the repository/);
  });

  test('an empty password', () => {
    const run = cairn(['snapshots', '-r', original], { env: { RESTIC_PASSWORD: '' } });
    expectFailure(run, 1, /password/);
  });

  test.each([
    [3, /version 3/],
    [0, /version 0/],
    ['2', /version "2"/],
    [null, /version/],
  ])('the format version %j', async (version, message) => {
    const repository = copyRepository(`version-${String(version)}`);
    const { id, polynomial } = { id: '0'.repeat(64), polynomial: '3da3358b4dc173' };
    await sealConfig(repository, JSON.stringify({ version, id, chunker_polynomial: polynomial }));
    expectFailure(cairn(['backup', '-r', repository, source]), 1, message);
  });

  test.each([
    ['not JSON', 'x'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no id', '{"version":2,"chunker_polynomial":"3da3358b4dc173"}'],
    ['no polynomial', `{"version":2,"id":"${'0'.repeat(64)}"}`],
    ['a reducible polynomial', `{"version":2,"id":"${'0'.repeat(64)}","chunker_polynomial":"2"}`],
  ])('a config that is %s', async (name, json) => {
    const repository = copyRepository(`config-${name}`);
    await sealConfig(repository, json);
    expectFailure(cairn(['backup', '-r', repository, source]), 1, /config/);
  });

  test.each([
    ['not JSON', () => 'x'],
    ['empty', () => ''],
    ['a list', () => '[]'],
    ['another function', (key: Key) => JSON.stringify({ ...key, kdf: 'argon' })],
    ['too expensive', (key: Key) => JSON.stringify({ ...key, N: 2 ** 40 })],
    ['no power of two', (key: Key) => JSON.stringify({ ...key, N: 3 })],
    ['a short salt', (key: Key) => JSON.stringify({ ...key, salt: 'AAAA' })],
    ['no master key', (key: Key) => JSON.stringify({ ...key, data: '' })],
  ])('a key file under its right name that is %s', (name, change) => {
    const repository = copyRepository(`key-${name}`);
    const [old] = readdirSync(join(repository, 'keys'));
    const json = change(JSON.parse(readFileSync(join(repository, 'keys', old!), 'utf8')) as Key);
    rmSync(join(repository, 'keys', old!));
    writeFileSync(join(repository, 'keys', sha256Hex(Buffer.from(json))), json);
    expectFailure(cairn(['snapshots', '-r', repository]), 1, /key file/);
  });

  test('no key at all', () => {
    const repository = copyRepository('keyless');
    rmSync(join(repository, 'keys'), { recursive: true });
    const run = cairn(['snapshots', '-r', repository]);
    expectFailure(run, 1, /key/);
  });

  test('a damaged key beside a good one does not matter', () => {
    const repository = copyRepository('two-keys');
    writeFileSync(join(repository, 'keys', '0'.repeat(64)), 'damaged');
    expect(cairn(['snapshots', '-r', repository])).toMatchObject({ status: 0, stderr: '' });
  });
});

interface Key {
  readonly salt: string;
  readonly data: string;
}

async function sealConfig(folder: string, json: string): Promise<void> {
  const { masterKey } = await openLocalRepository(original);
  rmSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config'), new Sealer(masterKey).seal(Buffer.from(json)));
}

/** What is done to a file of the repository. */
type Damage = (bytes: Buffer) => Buffer;

function flip(position: number): Damage {
  return (bytes) => {
    const at = position < 0 ? bytes.length + position : position;
    bytes[at]! ^= 0x10;
    return bytes;
  };
}

const flipMiddle: Damage = (bytes) => flip(Math.floor(bytes.length / 2))(bytes);
const cutInHalf: Damage = (bytes) => bytes.subarray(0, bytes.length / 2);
const empty: Damage = () => Buffer.alloc(0);

/** Damage to a sealed file: its initialization vector, its text, and its authentication tag at both ends. */
const damages: Readonly<Record<string, Damage>> = {
  'first byte': flip(0),
  'last byte of the vector': flip(15),
  'first byte of the text': flip(16),
  middle: flipMiddle,
  'first byte of the tag': flip(-16),
  'last byte': flip(-1),
  'cut in half': cutInHalf,
  empty,
};

/** What each command does about it: the line that it prints, or nothing when it need not care. */
interface Outcome {
  readonly snapshots?: RegExp;
  readonly ls?: RegExp;
  readonly cat?: RegExp;
  readonly backup?: RegExp;
  /** What a backup says that goes well. */
  readonly notice?: RegExp;
}

describe('a damaged repository', () => {
  let repository: string;
  let opened: Repository;
  beforeAll(async () => {
    repository = copyRepository('damaged');
    opened = await openLocalRepository(repository);
  });

  /** Damages a file, tries every command, and puts the file back: then nothing must be lost. */
  async function checkDamage(path: string, damage: Damage, outcome: Outcome): Promise<void> {
    const before = readFileSync(path);
    chmodSync(path, 0o600);
    writeFileSync(path, damage(Buffer.from(before)));
    const runs = [...(await tryReading(repository)), await tryBackup(repository)];
    const expected = [outcome.snapshots, outcome.ls, outcome.cat, outcome.backup];
    runs.forEach((run, at) => {
      const message = expected[at];
      const notice = at === expected.length - 1 ? outcome.notice : undefined;
      if (!message) expect([run.status, run.stderr]).toEqual([0, notice ? expect.stringMatching(notice) : '']);
      else expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(message)]);
      if (message) expect(run.stderr).toMatch(/^(cairn|warning): [^\n]*\n$/);
    });
    writeFileSync(path, before);
    restic(repository, ['check', '--read-data']);
    for (const path of readdirSync(repository, { recursive: true, encoding: 'utf8' })) {
      if (/^(?:snapshots|index|data)/.test(path) && !existsSync(join(original, path))) rmSync(join(repository, path));
    }
  }

  const only = (folder: string) => join(repository, folder, readdirSync(join(repository, folder))[0]!);
  const all = (message: RegExp): Outcome => ({ snapshots: message, ls: message, cat: message, backup: message });

  test.each(sampleOf(['created', 'username', 'hostname', 'kdf', 'N', 'r', 'p', 'salt', 'data'], 5))(
    'the key file, in its field %s',
    async (field) => {
      const inField: Damage = (bytes) => flip(bytes.indexOf(`"${field}":`) + field.length + 4)(bytes);
      await checkDamage(only('keys'), inField, all(/key file [0-9a-f]{8} in .*damaged/));
    },
  );

  test.each([
    ['empty', empty],
    ['cut in half', cutInHalf],
  ])('the key file, %s', async (_name, damage) => {
    await checkDamage(only('keys'), damage, all(/key file [0-9a-f]{8} in .*damaged/));
  });

  test.each(sampleOf(Object.entries(damages), 4))('the config, %s', async (_name, damage) => {
    await checkDamage(join(repository, 'config'), damage, all(/config file .*damaged/));
  });

  test.each(sampleOf(Object.entries(damages), 4))('an index, %s', async (_name, damage) => {
    const message = /index file [0-9a-f]{8} in .*damaged/;
    await checkDamage(only('index'), damage, { ls: message, cat: message, backup: message });
  });

  test.each(sampleOf(Object.entries(damages), 4))('the snapshot, %s', async (_name, damage) => {
    const message = /snapshot file [0-9a-f]{8} in .*damaged/;
    await checkDamage(only('snapshots'), damage, { snapshots: message, ls: message, cat: message });
    for (const name of readdirSync(join(repository, 'snapshots'))) {
      if (name !== readdirSync(join(original, 'snapshots'))[0])
        rmSync(join(repository, 'snapshots', name), { force: true });
    }
  });

  /** The place of the blob that `cat` needs. */
  async function locate(type: BlobType): Promise<{ path: string; offset: number; length: number }> {
    const session = await unlockedSession(opened);
    const [stored] = await listSnapshots(opened);
    let id: BlobId = stored!.snapshot.tree;
    for (const name of inTree(precious).split('/').slice(1)) {
      const { nodes } = await session.reader.loadTree(id);
      const node = nodes.find((found) => found.name === name)!;
      if (node.type === 'dir') id = node.subtree!;
      else if (type === 'data') id = node.content![0]!;
    }
    const { packId, offset, length } = session.index.locations(type, id)[0]!;
    return { path: repositoryFile(repository, 'data', packId satisfies PackId), offset, length };
  }

  const inBlob: [string, (offset: number, length: number) => number][] = [
    ['first byte of the vector', (offset) => offset],
    ['first byte of the text', (offset) => offset + 16],
    ['middle', (offset, length) => offset + Math.floor(length / 2)],
    ['last byte of the tag', (offset, length) => offset + length - 1],
  ];

  test.each(sampleOf(inBlob, 2))('a pack, in the blob of a file: %s', async (_name, position) => {
    const { path, offset, length } = await locate('data');
    await checkDamage(path, flip(position(offset, length)), { cat: /pack [0-9a-f]{8}.*damaged/ });
  });

  test.each(sampleOf(inBlob, 2))('a pack, in the blob of a folder: %s', async (_name, position) => {
    const { path, offset, length } = await locate('tree');
    const message = /pack [0-9a-f]{8}.*damaged/;
    await checkDamage(path, flip(position(offset, length)), { ls: message, cat: message });
  });

  test.each([
    ['its header', flip(-20)],
    ['the length of its header', flip(-4)],
  ])('a pack, in %s, which only check, prune and repair read', async (_name, damage) => {
    await checkDamage((await locate('data')).path, damage, {});
  });

  test.each([
    ['empty', empty],
    ['cut in half', cutInHalf],
  ])('a pack, %s', async (_name, damage) => {
    const message = /damaged/;
    const notice = /^warning: 1 pack of the repository is missing or cut short\. [^\n]*\n$/;
    await checkDamage((await locate('tree')).path, damage, { ls: message, cat: message, notice });
  });

  test('a pack that is missing', async () => {
    const { path } = await locate('data');
    renameSync(path, join(root, 'pack'));
    expectFailure(
      cairn(['cat', `latest:${precious}`, '-r', repository]),
      1,
      /data\/[0-9a-f]{2}\/[0-9a-f]{64} is not in/,
    );
    renameSync(join(root, 'pack'), path);
  });

  test('an index that is missing', () => {
    renameSync(join(repository, 'index'), join(root, 'index'));
    expectFailure(cairn(['cat', `latest:${precious}`, '-r', repository]), 1, /content [0-9a-f]{8} is missing/);
    renameSync(join(root, 'index'), join(repository, 'index'));
  });
});
