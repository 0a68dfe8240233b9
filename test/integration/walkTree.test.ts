import { beforeEach, describe, expect, test } from 'vitest';
import { walkTree, type TreeReader, type WalkOptions } from '../../src/engine/walkTree.ts';
import { CairnError, type ErrorCode } from '../../src/base/errors.ts';
import type { BlobId } from '../../src/repository/format/ids.ts';
import type { Session } from '../../src/engine/session.ts';
import { createTestRepository, file, folder, other, type FolderLiteral } from '../helpers/testRepository.ts';

const literal: FolderLiteral = {
  a: { one: '1', 'two.d': { deep: '2' } },
  b: '3',
  'no-list': other({ type: 'dir' }),
  z: folder({}),
  'é\udcff': file(''),
};

let session: Session;
let tree: BlobId;
beforeEach(async () => {
  const repository = await createTestRepository();
  tree = (await repository.addSnapshot(literal)).snapshot.tree;
  session = await repository.openSession();
});

async function walk(options: WalkOptions = {}, reader: TreeReader = session.reader): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of walkTree(reader, tree, options)) {
    lines.push(entry.kind === 'entry' ? entry.path : `${entry.path} ${entry.code}`);
  }
  return lines;
}

const everything = ['/a', '/a/one', '/a/two.d', '/a/two.d/deep', '/b', '/no-list', '/no-list repository-damaged', '/z'];

test('a folder comes before its content, in the order of raw names, and damage is told', async () => {
  expect(await walk()).toEqual([...everything, '/é\udcff']);
});

test('paths begin where the tree stands', async () => {
  expect((await walk({ path: '/home/x' }))[1]).toBe('/home/x/a/one');
});

test('a refused folder is not entered', async () => {
  expect(await walk({ enter: (path) => path === '/a' })).toEqual([
    '/a',
    '/a/one',
    '/a/two.d',
    '/b',
    '/no-list',
    '/z',
    '/é\udcff',
  ]);
});

describe('a folder that cannot be read', () => {
  /** Fails for the second tree that is asked for. */
  function failing(code: ErrorCode): TreeReader {
    let calls = 0;
    return {
      loadTree: async (id) => {
        if (++calls === 2) throw new CairnError(code, 'as the test wants');
        return session.reader.loadTree(id);
      },
    };
  }

  const ofOneFolder = [
    ...(['blob-missing', 'blob-damaged', 'repository-damaged', 'file-not-found'] as const),
    ...(['storage-error', 'permission-denied'] as const),
  ];
  test.each(ofOneFolder)('%s is a problem, and the walk goes on', async (code) => {
    expect(await walk({}, failing(code))).toEqual(['/a', `/a ${code}`, ...everything.slice(4), '/é\udcff']);
  });

  test.each(['target-unavailable', 'aborted', 'internal'] as const)('%s ends the walk', async (code) => {
    await expect(walk({}, failing(code))).rejects.toMatchObject({ code });
  });
});

test('an abort comes through, though nothing waits', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  const endless = async () => {
    for (;;) await walk({ signal: controller.signal }, { loadTree: async () => ({ nodes: [] }) });
  };
  await expect(endless()).rejects.toMatchObject({ code: 'aborted' });
});
