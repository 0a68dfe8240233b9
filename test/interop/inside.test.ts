/** What is in a repository that the real restic filled, as Cairn and as restic see it. */
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/engine/diff/change.ts';
import { diffSnapshots } from '../../src/engine/diff/diffSnapshots.ts';
import { diffWithDisk } from '../../src/engine/diff/diffWithDisk.ts';
import { fileHistory } from '../../src/engine/fileHistory.ts';
import { findFiles, type FindOptions } from '../../src/engine/findFiles.ts';
import {
  addRepositoryKey,
  changeRepositoryPassword,
  listRepositoryKeys,
  removeRepositoryKey,
} from '../../src/engine/keys.ts';
import { initRepository } from '../../src/engine/init.ts';
import { listFiles } from '../../src/engine/listFiles.ts';
import { readFileContent } from '../../src/engine/readFile.ts';
import type { Session } from '../../src/engine/session.ts';
import { resolveSnapshotPath } from '../../src/engine/snapshotPath.ts';
import { stats, type StatsMode, type StatsOptions } from '../../src/engine/stats.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { parseTime } from '../../src/repository/format/time.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { parseLines } from '../helpers/fixtureRepository.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { toResticNode } from '../helpers/resticNode.ts';
import { openSession } from '../helpers/session.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const source = join(top, 'source');
const repository = join(top, 'repository');
const SNAPSHOTS = 6;
const keyCost = { N: 1024, r: 8, p: 1 };
let ids: string[] = [];
let session: Session;

const tree: Record<string, TreeEntry> = {
  'a.txt': 'alpha\n',
  'src/main.c': 'int main() {}\n',
  'src/util.c': 'int util;\n',
  'src/Util.H': '',
  'src/deep/er/file.c': 'deep\n',
  'docs/read me.md': '# read\n',
  'docs/ünïcode "quoted"\n.txt': 'odd\n',
  'docs/raw\udcff.bin': randomBytes('raw', 5000),
  'big.bin': randomBytes('big', 3_000_000),
  'text.log': 'the same line\n'.repeat(50_000),
  link: { link: 'a.txt' },
  'dangling link': { link: '../nowhere' },
  empty: null,
  'empty.txt': '',
};

/** The edits before each snapshot but the first: some chosen, some by chance. */
function edit(step: number, random: ReturnType<typeof seededRandom>): void {
  const at = (...names: string[]) => join(source, ...names);
  if (step === 1) {
    writeFileSync(at('a.txt'), 'alpha, changed\n');
    renameSync(at('src/util.c'), at('src/renamed.c'));
    renameSync(at('docs'), at('documents'));
    chmodSync(at('big.bin'), 0o600);
    linkSync(at('text.log'), at('hard link'));
    symlinkSync('a.txt', at('new link'));
  } else if (step === 2) {
    rmSync(at('empty.txt'));
    symlinkSync('a.txt', at('empty.txt'));
    rmSync(at('link'));
    symlinkSync('big.bin', at('link'));
    utimesSync(at('src/main.c'), 1_000_000_000, 1_000_000_000);
    rmSync(at('src/deep'), { recursive: true });
    writeTree(at('empty'), { 'now/not/empty': 'x' });
  }
  for (let i = 0; i < 10; i++) {
    const folder = at('random', `${random.below(3)}`, `${random.below(3)}`);
    const file = join(folder, `${random.below(4)}.c`);
    mkdirSync(folder, { recursive: true });
    if (random.below(3) === 0) rmSync(random.below(4) === 0 ? folder : file, { recursive: true, force: true });
    else writeFileSync(file, `content ${random.below(6)}\n`);
  }
}

beforeAll(async () => {
  // A cheap key: restic opens the repository many times.
  await initRepository(new LocalBackend(repository), { password: TEST_PASSWORD, keyCost });
  writeTree(source, tree);
  const random = seededRandom(7);
  for (let step = 0; step < SNAPSHOTS; step++) {
    if (step > 0) edit(step, random);
    restic(repository, ['backup', '--host', step % 2 ? 'odd' : 'even', '--tag', `step${step}`, source]);
  }
  const listed = JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string }[];
  ids = listed.map((snapshot) => snapshot.id);
  session = await openSession(repository);
});

test.each([0, 2, SNAPSHOTS - 1])('ls of snapshot %i', async (at) => {
  const [, ...expected] = parseLines(restic(repository, ['ls', '--json', ids[at]!]));
  const lines: unknown[] = [];
  for await (const entry of listFiles(session, await resolveSnapshotPath(session, ids[at]!), { recursive: true })) {
    lines.push(entry.kind === 'entry' ? toResticNode(entry.path, entry.node) : entry);
  }
  // Newer versions of restic add these.
  const known = (expected as Record<string, unknown>[]).map(({ message_type: _, inode: __, ...fields }) => fields);
  expect(lines).toEqual(known);
});

test('cat is what dump gives', async () => {
  const place = await resolveSnapshotPath(session, `${ids[0]!.slice(0, 8)}:text.log`);
  const pieces: Buffer[] = [];
  for await (const piece of readFileContent(session.reader, place)) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe(restic(repository, ['dump', ids[0]!, join(source, 'text.log')]));
});

describe('diff', () => {
  interface Statistics {
    readonly changed_files: number;
    readonly added: Record<string, number>;
    readonly removed: Record<string, number>;
  }
  const pairs = [
    ...Array.from({ length: SNAPSHOTS - 1 }, (_, at) => [at, at + 1] as const),
    [2, 0],
    [0, SNAPSHOTS - 1],
    [SNAPSHOTS - 1, 0],
    [1, 1],
  ] as const;

  test.each(pairs.flatMap(([a, b]) => [[a, b, false] as const, [a, b, true] as const]))(
    '%i and %i, metadata %s',
    async (a, b, metadata) => {
      const options = metadata ? ['--metadata'] : [];
      const messages = parseLines(restic(repository, ['diff', '--json', ...options, ids[a]!, ids[b]!]));
      const changes: string[] = [];
      const [before, after] = [
        await resolveSnapshotPath(session, ids[a]!),
        await resolveSnapshotPath(session, ids[b]!),
      ];
      const onChange = (change: Change) => void changes.push(...asRestic(change, metadata));
      const result = await diffSnapshots(session, before.tree, after.tree!, { metadata, exactCounts: true, onChange });
      const expected = messages.slice(0, -1) as { path: string; modifier: string }[];
      expect(changes).toEqual(expected.map(({ path, modifier }) => `${modifier} ${path}`));

      const statistics = messages.at(-1) as Statistics;
      const counts = ({ files, dirs, others, dataBlobs, treeBlobs, bytes }: (typeof result)['added']) => ({
        files,
        dirs,
        others,
        data_blobs: dataBlobs,
        tree_blobs: treeBlobs,
        bytes,
      });
      expect(result.changedFiles).toBe(statistics.changed_files);
      expect(counts(result.added)).toEqual(statistics.added);
      expect(counts(result.removed)).toEqual(statistics.removed);
      expect(result.problems).toEqual([]);
    },
  );

  /** As restic prints it. To restic, where a link leads is metadata. */
  function asRestic({ path, kind, before, after, suspect }: Change, metadata: boolean): string[] {
    const isModifiedLink = kind === 'modified' && after!.type === 'symlink';
    if (isModifiedLink && !metadata) return [];
    const signs = {
      added: '+',
      removed: '-',
      modified: 'M',
      typeChanged: metadata ? 'TU' : 'T',
      metadata: 'U',
      renamed: 'R',
    };
    const sign = isModifiedLink ? 'U' : signs[kind] + (suspect ? '?' : '');
    return [`${sign} ${path.toWellFormed()}${(after ?? before)!.type === 'dir' ? '/' : ''}`];
  }
});

describe('find', () => {
  interface Found {
    readonly snapshot: string;
    readonly matches: { readonly path: string; readonly size?: number }[];
  }

  test.each<[string[], string[], FindOptions?]>([
    [['*.c'], []],
    [['main.c', 'a.*'], []],
    [['UTIL*'], ['-i'], { ignoreCase: true }],
    [['?.c'], ['--host', 'odd'], { filter: { hosts: ['odd'] } }],
    [['*link*'], ['--tag', 'step2'], { filter: { tags: [['step2']] } }],
    [['*.c'], ['--newest', '2001-09-09 01:46:40'], { newest: parseTime('2001-09-09T01:46:40Z') }],
    [['*.c'], ['--oldest', '2001-09-09 01:46:41'], { oldest: parseTime('2001-09-09T01:46:41Z') }],
    [[join(source, 'src/*.c')], []],
    [['random/*/2/*.c'], []],
    [['nothing*'], []],
  ])('%j %j', async (patterns, args, options) => {
    const found: Record<string, string[]> = {};
    for await (const { stored, path, node } of findFiles(session, patterns, options)) {
      (found[stored.id] ??= []).push(`${path.toWellFormed()} ${node.size ?? 0}`);
    }
    const expected = JSON.parse(restic(repository, ['find', '--json', ...args, ...patterns])) as Found[];
    expect(found).toEqual(
      Object.fromEntries(
        expected.map(({ snapshot, matches }) => [snapshot, matches.map(({ path, size = 0 }) => `${path} ${size}`)]),
      ),
    );
  });
});

describe('stats', () => {
  const choices: [string, string[], (mode: StatsMode) => StatsOptions][] = [
    ['all', [], (mode) => ({ mode })],
    ['latest', ['latest'], (mode) => ({ mode, snapshots: ['latest'] })],
    ['odd', ['--host', 'odd'], (mode) => ({ mode, filter: { hosts: ['odd'] } })],
  ];

  test.each(
    (['restore-size', 'files-by-contents', 'raw-data'] as const).flatMap((mode) =>
      choices.map(([name, args, toOptions]) => ({ mode, name, args, options: toOptions(mode) })),
    ),
  )('$mode of $name', async ({ mode, args, options }) => {
    const theirs = JSON.parse(restic(repository, ['stats', '--json', '--mode', mode, ...args])) as object;
    // Newer versions of restic add numbers about compression, and leave out what is 0.
    const known = Object.entries(theirs).filter(([name]) => !/compression|uncompressed/.test(name));
    const expected = { total_file_count: 0, ...Object.fromEntries(known) };
    const { snapshots, totalSize, totalFiles, totalBlobs } = await stats(session, options);
    expect({
      total_size: totalSize,
      total_file_count: totalFiles ?? 0,
      ...(totalBlobs !== undefined && { total_blob_count: totalBlobs }),
      snapshots_count: snapshots,
    }).toEqual(expected);
  });
});

test.each(['a.txt', 'src/util.c', 'random/1/1/1.c', 'src/deep/er/file.c'])(
  'history of %s: what dump gives',
  async (name) => {
    const path = join(source, name);
    const contents = ids.map((id) => restic(repository, ['dump', id, path], { allow: [0, 1, 2] }));
    const expected = contents.filter((content, at) => content !== contents[at - 1] && (at > 0 || content !== ''));
    const versions = (await fileHistory(session, path)).reverse();
    expect(versions.map(({ node }) => node?.size ?? 0)).toEqual(expected.map((content) => content.length));
    for (const { first, last, snapshots } of versions) {
      const run = contents.slice(ids.indexOf(first.id), ids.indexOf(last.id) + 1);
      expect(run).toHaveLength(snapshots);
      expect(new Set(run).size).toBe(1);
    }
    expect(versions[versions.length - 1]!.last.id).toBe(ids.at(-1));
  },
);

test('the disk as the last snapshot left it has no changes, and reads little', async () => {
  const { stored } = await resolveSnapshotPath(session, 'latest');
  const changes: Change[] = [];
  const options = { rules: {}, onChange: (change: Change) => void changes.push(change) };
  const quick = await diffWithDisk(session, stored, options);
  expect(changes).toEqual([]);
  expect(quick.bytesRead).toBeLessThan(1_000_000);
  const thorough = await diffWithDisk(session, stored, { ...options, forceHash: true });
  expect(changes).toEqual([]);
  expect(thorough.bytesRead).toBeGreaterThan(3_700_000);
});

describe('keys', () => {
  interface ResticKey {
    readonly id: string;
    readonly current: boolean;
    readonly userName: string;
    readonly hostName: string;
    readonly created: string;
  }
  /** Newer versions of restic print whole ids. */
  const listByRestic = (folder: string, password: string) => {
    const keys = JSON.parse(restic(folder, ['key', 'list', '--json'], { password })) as ResticKey[];
    return keys.map((key) => ({ ...key, id: key.id.slice(0, 8) }));
  };

  test('list', async () => {
    const keys = await listRepositoryKeys(session.repository, { noLock: true });
    expect(
      keys.map(({ id, isCurrent, username, hostname, created }) => ({
        current: isCurrent,
        id: id.slice(0, 8),
        userName: username,
        hostName: hostname,
        created: created.slice(0, 19).replace('T', ' '),
      })),
    ).toEqual(listByRestic(repository, TEST_PASSWORD));
  });

  test('of a repository of ours: restic opens it by each, and not by one that was removed', async () => {
    const folder = join(top, 'ours');
    const ours = await initRepository(new LocalBackend(folder), { password: 'one', keyCost });
    const second = await addRepositoryKey(ours, { password: 'two', keyCost });
    expect(listByRestic(folder, 'two').find((key) => key.current)!.id).toBe(second.slice(0, 8));
    await removeRepositoryKey(ours, second);
    expect(() => listByRestic(folder, 'two')).toThrow(/wrong password/);
    await changeRepositoryPassword(ours, { password: 'three', keyCost });
    expect(() => listByRestic(folder, 'one')).toThrow(/wrong password/);
    expect(listByRestic(folder, 'three')).toHaveLength(1);
    restic(folder, ['check'], { password: 'three' });
  });

  test('that restic adds open it for us', async () => {
    const passwordFile = join(top, 'password');
    writeFileSync(passwordFile, 'from restic');
    restic(repository, ['key', 'add', '--new-password-file', passwordFile]);
    const opened = await openRepository(new LocalBackend(repository), { password: 'from restic' });
    expect(opened.config).toEqual(session.repository.config);
    await removeRepositoryKey(session.repository, opened.keyId);
    expect(listByRestic(repository, TEST_PASSWORD)).toHaveLength(1);
  });
});
