import { describe, expect, test } from 'vitest';
import { RecordedFolder } from '../../../../src/engine/backup/recordedFolder.ts';
import { asId, type BlobId } from '../../../../src/repository/format/ids.ts';
import type { Node } from '../../../../src/repository/format/node.ts';
import { metadataToJson, treeToJson } from '../../../../src/repository/format/tree.ts';
import { blobId } from '../../../../src/repository/hash.ts';

const id = (digit: string): BlobId => asId(digit.repeat(64));
const time = '2024-05-06T07:08:09.123456789+02:00';

function node(name: string, change: Partial<Node> = {}): Node {
  const base = { mode: 0o644, mtime: time, atime: time, ctime: time, uid: 1, gid: 2 };
  return { name, type: 'file', ...base, size: 5, content: [id('a')], ...change };
}

const folder = (name: string): Node => node(name, { type: 'dir', size: 0, content: null, subtree: id('d') });
const symlink = (name: string): Node => node(name, { type: 'symlink', size: 0, content: null, linkTarget: 'x' });

function record(text: Buffer): RecordedFolder {
  return new RecordedFolder(blobId(text), text);
}

/** Shows the nodes to the folder as a walk does, which does not know any content. */
function findAll(recorded: RecordedFolder, nodes: readonly Node[]): (readonly BlobId[] | undefined)[] {
  return nodes.map((found) => {
    const seen: Node = { ...found, content: found.type === 'file' ? [] : null };
    delete seen.subtree;
    return recorded.findNext(seen.type, metadataToJson(seen))?.content;
  });
}

describe('a folder whose entries are as recorded', () => {
  const cases: [string, Node[]][] = [
    ['nothing in it', []],
    ['a file', [node('a')]],
    ['an empty file', [node('a', { size: 0, content: [] })]],
    ['a file of several blobs', [node('a', { content: [id('1'), id('2'), id('1')] })]],
    ['one of each', [folder('a'), node('b'), symlink('c')]],
    ['names that are quoted', [node('a"\\\n'), node('é'), node('\udcff')]],
    ['extended attributes', [node('a', { extendedAttributes: [{ name: 'user.x', value: 'AA==' }] })]],
  ];
  test.each(cases)('%s: is found again, with its content', (_, nodes) => {
    const recorded = record(treeToJson(nodes));
    expect(findAll(recorded, nodes)).toEqual(
      nodes.map(({ content, subtree }) => (subtree ? [subtree] : (content ?? []))),
    );
    expect(recorded.isFoundAgain).toBe(true);
  });
});

describe('a folder that differs', () => {
  const nodes = [folder('a'), node('b'), symlink('c')];
  const cases: [string, Node[]][] = [
    ['the first entry is gone', nodes.slice(1)],
    ['one in between is gone', [nodes[0]!, nodes[2]!]],
    ['the last entry is gone', nodes.slice(0, 2)],
    ['all entries are gone', []],
    ['an entry was added at the start', [node('0'), ...nodes]],
    ['an entry was added at the end', [...nodes, node('d')]],
    ['an entry has another name', [nodes[0]!, node('bb'), nodes[2]!]],
    ['an entry has another size', [nodes[0]!, node('b', { size: 55 }), nodes[2]!]],
    ['an entry has another type', [nodes[0]!, symlink('b'), nodes[2]!]],
    ['a folder has another mode', [{ ...nodes[0]!, mode: 0o600 }, ...nodes.slice(1)]],
    ['a time differs by a nanosecond', [nodes[0]!, node('b', { ctime: time.replace('789', '788') }), nodes[2]!]],
    [
      'a time is written in another zone',
      [nodes[0]!, node('b', { mtime: time.replace('07:08', '05:08').replace('+02:00', 'Z') }), nodes[2]!],
    ],
  ];
  test.each(cases)('%s', (_, now) => {
    const recorded = record(treeToJson(nodes));
    findAll(recorded, now);
    expect(recorded.isFoundAgain).toBe(false);
    expect([...recorded.nodes!.values()].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('once told, it is never found again', () => {
    const recorded = record(treeToJson(nodes));
    recorded.markDifferent();
    expect(findAll(recorded, nodes)).toEqual([undefined, undefined, undefined]);
    expect(recorded.isFoundAgain).toBe(false);
  });
});

describe('a text that we would write otherwise', () => {
  const text = treeToJson([node('a', { content: [id('1'), id('2')] })]).toString();
  const cases: [string, string | Buffer][] = [
    ['a space', text.replace('{"nodes":', '{ "nodes":')],
    ['a field that we do not know', text.replace('"content"', '"new":1,"content"')],
    ['a field after the content', text.replace(']}]}', '],"new":1}]}')],
    ['a list of ids that ends with a comma', text.replace(']}]}', ',]}]}')],
    ['ids that no comma separates', text.replace('","2', '""2')],
    ['an id that is too short', text.replace('22"', '2"')],
    ['an id with a large letter', text.replace('1"', 'A"')],
    ['no line end', text.trimEnd()],
    ['more after the end', `${text} `],
    [
      'bytes that are not UTF-8',
      Buffer.from(
        treeToJson([node('a\ufffd')])
          .toString('latin1')
          .replace('\u00ef\u00bf\u00bd', '\u00ff'),
        'latin1',
      ),
    ],
    ['no tree', 'x'],
    ['nothing', ''],
  ];
  test.each(cases)('%s', (_, changed) => {
    const recorded = record(Buffer.from(changed as string));
    findAll(recorded, [node('a', { content: [id('1'), id('2')] })]);
    findAll(recorded, [node('a\ufffd')]);
    expect(recorded.isFoundAgain).toBe(false);
  });
});

describe('extended attributes, which no look at the entry shows', () => {
  const label = { name: 'security.selinux', value: 'AA==' };
  const misleading = { name: 'user."}],"content":[', value: '' };
  const bare = [folder('a'), node('b'), node('c'), symlink('d')];
  const withAttributes = (...attributes: { name: string; value: string }[]) =>
    bare.map((each) => ({ ...each, extendedAttributes: attributes }));

  test.each([[[label]], [[misleading, label]]])('do not make entries differ: %j', (attributes) => {
    const recorded = record(treeToJson(withAttributes(...attributes)));
    expect(findAll(recorded, bare)).toEqual([[id('d')], [id('a')], [id('a')], []]);
    expect(recorded.isFoundAgain).toBe(true);
  });

  test('are told of', () => {
    const { hasAttributes, json } = record(treeToJson(withAttributes(label))).findNext(
      'dir',
      metadataToJson(bare[0]!),
    )!;
    expect(hasAttributes).toBe(true);
    expect(json).toContain('security.selinux');
  });

  test('count for what is around them, unless they are labels', () => {
    const facts = (nodes: Node[]) => {
      const { hasAttributes, hasOwnAttributes } = record(treeToJson(nodes));
      return [hasAttributes, hasOwnAttributes];
    };
    expect(facts(bare)).toEqual([false, false]);
    expect(facts(withAttributes(label))).toEqual([true, false]);
    expect(facts(withAttributes(label, misleading))).toEqual([true, true]);
    expect(facts(withAttributes(misleading))).toEqual([true, true]);
  });
});
