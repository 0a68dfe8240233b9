/** What repositories that restic made hold, against what restic said and restored. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeRaw } from '../../src/base/rawName.ts';
import { listFiles } from '../../src/engine/listFiles.ts';
import { readFileContent } from '../../src/engine/readFile.ts';
import type { Session } from '../../src/engine/session.ts';
import { resolveSnapshotPath } from '../../src/engine/snapshotPath.ts';
import { readExpected, unpackFixture } from '../helpers/fixtureRepository.ts';
import { toResticNode } from '../helpers/resticNode.ts';
import { openSession } from '../helpers/session.ts';

const snapshots = {
  v1: ['67d68ed1', 'a32dfa91'],
  v2: ['1a01eae4', '26bd4a21', '33b58f70', '4471a725', '5b3243a5', '9e1b299d', '9e8b9137', 'c833889a'],
} as const;

async function list(session: Session, text: string, recursive = true): Promise<Record<string, unknown>[]> {
  const place = await resolveSnapshotPath(session, text);
  const lines: Record<string, unknown>[] = [];
  for await (const entry of listFiles(session, place, { recursive })) {
    if (entry.kind === 'problem') throw new Error(entry.message);
    lines.push(toResticNode(entry.path, entry.node));
  }
  return lines;
}

describe.each(['v1', 'v2'] as const)('the %s repository', (version) => {
  let session: Session;
  beforeAll(async () => {
    session = await openSession(unpackFixture(version));
  });

  test.each(snapshots[version])('ls %s', async (id) => {
    const [, ...nodes] = readExpected<Record<string, unknown>[]>(version, `ls-${id}.jsonl`);
    expect(await list(session, id)).toEqual(nodes);
  });

  test.each(snapshots[version])('cat of every file of %s', async (id) => {
    type Restored = { path_b64: string; st_mode_octal: string; sha256?: string };
    const restored = readExpected<Restored[]>(version, `restored-${id}.json`);
    const hashes = new Map(restored.map((file) => [file.path_b64, file.sha256]));
    let files = 0;
    for await (const entry of listFiles(session, await resolveSnapshotPath(session, id), { recursive: true })) {
      if (entry.kind === 'problem' || entry.node.type !== 'file') continue;
      const hash = createHash('sha256');
      for await (const piece of readFileContent(session.reader, entry)) hash.update(piece);
      expect([entry.path, hash.digest('hex')]).toEqual([
        entry.path,
        hashes.get(encodeRaw(entry.path).toString('base64')),
      ]);
      files++;
    }
    expect(files).toBe(restored.filter((file) => file.sha256).length);
  });
});

describe('places', () => {
  let session: Session;
  beforeAll(async () => {
    session = await openSession(unpackFixture('v2'));
  });
  const paths = async (text: string, recursive: boolean) =>
    (await list(session, text, recursive)).map((node) => node['path']);

  test('a folder without what is below its entries', async () => {
    expect(await paths('5b3243a5:/data/src/cache', false)).toEqual(['/data/src/cache', '/data/src/cache/keep.dat']);
    expect(await paths('5b3243a5', false)).toEqual(['/data']);
  });

  test('a file alone', async () => {
    expect(await paths('5b3243a5:hello.txt', true)).toEqual(['/data/src/hello.txt']);
  });

  test.each([
    ['5b3243a5:/data/src/special/', /is a folder/],
    ['5b3243a5:', /is a folder/],
    ['5b3243a5:special/fifo', /device or a pipe/],
    ['5b3243a5:links/sym-dir', /symbolic link/],
  ])('cat refuses %s', async (text, message) => {
    const place = await resolveSnapshotPath(session, text);
    const read = async () => {
      for await (const piece of readFileContent(session.reader, place)) expect(piece).toBeDefined();
    };
    await expect(read()).rejects.toThrow(message);
  });
});
