import { expect, test } from 'vitest';
import type { Change } from '../../../../src/engine/diff/change.ts';
import { detectRenames } from '../../../../src/engine/diff/renames.ts';
import { asId, type BlobId } from '../../../../src/repository/format/ids.ts';
import type { Node } from '../../../../src/repository/format/node.ts';

/** `- /path content` or `+ /path content`; a content of several letters has several blobs, `/` at the end is a folder. */
function parse(line: string): Change {
  const [sign, path = '', content = ''] = line.split(' ');
  const isFolder = path.endsWith('/');
  const node = {
    name: path.slice(path.lastIndexOf('/') + 1),
    type: isFolder ? 'dir' : 'file',
    content: isFolder ? null : [...content].map((letter) => asId<BlobId>(letter)),
  } as unknown as Node;
  return sign === '-' ? { path, kind: 'removed', before: node } : { path, kind: 'added', after: node };
}

function print(change: Change): string {
  const sign = { added: '+', removed: '-', renamed: 'R' }[change.kind as 'added'];
  return `${sign} ${change.path}${change.from === undefined ? '' : ` < ${change.from}`}`;
}

test.each([
  ['a file that moved', '- /a x,+ /b x', 'R /b < /a'],
  ['the order of the two is of no matter', '+ /a x,- /b x', 'R /a < /b'],
  ['other content', '- /a x,+ /b y', '- /a,+ /b'],
  ['the same blobs in another order', '- /a xy,+ /b yx', '- /a,+ /b'],
  ['more content', '- /a x,+ /b xx', '- /a,+ /b'],
  ['empty files', '- /a,+ /b', '- /a,+ /b'],
  ['folders', '- /a/,+ /b/', '- /a/,+ /b/'],
  ['the same name first', '- /1/a x,- /2/b x,+ /3/b x,+ /3/a x', 'R /3/b < /2/b,R /3/a < /1/a'],
  ['a copy is added', '- /a x,+ /b x,+ /c x', 'R /b < /a,+ /c'],
  ['a copy is removed', '- /a x,- /b x,+ /c x', '- /b,R /c < /a'],
  ['the first of several of one name', '- /1/a x,- /2/a x,+ /3/a x', '- /2/a,R /3/a < /1/a'],
])('%s', (_, changes, expected) => {
  const result = detectRenames(changes.split(',').map(parse));
  expect(result.map(print).join(',')).toBe(expected);
  for (const change of result.filter(({ kind }) => kind === 'renamed')) {
    expect(change.before!.content).toEqual(change.after!.content);
  }
});

const seen = { name: 'a', type: 'file', inode: 7, size: 3, mtime: '2026-01-01T00:00:00.5Z', content: ['x'] };
test.each([
  ['the same file under another name', {}, '/a'],
  ['with its time written in another zone', { mtime: '2026-01-01T01:00:00.5+01:00' }, '/a'],
  ['another inode', { inode: 8 }, undefined],
  ['another size', { size: 4 }, undefined],
  ['another time', { mtime: '2026-01-01T00:00:00.6Z' }, undefined],
  ['content that is known, and another', { content: ['y'] }, undefined],
])('on the disk, where content is not known: %s', (_, fields, from) => {
  const after = { ...seen, name: 'b', content: null, ...fields } as unknown as Node;
  const removed: Change = { path: '/a', kind: 'removed', before: seen as unknown as Node };
  expect(detectRenames([removed, { path: '/b', kind: 'added', after }]).at(-1)!.from).toBe(from);
});

test('on the disk, where no inodes are recorded', () => {
  const node = { ...seen, inode: undefined };
  const removed: Change = { path: '/a', kind: 'removed', before: node as unknown as Node };
  const added = (fields: object) => ({
    path: '/b',
    kind: 'added' as const,
    after: { ...node, name: 'b', content: null, ...fields } as unknown as Node,
  });
  expect(detectRenames([removed, added({})])[0]!.from).toBe('/a');
  expect(detectRenames([removed, added({ size: 4 })])).toHaveLength(2);
  expect(detectRenames([removed, added({ inode: 7 })])).toHaveLength(2);
});

test('many files of one content take no longer than they must', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => [`- /old/${i} x`, `+ /new/${i} x`]).flat();
  const result = detectRenames(lines.map(parse));
  expect(result.every(({ path, from }) => from === path.replace('new', 'old'))).toBe(true);
});
