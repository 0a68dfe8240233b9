import { CairnError } from '../../base/errors.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node, Tree } from '../../repository/format/node.ts';
import { checkNodeName } from '../../repository/format/tree.ts';
import { SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { Session } from '../session.ts';
import { treesAhead } from '../treesAhead.ts';
import { tryLoadTree, type TreeReader } from '../walkTree.ts';
import type { Damage } from './damage.ts';
import type { IsFinding } from './readIndexFiles.ts';
import { countOf, type BlobKey, type Finding, type Loss } from './findings.ts';

/** What is known of a tree: everything below it is there; something is not; its own list is lost. */
export type TreeState = 'intact' | 'affected' | Loss;

type SessionParts = Pick<Session, 'repository' | 'index' | 'reader'>;

export interface CheckTreesOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/**
 * Reads all folder lists of snapshots, each once however many snapshots share it, and checks that they
 * are valid and that all they refer to is there (format notes 7.2 and 10.3, step 3). Where something is
 * lost, everything above it is marked as affected.
 */
export class TreeCheck {
  readonly findings: Finding[] = [];
  /** How many different folder lists were read. */
  treeCount = 0;
  readonly #session: SessionParts;
  #reader: TreeReader;
  readonly #damage: Damage;
  readonly #isFinding: IsFinding;
  readonly #states = new Map<BlobId, TreeState>();
  /** By number of the entry in the index: the list was read, and all is there. */
  readonly #intact: Uint8Array;
  readonly #missing = new Map<string, BlobKey>();
  readonly #irregular = new Names();
  readonly #repeated = new Names();

  constructor(session: SessionParts, damage: Damage, isFinding: IsFinding) {
    this.#isFinding = isFinding;
    this.#session = session;
    this.#reader = session.reader;
    this.#damage = damage;
    this.#intact = new Uint8Array(session.index.size);
  }

  /** Of a tree that was checked. */
  stateOf(tree: BlobId): TreeState {
    return this.#states.get(tree) ?? 'intact';
  }

  /** What is lost of a node's own content; a folder's content is another matter. */
  lossOf(node: Node): { loss: Loss; blobs: BlobId[] } | undefined {
    if (node.type === 'file' && !node.content) return { loss: 'CORRUPT', blobs: [] };
    if (node.type === 'irregular') return undefined;
    const lost = (node.content ?? []).map((id) => ({ id, loss: this.#damage.lossOf('data', id) }));
    const blobs = lost.filter(({ loss }) => loss !== undefined);
    if (blobs.length === 0) return undefined;
    const loss = blobs.some((blob) => blob.loss === 'MISSING') ? 'MISSING' : 'CORRUPT';
    return { loss, blobs: [...new Set(blobs.map(({ id }) => id))] };
  }

  async check(snapshots: readonly StoredSnapshot[], { signal, onProgress }: CheckTreesOptions): Promise<void> {
    const giveWay = createGiveWay(signal);
    const progress = throttleProgress(onProgress);
    const roots = snapshots.map(({ snapshot }) => snapshot.tree);
    this.#reader = treesAhead(this.#session, roots, {
      isWanted: (tree) => !this.#isKnown(tree),
      ...(signal && { signal }),
    });
    for (const [items, { snapshot }] of snapshots.entries()) {
      progress.report({ phase: 'Reading folder lists', items, totalItems: snapshots.length, bytes: 0 });
      await this.#checkTree(snapshot.tree, giveWay);
    }
    progress.flush();
    if (this.#irregular.count > 0) this.findings.push(irregularFinding(this.#irregular));
    if (this.#repeated.count > 0) this.findings.push(repeatsFinding(this.#repeated));
    if (this.#missing.size > 0) this.findings.push(missingFinding([...this.#missing.values()]));
  }

  /** From the leaves up, without recursion: folders may be nested deeper than calls. */
  async #checkTree(root: BlobId, giveWay: GiveWay): Promise<void> {
    const stack = await this.#open(root);
    for (let folder = stack.at(-1); folder; folder = stack.at(-1)) {
      const subtree = folder.subtrees[folder.next++];
      if (subtree === undefined) {
        stack.pop();
        this.#close(folder.tree, folder.isAffected);
        const above = stack.at(-1);
        if (above && folder.isAffected) above.isAffected = true;
        continue;
      }
      await giveWay();
      stack.push(...(await this.#open(subtree)));
      if (this.stateOf(subtree) !== 'intact') folder.isAffected = true;
    }
  }

  /** The folder to be gone through, unless its state is known by now. */
  async #open(tree: BlobId): Promise<OpenFolder[]> {
    if (this.#isKnown(tree)) return [];
    const loaded = await tryLoadTree(this.#reader, tree, '');
    if ('code' in loaded) {
      const failure = new CairnError(loaded.code, loaded.message);
      if (!this.#isFinding(failure)) throw failure;
      const loss = loaded.code === 'blob-missing' ? 'MISSING' : (this.#damage.lossOf('tree', tree) ?? 'CORRUPT');
      this.#states.set(tree, loss);
      if (loaded.code === 'blob-missing') this.#missing.set(`tree ${tree}`, { type: 'tree', id: tree });
      else this.findings.push(treeFinding(tree, loaded.message));
      return [];
    }
    this.treeCount++;
    return [{ tree, ...this.#checkNodes(tree, loaded), next: 0 }];
  }

  #isKnown(tree: BlobId): boolean {
    return this.#states.has(tree) || this.#intact[this.#session.index.entryOf('tree', tree)] === 1;
  }

  #close(tree: BlobId, isAffected: boolean): void {
    if (isAffected) this.#states.set(tree, 'affected');
    else this.#intact[this.#session.index.entryOf('tree', tree)] = 1;
  }

  #checkNodes(tree: BlobId, { nodes }: Tree): { subtrees: BlobId[]; isAffected: boolean } {
    const subtrees: BlobId[] = [];
    let isAffected = false;
    for (const node of nodes) {
      const problem = problemOf(node);
      if (problem !== undefined) {
        const list = `The folder list ${tree.slice(0, SHORT_ID_LENGTH)}`;
        this.findings.push(treeFinding(tree, `${list} is not valid: ${problem}`));
      }
      if (node.type === 'irregular') this.#irregular.add(node.name);
      if (node.nameBefore !== undefined) this.#repeated.add(node.nameBefore);
      for (const id of node.type === 'irregular' ? [] : (node.content ?? [])) {
        if (!this.#session.index.isStored('data', id)) this.#missing.set(`data ${id}`, { type: 'data', id });
      }
      if (problem !== undefined || this.lossOf(node)) isAffected = true;
      if (node.type === 'dir' && node.subtree !== undefined) subtrees.push(node.subtree);
    }
    return { subtrees, isAffected };
  }
}

interface OpenFolder {
  readonly tree: BlobId;
  readonly subtrees: readonly BlobId[];
  next: number;
  isAffected: boolean;
}

/** What no valid folder list has, though it can be read. */
function problemOf(node: Node): string | undefined {
  const name = displayPath(node.name);
  if (node.type === 'file' && !node.content) return `the file "${name}" has no list of its content.`;
  if (node.type === 'dir' && node.subtree === undefined) return `the folder "${name}" has no list of its content.`;
  try {
    checkNodeName(node.name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function treeFinding(tree: BlobId, message: string): Finding {
  return { severity: 'error', kind: 'tree-damaged', message, blobs: [{ type: 'tree', id: tree }] };
}

/** How many there were, and one to show. */
class Names {
  count = 0;
  first = '';

  add(name: string): void {
    if (this.count++ === 0) this.first = displayPath(name);
  }
}

function irregularFinding({ count, first }: Names): Finding {
  return {
    severity: 'hint',
    kind: 'tree-irregular',
    message: `${countOf(count, 'entry', 'entries')} of folders, as "${first}", are of a type that is not known here, such as restic 0.17 wrote on Windows. Nothing was stored of what they were; a restore leaves them out and says so. "cairn repair snapshots" makes snapshots without those of no type.`,
  };
}

function repeatsFinding({ count, first }: Names): Finding {
  return {
    severity: 'hint',
    kind: 'tree-repeats',
    message: `${countOf(count, 'entry', 'entries')} have the name of another one in the same folder, as "${first}". All these entries can be had, the later ones as "name (2)". "cairn repair snapshots" makes snapshots with those names.`,
  };
}

function missingFinding(blobs: readonly BlobKey[]): Finding {
  return {
    severity: 'error',
    kind: 'blob-missing',
    message: `${countOf(blobs.length, 'blob')} that snapshots need can be found in no index.`,
    blobs,
  };
}
