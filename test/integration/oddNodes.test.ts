/** What other programs have written into folder lists, and no rule allows: the rest of the folder is as good as ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { treeNamesOf } from '../../src/disk/treePaths.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { diffSnapshots } from '../../src/engine/diff/diffSnapshots.ts';
import { findFiles } from '../../src/engine/findFiles.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import type { BlobId } from '../../src/repository/format/ids.ts';
import { nodeToJson, parseTree, treeToJson } from '../../src/repository/format/tree.ts';
import { listSnapshots, loadSnapshot, saveSnapshot } from '../../src/repository/snapshots.ts';
import { cairn } from '../helpers/cairn.ts';
import { Craft } from '../helpers/craftRepository.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { restore } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let folder: string;
let craft: Craft;

beforeEach(async () => {
  folder = tempFolder();
  craft = await Craft.create(join(folder, 'repository'));
});

const time = '2024-05-06T07:08:09.123456789+02:00';
const times = `"mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0`;
/** As restic 0.17.1 wrote it on Windows, and what others may come to write. */
const oddNodes = {
  irregular: `{"name":"odd","type":"irregular","mode":524726,${times},"inode":18446744073709551615,"generic_attributes":{"windows.file_attributes":1056},"content":null}`,
  'of no type': `{"name":"odd","type":"",${times},"content":null}`,
  'of a type to come': `{"name":"odd","type":"wormhole",${times},"ends":[9007199254740993,{"b":1,"a":"\\u003c"}],"content":null}`,
};

/** A snapshot of `/work`, of which the list is made of the texts of nodes. */
async function snapshotOf(...nodes: readonly string[]): Promise<BlobId> {
  const list = await craft.blob('tree', Buffer.from(`{"nodes":[${nodes.join(',')}]}\n`));
  const tree = await craft.tree([{ name: 'work', type: 'dir', mode: 2 ** 31 + 0o755, subtree: list }]);
  await saveSnapshot(craft.repository, { time: new Date().toISOString(), tree, paths: ['/work'], hostname: 'crafted' });
  return list;
}

async function fileNode(name: string, content: string): Promise<string> {
  const id = await craft.blob('data', Buffer.from(content));
  return `{"name":"${name}","type":"file","mode":420,${times},"size":${content.length},"content":["${id}"]}`;
}

/** The tree with one more node in the folder that these names lead to. */
async function addNode(tree: BlobId, [name, ...names]: readonly string[], node: string): Promise<BlobId> {
  const { reader } = await unlockedSession(craft.repository);
  const { nodes } = await reader.loadTree(tree);
  const texts: string[] = nodes.map(nodeToJson);
  if (name === undefined) texts.splice(1, 0, node);
  else {
    const at = nodes.findIndex((entry) => entry.name === name);
    texts[at] = nodeToJson({ ...nodes[at]!, subtree: await addNode(nodes[at]!.subtree!, names, node) });
  }
  return craft.blob('tree', Buffer.from(`{"nodes":[${texts.join(',')}]}\n`));
}

/** The text of the list to which these names lead. */
async function listOf(tree: BlobId, names: readonly string[]): Promise<string> {
  const { reader } = await unlockedSession(craft.repository);
  let at = tree;
  for (const name of names) at = (await reader.loadTree(at)).nodes.find((entry) => entry.name === name)!.subtree!;
  return (await reader.load('tree', at)).toString();
}

async function prune(): Promise<void> {
  const session = await unlockedSession(craft.repository);
  await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
}

describe.each(Object.entries(oddNodes))('an entry %s', (_, odd) => {
  test('is listed, and left out of a restore that brings the rest', async () => {
    await snapshotOf(await fileNode('a', 'one'), odd, await fileNode('z', 'two'));
    const destination = join(folder, 'destination');
    const { result } = await restore(craft.repository, { destination });
    expect(result.problems).toMatchObject([{ code: 'TYPE', path: join(destination, 'work/odd') }]);
    expect(readdirSync(join(destination, 'work')).sort()).toEqual(['a', 'z']);
    const found: string[] = [];
    for await (const { path } of findFiles(await unlockedSession(craft.repository), ['*'])) found.push(path);
    expect(found).toEqual(['/work', '/work/a', '/work/odd', '/work/z']);
  });

  test('does not keep verify and prune from their work', async () => {
    await snapshotOf(await fileNode('a', 'one'), odd);
    await craft.blob('data', Buffer.from('nobody needs this'));
    const { findings, affected } = await verify(craft.repository, testCodecs(), { readData: true });
    expect([findings.map(({ kind, severity }) => [kind, severity]), affected]).toEqual([
      [['tree-irregular', 'hint']],
      [],
    ]);
    const before = readdirSync(join(folder, 'repository/index')).length;
    await prune();
    expect(readdirSync(join(folder, 'repository/index')).length).toBeLessThan(before);
    const { result } = await restore(craft.repository, { destination: join(folder, 'destination') });
    expect(result.files).toBe(1);
  });

  test('keeps its text when the list is written again, and what it may refer to', async () => {
    const kept = await craft.blob('data', Buffer.from('for whoever knows'));
    const referring = odd.replace('"content":null', `"content":["${kept}"]`);
    const text = `{"nodes":[${referring}]}\n`;
    expect(treeToJson(parseTree(Buffer.from(text)).nodes).toString()).toBe(text);
    await snapshotOf(referring);
    await prune();
    expect((await unlockedSession(craft.repository)).index.isStored('data', kept)).toBe(true);
  });

  test('is taken over by a backup of what changed beside it', async () => {
    const source = join(folder, 'source');
    writeTree(source, { a: 'one', z: 'two' });
    const { snapshotId } = await backUp(craft.repository, [source]);
    const before = await loadSnapshot(craft.repository, snapshotId!);
    const names = treeNamesOf(source);
    const snapshot = await saveSnapshot(craft.repository, { ...before, tree: await addNode(before.tree, names, odd) });
    writeTree(source, { a: 'changed' });
    const changes = { snapshot, paths: [join(source, 'a')] };
    const partial = await backUp(craft.repository, [source], { changes });
    const after = await loadSnapshot(craft.repository, partial.snapshotId!);
    expect(await listOf(after.tree, names)).toContain(odd);
    // A look at all of the folder finds no such thing there.
    const whole = await backUp(craft.repository, [source]);
    const last = await loadSnapshot(craft.repository, whole.snapshotId!);
    expect(await listOf(last.tree, names)).not.toContain('"odd"');
  });

  test('stays on the disk when a restore deletes what the snapshot lacks', async () => {
    await snapshotOf(await fileNode('a', 'one'), odd);
    const destination = join(folder, 'destination');
    writeTree(destination, { 'work/odd': 'mine', 'work/later': 'later' });
    await restore(craft.repository, { destination, delete: { isIgnored: () => false } });
    expect(readdirSync(join(destination, 'work')).sort()).toEqual(['a', 'odd']);
  });

  test('is compared with other snapshots', async () => {
    const session = async () => unlockedSession(craft.repository);
    await snapshotOf(await fileNode('a', 'one'), odd);
    await snapshotOf(await fileNode('a', 'other'), odd);
    const [before, after] = await listSnapshots(craft.repository);
    const changes: string[] = [];
    await diffSnapshots(await session(), before!.snapshot.tree, after!.snapshot.tree, {
      onChange: ({ kind, path }) => changes.push(`${kind} ${path}`),
    });
    expect(changes).toEqual(['modified /work/a']);
  });
});

test('ls and restore say what is left out, by the exit code, too', async () => {
  await snapshotOf(await fileNode('a', 'one'), oddNodes.irregular);
  const repository = join(folder, 'repository');
  const listed = cairn(['ls', 'latest', '/work', '--long', '-r', repository]);
  expect(listed.status).toBe(0);
  expect(listed.stdout).toMatch(/^\?rw-rw-rw-.*\/work\/odd$/m);
  const restored = cairn(['restore', 'latest', '--target', join(folder, 'destination'), '-r', repository]);
  expect(restored.status).toBe(3);
  expect(restored.stderr).toContain('odd: Not restored: its type is not known here');
  const damaged = cairn(['ls', 'latest', '--json', '-r', repository]).stdout;
  expect(damaged).toContain('"type":"irregular"');
});

describe('a name that stands twice', () => {
  test('is offered twice, the later one under a name of its own', async () => {
    await snapshotOf(
      await fileNode('notes (2).txt', 'taken'),
      await fileNode('notes.txt', 'first'),
      await fileNode('notes.txt', 'second'),
      await fileNode('notes.txt', 'third'),
    );
    const destination = join(folder, 'destination');
    const { result } = await restore(craft.repository, { destination });
    expect(result.problems).toEqual([]);
    const work = join(destination, 'work');
    const contents = readdirSync(work).map((name) => [name, readFileSync(join(work, name), 'utf8')]);
    expect(Object.fromEntries(contents)).toEqual({
      'notes (2).txt': 'taken',
      'notes (3).txt': 'second',
      'notes (4).txt': 'third',
      'notes.txt': 'first',
    });
    const { findings } = await verify(craft.repository, testCodecs(), { readData: true });
    expect(findings.map(({ kind }) => kind)).toEqual(['tree-repeats']);
    await prune();
    expect((await restore(craft.repository, { destination: join(folder, 'again') })).result.files).toBe(4);
  });

  test('may be that of a folder, and one that leads out stays out', async () => {
    const inner = await craft.tree([await craft.file('deep', 'deep')]);
    const dir = `{"name":"d","type":"dir","mode":2147484141,${times},"content":null,"subtree":"${inner}"}`;
    await snapshotOf(await fileNode('../evil', 'x'), await fileNode('../evil', 'y'), dir, await fileNode('d', 'file'));
    const destination = join(folder, 'destination');
    const { result } = await restore(craft.repository, { destination });
    expect(result.problems.map(({ code }) => code)).toEqual(['unsafe-name', 'unsafe-name']);
    expect(readdirSync(destination, { recursive: true }).map(String).sort()).toEqual(
      ['work', 'work/d', 'work/d (2)', 'work/d/deep'].map((path) => join(path)),
    );
  });
});
