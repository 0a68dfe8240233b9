import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeRaw } from '../../../../src/base/rawName.ts';
import { asId, type BlobId } from '../../../../src/repository/format/ids.ts';
import { modeFromStat, nodeTypeFromStat } from '../../../../src/repository/format/mode.ts';
import type { Node } from '../../../../src/repository/format/node.ts';
import { parseTree, treeToJson } from '../../../../src/repository/format/tree.ts';
import { setZone } from './zone.ts';

/** What lstat said about a file before restic backed it up. */
interface Facts {
  readonly name_b64: string;
  readonly st_mode_octal: string;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
  readonly group?: string;
  readonly ino: string;
  readonly dev: string;
  readonly nlink: number;
  readonly rdev: string;
  readonly size: number;
  readonly mtime_ns: string;
  readonly ctime_ns: string;
  readonly linktarget_b64?: string;
  readonly xattrs_in_listxattr_order?: readonly { readonly name: string; readonly value_b64: string }[];
  readonly content?: readonly string[];
  readonly subtree?: string;
}

interface TreeFacts {
  readonly blob_id: string;
  readonly time_zone: string;
  readonly entries: readonly Facts[];
}

const folder = join(import.meta.dirname, '../../../fixtures/restic/tree-json');
const facts = JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8')) as Record<string, TreeFacts>;

function toNode(entry: Facts, formatTime: (instant: bigint) => string): Node {
  const stMode = parseInt(entry.st_mode_octal, 8);
  const type = nodeTypeFromStat(stMode)!;
  const mtime = formatTime(BigInt(entry.mtime_ns));
  return {
    name: decodeRaw(Buffer.from(entry.name_b64, 'base64')),
    type,
    mode: modeFromStat(stMode),
    mtime,
    atime: mtime,
    ctime: formatTime(BigInt(entry.ctime_ns)),
    uid: entry.uid,
    gid: entry.gid,
    ...(entry.user !== undefined && { user: entry.user }),
    ...(entry.group !== undefined && { group: entry.group }),
    inode: BigInt(entry.ino),
    deviceId: Number(entry.dev),
    ...(type === 'file' && { size: entry.size }),
    ...(!['dir', 'fifo'].includes(type) && { links: entry.nlink }),
    ...(entry.linktarget_b64 !== undefined && { linkTarget: decodeRaw(Buffer.from(entry.linktarget_b64, 'base64')) }),
    extendedAttributes: (entry.xattrs_in_listxattr_order ?? []).map(({ name, value_b64: value }) => ({ name, value })),
    ...(['dev', 'chardev'].includes(type) && { device: BigInt(entry.rdev) }),
    content: type === 'file' ? (entry.content as BlobId[]) : null,
    ...(entry.subtree !== undefined && { subtree: asId<BlobId>(entry.subtree) }),
  };
}

/**
 * restic writes the raw bytes of a link target that is not UTF-8 since 0.16, and so does Cairn; the
 * vectors come from 0.14. Only the node of the one such link is changed, to what 0.14 wrote.
 */
function asRestic014(tree: Buffer): Buffer {
  const rawTarget = /("name":"sym-badutf8",[^{}]*"linktarget":"bad\\ufffd\\ufffdx"),"linktarget_raw":"YmFk\/\+l4"/;
  return Buffer.from(tree.toString('utf8').replace(rawTarget, '$1'));
}

describe('trees of restic', () => {
  test.each(Object.keys(facts))('%s is rebuilt from the facts to the byte', async (name) => {
    const { blob_id: id, time_zone: zone, entries } = facts[name]!;
    setZone(zone);
    const { formatTime } = await import('../../../../src/repository/format/time.ts');
    const rebuilt = asRestic014(treeToJson(entries.map((entry) => toNode(entry, formatTime))));
    expect(rebuilt.toString('utf8')).toBe(readFileSync(join(folder, name), 'utf8'));
    expect(createHash('sha256').update(rebuilt).digest('hex')).toBe(id);
  });

  test.each(Object.keys(facts))('%s is read and written again to the byte', (name) => {
    const bytes = readFileSync(join(folder, name));
    const { nodes } = parseTree(bytes);
    expect(nodes.map((node) => node.name)).toEqual(
      facts[name]!.entries.map((entry) => decodeRaw(Buffer.from(entry.name_b64, 'base64'))),
    );
    // Read back, an escaped U+FFFD is a character like any other, to restic too, and is not escaped again.
    expect(treeToJson(nodes).toString('utf8')).toBe(bytes.toString('utf8').replaceAll('\\ufffd', '\ufffd'));
  });

  test('the raw bytes of a link target are written beside the lossy text', () => {
    const entry = facts['links.json']!.entries.find(({ name_b64: name }) => name === btoa('sym-badutf8'))!;
    const node = toNode(entry, () => '2023-11-17T18:14:28Z');
    const written = treeToJson([node]);
    expect(written.toString('utf8')).toContain(
      '"linktarget":"bad\\ufffd\\ufffdx","linktarget_raw":"YmFk/+l4","content":null',
    );
    expect(parseTree(written).nodes[0]!.linkTarget).toBe('bad\udcff\udce9x');
  });
});
