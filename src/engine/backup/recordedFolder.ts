import { asId, isId, type BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { parseTree } from '../../repository/format/tree.ts';
import { takeAttributes } from './nodeFromStat.ts';

/** The nodes of a folder of the parent snapshot by their names. */
export type RecordedNodes = ReadonlyMap<string, Node>;

/** An entry that is in the folder as it was recorded. */
export interface FoundEntry {
  /** The ids of a file's blobs, or of a folder's tree. */
  readonly content: readonly BlobId[];
  /** The recorded node, as it stands in the tree. */
  readonly json: string;
  readonly hasAttributes: boolean;
}

const TREE_START = '{"nodes":[';
const TREE_END = ']}\n';
const ID_LENGTH = 64;
const ATTRIBUTES_START = ',"extended_attributes":[';
/** After the attributes, and at the end of what is compared. No text in JSON has a quotation mark in it. */
const CONTENT_START = ',"content":';
/** Anything but a label of SELinux alone. */
const OWN_ATTRIBUTES = /"extended_attributes":\[(?!\{"name":"security\.selinux","value":"[^"]*"\}\])/;
/** What stands around the ids of an entry, from the content on. */
const contentMarks = { file: ['[', ']}'], dir: ['null,"subtree":', '}'], other: ['null', '}'] } as const;

/**
 * A folder as the parent snapshot has it. As long as what is found in it now is, entry by entry, what was
 * recorded, texts are compared and nothing is parsed; and if that holds to the end, the folder's tree is
 * the recorded one, so it is neither written nor hashed again.
 */
export class RecordedFolder {
  /** Its tree. */
  readonly tree: BlobId;
  readonly #bytes: Uint8Array;
  readonly #text: string;
  /** Where the next entry stands in the text; -1 once something differed. */
  #at: number;
  #nodes: RecordedNodes | 'damaged' | undefined;
  #hasAttributes: boolean | undefined;

  constructor(tree: BlobId, bytes: Buffer) {
    this.tree = tree;
    this.#bytes = bytes;
    this.#text = bytes.toString('utf8');
    // A replacement character may stand for bytes that are not UTF-8.
    this.#at = this.#text.startsWith(TREE_START) && !this.#text.includes('\ufffd') ? TREE_START.length : -1;
  }

  /** Undefined if its text is not that of a tree. */
  get nodes(): RecordedNodes | undefined {
    this.#nodes ??= this.#parse();
    return this.#nodes === 'damaged' ? undefined : this.#nodes;
  }

  /** True if an entry in it has extended attributes. */
  get hasAttributes(): boolean {
    return (this.#hasAttributes ??= this.#text.includes(ATTRIBUTES_START));
  }

  /** The same, but labels of SELinux do not count. */
  get hasOwnAttributes(): boolean {
    return this.hasAttributes && OWN_ATTRIBUTES.test(this.#text);
  }

  #parse(): RecordedNodes | 'damaged' {
    try {
      return new Map(parseTree(this.#bytes, this.tree).nodes.map((node) => [node.name, node]));
    } catch {
      // A damaged parent costs reading the files again, nothing else.
      return 'damaged';
    }
  }

  /** True if all that was added equals what was recorded, and there is nothing more. */
  get isFoundAgain(): boolean {
    return this.#at >= 0 && this.#text.slice(this.#at) === TREE_END;
  }

  /** To be called for what is in the folder now and differs from what was recorded. */
  markDifferent(): void {
    this.#at = -1;
  }

  /**
   * To be called for each entry in order, with the text of its node up to the content. Finds the next one
   * recorded if it is the same so far, but for extended attributes.
   */
  findNext(type: Node['type'], metadata: string): FoundEntry | undefined {
    if (this.#at < 0) return undefined;
    const isFirst = this.#at === TREE_START.length;
    const start = isFirst ? this.#at : this.#at + 1;
    const end = (isFirst || this.#text[this.#at] === ',') && this.#findContent(start, metadata);
    const content = end ? this.#readContent(type, end) : undefined;
    if (content) {
      const json = this.#text.slice(start, this.#at);
      return { content, json, hasAttributes: end !== start + metadata.length };
    }
    this.markDifferent();
    return undefined;
  }

  /** Where the content of an entry begins that has this metadata, and perhaps extended attributes. */
  #findContent(start: number, metadata: string): number | undefined {
    const end = start + metadata.length;
    // Many times as fast as startsWith.
    if (this.#text.slice(start, end) === metadata) return end;
    if (!this.hasAttributes) return undefined;
    const attributes = end - CONTENT_START.length;
    const isSame = this.#text.slice(start, attributes) === metadata.slice(0, -CONTENT_START.length);
    if (!isSame || !this.#text.startsWith(ATTRIBUTES_START, attributes)) return undefined;
    const content = this.#text.indexOf(`}]${CONTENT_START}`, attributes);
    return content < 0 ? undefined : content + 2 + CONTENT_START.length;
  }

  /** Moves on to the end of the entry whose content is at `start`. */
  #readContent(type: Node['type'], start: number): readonly BlobId[] | undefined {
    const [before, after] = contentMarks[type === 'file' || type === 'dir' ? type : 'other'];
    if (!this.#text.startsWith(before, start)) return undefined;
    const ids: BlobId[] = [];
    let at = start + before.length;
    for (; this.#text[at] === '"'; at += ID_LENGTH + 2) {
      const id = this.#text.slice(at + 1, at + 1 + ID_LENGTH);
      if (!isId(id) || this.#text[at + 1 + ID_LENGTH] !== '"') return undefined;
      ids.push(asId(id));
      if (this.#text.startsWith(',"', at + ID_LENGTH + 2)) at++;
    }
    if (!this.#text.startsWith(after, at) || (type === 'dir' && ids.length !== 1)) return undefined;
    this.#at = at + after.length;
    return ids;
  }

  /** The recorded node of the same name, of which the new one takes over what no stat shows. */
  passOn(node: Node): Node | undefined {
    const recorded = this.nodes?.get(node.name);
    takeAttributes(node, recorded);
    return recorded;
  }
}
