/**
 * Trees: the JSON lists of folders (format notes 7.1, 7.2). The id of a tree is the hash of this
 * text, so writing follows restic to the byte; reading takes what any version wrote and believes
 * nothing.
 */
import { CairnError } from '../../base/errors.ts';
import { compareRaw, decodeRaw, displayPath, encodeRaw } from '../../base/rawName.ts';
import { escapeGoString, goJson } from './goJson.ts';
import { renameRepeated } from './repeatedNames.ts';
import { asId, isId, type BlobId } from './ids.ts';
import { MAX_BLOB_LENGTHS } from './pack.ts';
import type { ExtendedAttribute, Node, NodeType, Tree, Uint64 } from './node.ts';
import { quoteName, unquoteName } from './quoteName.ts';
import {
  checkDepth,
  damaged,
  decodeJson,
  parseJson,
  readArray,
  readBase64,
  readCount,
  readId,
  readObject,
  readString,
  readTime,
  wrongType,
  type Place,
} from './untrustedJson.ts';

/** More than this does not fit into one string of V8; it holds 1.4 million usual entries. */
const maxTreeBytes = MAX_BLOB_LENGTHS.tree;
const maxUint32 = 2 ** 32 - 1;
const maxUint64 = 2n ** 64n - 1n;
const knownTypes: ReadonlySet<unknown> = new Set<NodeType>([
  'file',
  'dir',
  'symlink',
  'dev',
  'chardev',
  'fifo',
  'socket',
]);

/** A node of which the text is known already. */
export interface WrittenNode {
  readonly name: string;
  /** As it stands in a tree. */
  readonly json: string;
}

/**
 * The content of a tree blob. The nodes have to be in strictly ascending order of their raw names:
 * anything else is an error of the program (`internal`). Throws `refused` for a folder with more
 * entries than {@link parseTree} could read back.
 */
export function treeToJson(nodes: readonly (Node | WrittenNode)[]): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  let text = '{"nodes":[';
  const flush = (): void => {
    parts.push(Buffer.from(text, 'utf8'));
    size += parts.at(-1)!.length;
    text = '';
  };
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!;
    if (at > 0) {
      if (compareRaw(nodes[at - 1]!.name, node.name) >= 0) throw unordered(nodes[at - 1]!.name, node.name);
      text += ',';
    }
    text += 'json' in node ? node.json : nodeToJson(node);
    if (text.length > 2 ** 20) flush();
  }
  text += ']}\n';
  flush();
  if (size > maxTreeBytes) {
    throw new CairnError(
      'refused',
      `A folder has ${nodes.length} entries, too many to back up. Spread them over subfolders.`,
    );
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function unordered(before: string, after: string): CairnError {
  return new CairnError('internal', `Nodes are out of order: "${displayPath(before)}" before "${displayPath(after)}".`);
}

/**
 * One node as it stands in a tree: fields in restic's order, empty ones left out. One of a foreign type keeps all its
 * fields as they were read.
 */
export function nodeToJson(node: Node): string {
  if (node.foreign && node.nameBefore === undefined) return goJson(node.foreign);
  if (node.foreign) return goJson({ ...node.foreign, name: quoteName(node.name) });
  const json = metadataToJson(node) + contentToJson(node.content);
  return node.subtree === undefined ? `${json}}` : `${json},"subtree":"${node.subtree}"}`;
}

/** The part of a node before its content: the ids of its blobs, with which it ends. */
export function metadataToJson(node: Node): string {
  let json = `{"name":${nameToJson(node.name)},"type":"${node.type}"`;
  if (node.mode) json += `,"mode":${node.mode}`;
  json += `,"mtime":"${node.mtime}","atime":"${node.atime}","ctime":"${node.ctime}","uid":${node.uid},"gid":${node.gid}`;
  if (node.user) json += `,"user":${escapeGoString(node.user)}`;
  if (node.group) json += `,"group":${escapeGoString(node.group)}`;
  if (node.inode) json += `,"inode":${node.inode}`;
  if (node.deviceId) json += `,"device_id":${node.deviceId}`;
  if (node.size) json += `,"size":${node.size}`;
  if (node.links) json += `,"links":${node.links}`;
  if (node.linkTarget) json += linkTargetToJson(node.linkTarget);
  if (node.extendedAttributes?.length) json += `,"extended_attributes":${attributesToJson(node.extendedAttributes)}`;
  if (node.genericAttributes) json += genericAttributesToJson(node.genericAttributes);
  if (node.device) json += `,"device":${node.device}`;
  return `${json},"content":`;
}

function nameToJson(name: string): string {
  // Nothing in here is touched by quoting or by escaping.
  return /^[ !#-%'-;=?-[\]-~]*$/.test(name) ? `"${name}"` : escapeGoString(quoteName(name));
}

function contentToJson(content: readonly BlobId[] | null): string {
  if (content === null) return 'null';
  return content.length === 0 ? '[]' : `["${content.join('","')}"]`;
}

function linkTargetToJson(target: string): string {
  const json = `,"linktarget":${escapeGoString(target)}`;
  return target.isWellFormed() ? json : `${json},"linktarget_raw":"${encodeRaw(target).toString('base64')}"`;
}

function attributesToJson(attributes: readonly ExtendedAttribute[]): string {
  return `[${attributes.map(({ name, value }) => `{"name":${escapeGoString(name)},"value":"${value}"}`).join(',')}]`;
}

function genericAttributesToJson(attributes: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(attributes).sort(compareRaw);
  if (keys.length === 0) return '';
  return `,"generic_attributes":{${keys.map((key) => `${escapeGoString(key)}:${goJson(attributes[key])}`).join(',')}}`;
}

/**
 * The nodes of a tree blob in order; `id` is for messages. Names are as the repository has them,
 * even unsafe ones, so that they can be shown: {@link checkNodeName} before one touches the disk.
 * Throws `repository-damaged` if this is no tree, and `repository-unsupported` if it is too large.
 */
export function parseTree(bytes: Uint8Array, id?: BlobId): Tree {
  const place: Place = {
    what: id === undefined ? 'A folder list of the repository' : `The folder list ${id.slice(0, 8)}`,
  };
  const text = decodeJson(bytes, maxTreeBytes, place);
  const nodes = parseNodes(text, place, false) ?? parseNodes(text, place, true)!;
  delete place.part;
  if (!isAscending(nodes)) {
    const byName = (a: Node, b: Node) => compareRaw(a.name, b.name);
    if (renameRepeated(nodes.sort(byName))) nodes.sort(byName);
  }
  return { nodes };
}

/** Undefined if there are integers which only the exact way can read. */
function parseNodes(text: string, place: Place, exact: boolean): Node[] | undefined {
  const list = readObject(parseJson(text, place, exact), 'its content', place)['nodes'];
  if (list === undefined) throw damaged(place, 'nodes is missing');
  const raw = readArray(list, 'nodes', place);
  const nodes: Node[] = [];
  for (let at = 0; at < raw.length; at++) {
    place.part = `entry ${at + 1}`;
    const entry = readObject(raw[at], 'it', place) as RawNode;
    const isForeign = !knownTypes.has(entry.type);
    if (!exact && (isForeign || hasLargeInteger(entry))) return undefined;
    const node = parseNode(entry, place);
    nodes.push(isForeign ? { ...node, foreign: keepForeign(entry, place) } : node);
  }
  return nodes;
}

function isAscending(nodes: readonly Node[]): boolean {
  for (let at = 1; at < nodes.length; at++) if (compareRaw(nodes[at - 1]!.name, nodes[at]!.name) >= 0) return false;
  return true;
}

/** A node with the keys of the repository and values not looked at yet. */
interface RawNode {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly mode?: unknown;
  readonly mtime?: unknown;
  readonly atime?: unknown;
  readonly ctime?: unknown;
  readonly uid?: unknown;
  readonly gid?: unknown;
  readonly user?: unknown;
  readonly group?: unknown;
  readonly inode?: unknown;
  readonly device_id?: unknown;
  readonly size?: unknown;
  readonly links?: unknown;
  readonly linktarget?: unknown;
  readonly linktarget_raw?: unknown;
  readonly extended_attributes?: unknown;
  readonly generic_attributes?: unknown;
  readonly device?: unknown;
  readonly content?: unknown;
  readonly subtree?: unknown;
}

function hasLargeInteger({ inode, device_id: deviceId, size, device }: RawNode): boolean {
  return isLarge(inode) || isLarge(deviceId) || isLarge(size) || isLarge(device);
}

function isLarge(value: unknown): boolean {
  return typeof value === 'number' && value > Number.MAX_SAFE_INTEGER;
}

function keepForeign(entry: RawNode, place: Place): Readonly<Record<string, unknown>> {
  checkDepth(entry, 'it', place);
  return entry as Readonly<Record<string, unknown>>;
}

function parseNode(raw: RawNode, place: Place): Node {
  if (typeof raw.name !== 'string') throw wrongType(raw.name, 'name', 'a text', place);
  const type = readString(raw.type, 'type', place);
  const mtime = readTime(raw.mtime, 'mtime', place);
  const node: Node = {
    name: unquoteName(raw.name),
    type: knownTypes.has(type) ? (type as NodeType) : 'irregular',
    mode: readCount(raw.mode, 'mode', place, maxUint32),
    mtime,
    atime: raw.atime === raw.mtime ? mtime : readTime(raw.atime, 'atime', place),
    ctime: readTime(raw.ctime, 'ctime', place),
    uid: readCount(raw.uid, 'uid', place, maxUint32),
    gid: readCount(raw.gid, 'gid', place, maxUint32),
    content: parseContent(raw.content, place),
  };
  if (raw.user) node.user = readString(raw.user, 'user', place);
  if (raw.group) node.group = readString(raw.group, 'group', place);
  if (raw.inode) node.inode = readUint64(raw.inode, 'inode', place);
  if (raw.device_id) node.deviceId = readUint64(raw.device_id, 'device_id', place);
  if (raw.size) node.size = readUint64(raw.size, 'size', place);
  if (raw.links) node.links = readCount(raw.links, 'links', place);
  if (raw.subtree !== undefined && raw.subtree !== null) node.subtree = asId(readId(raw.subtree, 'subtree', place));
  if (raw.linktarget || raw.linktarget_raw) node.linkTarget = parseLinkTarget(raw, place);
  if (raw.device) node.device = readUint64(raw.device, 'device', place);
  if (raw.extended_attributes) node.extendedAttributes = parseAttributes(raw.extended_attributes, place);
  if (raw.generic_attributes) {
    node.genericAttributes = readObject(raw.generic_attributes, 'generic_attributes', place);
    checkDepth(node.genericAttributes, 'generic_attributes', place);
  }
  return node;
}

function readUint64(value: unknown, field: string, place: Place): Uint64 {
  if (typeof value === 'bigint' && value >= 0n && value <= maxUint64) return value;
  return readCount(value, field, place);
}

function parseContent(value: unknown, place: Place): readonly BlobId[] | null {
  if (value === null || value === undefined) return null;
  const content = readArray(value, 'content', place);
  for (const id of content) {
    if (typeof id !== 'string' || !isId(id)) throw wrongType(id, 'content', 'an id of 64 hex digits', place);
  }
  return content as readonly BlobId[];
}

function parseLinkTarget(raw: RawNode, place: Place): string {
  const bytes = readBase64(raw.linktarget_raw, 'linktarget_raw', place);
  return bytes === '' ? readString(raw.linktarget, 'linktarget', place) : decodeRaw(Buffer.from(bytes, 'base64'));
}

function parseAttributes(value: unknown, place: Place): ExtendedAttribute[] {
  return readArray(value, 'extended_attributes', place).map((entry) => {
    const attribute = readObject(entry, 'extended_attributes', place);
    return {
      name: readString(attribute['name'], 'extended_attributes.name', place),
      value: readBase64(attribute['value'], 'extended_attributes.value', place),
    };
  });
}

/**
 * False for a name that could lead out of its folder: empty, `.`, `..`, or with a slash or NUL in it. Whether
 * this system can hold such a name is another question (`disk/names.ts`).
 */
export function isSafeNodeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** Throws `unsafe-name` for what is no {@link isSafeNodeName}. */
export function checkNodeName(name: string): void {
  if (isSafeNodeName(name)) return;
  throw new CairnError(
    'unsafe-name',
    `The repository holds an entry named "${displayPath(name)}", which is not safe to create. Verify the repository.`,
    { details: { name: displayPath(name) } },
  );
}
