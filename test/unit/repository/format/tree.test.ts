import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw } from '../../../../src/base/rawName.ts';
import { asId, type BlobId } from '../../../../src/repository/format/ids.ts';
import type { Node, NodeType } from '../../../../src/repository/format/node.ts';
import { checkNodeName, nodeToJson, parseTree, treeToJson } from '../../../../src/repository/format/tree.ts';
import { thrownCode } from './thrownCode.ts';

const time = '2026-01-02T03:04:05.6+05:30';
const id = (digit: string) => asId<BlobId>(digit.repeat(64));
const file: Node = {
  name: 'f',
  type: 'file',
  mode: 420,
  mtime: time,
  atime: time,
  ctime: time,
  uid: 0,
  gid: 0,
  content: [],
};
const named = (name: string): Node => ({ ...file, name });

const full: Node = {
  name: 'a"<\n\udcff',
  type: 'file',
  mode: 2_151_678_461,
  mtime: time,
  atime: '2026-01-02T03:04:05Z',
  ctime: '1969-12-31T23:59:59.999999999Z',
  uid: 4_294_967_295,
  gid: 1,
  user: 'ü&',
  group: 'g\b',
  inode: 18_446_744_073_709_551_615n,
  deviceId: 9_007_199_254_740_992n,
  size: 9_007_199_254_740_991,
  links: 2,
  linkTarget: 'x\udcfe',
  extendedAttributes: [
    { name: 'user.z', value: 'AQI=' },
    { name: 'user.<', value: '' },
  ],
  genericAttributes: {
    'windows.file_attributes': 32,
    'windows.creation_time': { LowDateTime: 4294967295, HighDateTime: 1 },
  },
  device: 259,
  content: [id('a'), id('b')],
  subtree: id('c'),
};
const fullJson =
  `{"name":"a\\\\\\"\\u003c\\\\n\\\\xff","type":"file","mode":2151678461,"mtime":"${time}","atime":"2026-01-02T03:04:05Z",` +
  '"ctime":"1969-12-31T23:59:59.999999999Z","uid":4294967295,"gid":1,"user":"ü\\u0026","group":"g\\b",' +
  '"inode":18446744073709551615,"device_id":9007199254740992,"size":9007199254740991,"links":2,' +
  '"linktarget":"x\\ufffd","linktarget_raw":"eP4=",' +
  '"extended_attributes":[{"name":"user.z","value":"AQI="},{"name":"user.\\u003c","value":""}],' +
  '"generic_attributes":{"windows.creation_time":{"LowDateTime":4294967295,"HighDateTime":1},"windows.file_attributes":32},' +
  `"device":259,"content":["${id('a')}","${id('b')}"],"subtree":"${id('c')}"}`;

describe('treeToJson and parseTree', () => {
  test('know every field, in order', () => {
    expect(nodeToJson(full)).toBe(fullJson);
    expect(parseTree(Buffer.from(`{"nodes":[${fullJson}]}\n`)).nodes).toEqual([full]);
  });

  test('leave out what is empty', () => {
    const empty = {
      ...file,
      mode: 0,
      user: '',
      inode: 0,
      size: 0,
      linkTarget: '',
      extendedAttributes: [],
      genericAttributes: {},
    };
    const json = `{"name":"f","type":"file","mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0,"content":[]}`;
    expect(nodeToJson(empty)).toBe(json);
    expect(parseTree(Buffer.from(`{"nodes":[${json}]}`)).nodes).toEqual([{ ...file, mode: 0 }]);
    expect(treeToJson([]).toString()).toBe('{"nodes":[]}\n');
    expect(parseTree(Buffer.from('{"nodes":null}')).nodes).toEqual([]);
  });

  test('a large folder is one valid text', () => {
    const nodes = Array.from({ length: 20_000 }, (_, at) => named(`entry ${String(at).padStart(5, '0')}`));
    const bytes = treeToJson(nodes);
    expect(bytes.length).toBeGreaterThan(2 ** 21);
    expect(parseTree(bytes).nodes).toEqual(nodes);
  });

  test('are inverse for any nodes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(nodes(), { maxLength: 8, selector: (node) => node.name }), (list) => {
        list.sort((a, b) => compareRaw(a.name, b.name));
        const bytes = treeToJson(list);
        const again = parseTree(bytes).nodes;
        expect(again).toEqual(list);
        expect(treeToJson(again).equals(bytes)).toBe(true);
      }),
    );
  });
});

describe('treeToJson', () => {
  test.each([
    ['b', 'a'],
    ['a', 'a'],
    ['é', 'z'],
    // In UTF-16 the order of these two is the other way round.
    ['😀', '\uffee'],
    ['\udcff', '😀'],
  ])('refuses %j before %j', (first, second) => {
    expect(thrownCode(() => treeToJson([named(first), named(second)]))).toBe('internal');
    if (first !== second) expect(thrownCode(() => treeToJson([named(second), named(first)]))).toBe('nothing thrown');
  });
});

describe('parseTree', () => {
  const parse = (...entries: readonly object[]) => parseTree(Buffer.from(JSON.stringify({ nodes: entries }))).nodes;

  test('takes unknown keys, missing fields, null and old order', () => {
    expect(
      parse(
        { name: 'z', type: 'fifo', error: 'x', later: { a: [] } },
        { name: 'b', type: 'dir', uid: null, content: null, subtree: null },
      ),
    ).toEqual(
      ['b', 'z'].map((name) => ({
        name,
        type: name === 'b' ? 'dir' : 'fifo',
        mode: 0,
        mtime: '0001-01-01T00:00:00Z',
        atime: '0001-01-01T00:00:00Z',
        ctime: '0001-01-01T00:00:00Z',
        uid: 0,
        gid: 0,
        content: null,
      })),
    );
  });

  test.each(['', '.', '..', '../x', 'a/b', 'a\\x00b'])('shows the unsafe name %j', (name) => {
    expect(parse({ ...file, name })[0]!.name).toBe(name.replace('\\x00', '\0'));
  });

  test('prefers the raw link target, and takes no escaped surrogate for a byte', () => {
    const link = { ...file, type: 'symlink', content: null };
    expect(parse({ ...link, linktarget: 'x\ufffd', linktarget_raw: 'eP8=' })[0]!.linkTarget).toBe('x\udcff');
    expect(parse({ ...link, linktarget: 'x\udcff', user: '\ud800😀' })[0]).toMatchObject({
      linkTarget: 'x\ufffd',
      user: '\ufffd😀',
    });
  });

  test.each([
    ['nothing', ''],
    ['half a tree', `{"nodes":[${fullJson.slice(0, 300)}`],
    ['more than a tree', '{"nodes":[]}{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no nodes', '{}'],
    ['nodes as object', '{"nodes":{"length":5}}'],
    ['a million brackets', '['.repeat(1_000_000)],
    ['a million brackets as node', `{"nodes":${'['.repeat(1_000_000)}`],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe])],
  ])('refuses %s', (_, content) => {
    expect(thrownCode(() => parseTree(Buffer.from(content as string)))).toBe('repository-damaged');
  });

  test.each<[string, object]>([
    ['no name', { name: undefined }],
    ['a number as name', { name: 5 }],
    ['a badly quoted name', { name: 'a\\' }],
    ['a list as type', { type: ['file'] }],
    ['a mode of 33 bits', { mode: 2 ** 32 }],
    ['a text as mode', { mode: '420' }],
    ['a time that is none', { mtime: '","x":"' }],
    ['a number as time', { ctime: 1 }],
    ['a negative uid', { uid: -1 }],
    ['a fraction as gid', { gid: 0.5 }],
    ['a number as user', { user: 1 }],
    ['a text as inode', { inode: '9007199254740993' }],
    ['an inode of 65 bits', { inode: 18446744073709551616 }],
    ['a negative size', { size: -5 }],
    ['too many links', { links: 2 ** 60 }],
    ['an object as content', { content: { length: 2 } }],
    ['a short id', { content: ['ab'] }],
    ['an id in capitals', { content: ['A'.repeat(64)] }],
    ['an id with a newline', { content: [`${'a'.repeat(64)}\n`] }],
    ['null as id', { content: [null] }],
    ['a path as subtree', { subtree: '../../etc/passwd' }],
    ['a list as link target', { linktarget: ['x'] }],
    ['a raw link target that is not base64', { linktarget_raw: '"}' }],
    ['an attribute that is not base64', { extended_attributes: [{ name: 'user.x', value: '"' }] }],
    ['an attribute that is a text', { extended_attributes: ['user.x'] }],
    ['a number as attribute name', { extended_attributes: [{ name: 1, value: '' }] }],
    ['a text as Windows attributes', { generic_attributes: 'x' }],
    [
      'deep Windows attributes',
      { generic_attributes: JSON.parse('{"a":'.repeat(500) + '1' + '}'.repeat(500)) as object },
    ],
  ])('refuses %s', (_, fields) => {
    expect(thrownCode(() => parse({ ...file, ...fields }))).toBe('repository-damaged');
  });

  test('gives the later of two entries of one name, in whatever order and quoting, names of their own', () => {
    const namesIn = (...names: string[]) =>
      parse(...names.map(named)).map(({ name, nameBefore }) => [name, nameBefore]);
    const unchanged = undefined;
    expect(namesIn('a', 'a')).toEqual([
      ['a', unchanged],
      ['a (2)', 'a'],
    ]);
    expect(namesIn('b.c', 'a', '\\x62.c')).toEqual([
      ['a', unchanged],
      ['b (2).c', 'b.c'],
      ['b.c', unchanged],
    ]);
    expect(namesIn('.x', '.x', '.x', '.x (2)', '').map(([name]) => name)).toEqual([
      '',
      '.x',
      '.x (2)',
      '.x (3)',
      '.x (4)',
    ]);
  });

  test('names a hundred thousand entries of one name in no time', () => {
    const all = parse(...Array.from({ length: 100_000 }, () => named('a')));
    expect(new Set(all.map(({ name }) => name)).size).toBe(100_000);
  });

  test.each([undefined, '', 'irregular', 'constructor', 'wormhole'])('keeps an entry of type %j as it is', (type) => {
    const entry = { ...file, type, mode: 5, other: [{ b: 1, a: null }], size: 7 };
    const [node] = parse(entry);
    expect(node).toMatchObject({ type: 'irregular', mode: 5, size: 7 });
    expect(treeToJson([node!]).toString()).toBe(`{"nodes":[${JSON.stringify(entry)}]}\n`);
  });

  test('says which entry of which tree is wrong', () => {
    const bytes = Buffer.from(JSON.stringify({ nodes: [file, { ...file, name: 'g', size: 'big' }] }));
    expect(() => parseTree(bytes, id('d'))).toThrow(
      'The folder list dddddddd is damaged (entry 2: size is "big" and not a whole number from 0 to 9007199254740991).',
    );
  });

  test('throws nothing else than its own error, whatever comes, and never writes what it cannot read', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));
    const keys = [
      'type',
      'other',
      'mode',
      'mtime',
      'ctime',
      'user',
      'inode',
      'size',
      'links',
      'linktarget',
      'linktarget_raw',
      'content',
      'subtree',
    ] as const;
    const fields = fc.record(
      { name: value, ...Object.fromEntries(keys.map((key) => [key, value])) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 3 }), value, (list, any) => {
        for (const json of [{ nodes: list.map((entry) => ({ ...file, ...entry })) }, { nodes: any }, any]) {
          const code = thrownCode(() => parseTree(treeToJson(parseTree(Buffer.from(JSON.stringify(json))).nodes)));
          expect(['nothing thrown', 'repository-damaged']).toContain(code);
        }
      }),
    );
  });

  test('refuses each cut of a good tree', () => {
    const text = `{"nodes":[${fullJson}]}`;
    for (let length = 0; length < text.length; length++) {
      expect(thrownCode(() => parseTree(Buffer.from(text.slice(0, length))))).toBe('repository-damaged');
    }
  });
});

describe('checkNodeName', () => {
  test.each(['a', '...', '.x', 'a\\b', 'a:b', ' ', '\udcff', 'con', '-rf'])('lets %j pass', (name) => {
    expect(thrownCode(() => checkNodeName(name))).toBe('nothing thrown');
  });
  test.each(['', '.', '..', '/', 'a/b', '../x', 'a\0', 'a/'])('refuses %j', (name) => {
    expect(thrownCode(() => checkNodeName(name))).toBe('unsafe-name');
  });
});

function nodes(): fc.Arbitrary<Node> {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1 }),
    fc.string({ minLength: 1 }).map((text) => Buffer.from(text)),
  );
  const uint64 = fc.oneof(
    fc.integer({ min: 1 }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.constantFrom(Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
  );
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  const hexId = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => asId<BlobId>(digits));
  const timeText = fc.constantFrom(time, '1970-01-01T00:00:00Z', '2023-11-17T12:44:26.123456789-03:30');
  return fc.record(
    {
      name: bytes.map(decodeRaw),
      type: fc.constantFrom<NodeType>('file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'),
      mode: fc.nat(2 ** 32 - 1),
      mtime: timeText,
      atime: timeText,
      ctime: timeText,
      uid: fc.nat(2 ** 32 - 1),
      gid: fc.nat(2 ** 32 - 1),
      user: text,
      group: text,
      inode: uint64,
      deviceId: uint64,
      size: uint64,
      links: fc.integer({ min: 1 }),
      linkTarget: bytes.map(decodeRaw),
      extendedAttributes: fc.array(
        fc.record({ name: text, value: fc.uint8Array().map((value) => Buffer.from(value).toString('base64')) }),
        { minLength: 1, maxLength: 3 },
      ),
      device: uint64,
      content: fc.option(fc.array(hexId, { maxLength: 3 })),
      subtree: hexId,
    },
    {
      requiredKeys: ['name', 'type', 'mode', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'content'],
      noNullPrototype: true,
    },
  );
}
