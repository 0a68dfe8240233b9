import type { GiveWay } from '../../base/giveWay.ts';
import type { PathBelow } from '../../base/pathKinds.ts';
import type { Node, NodeType, Uint64 } from '../../repository/format/node.ts';
import type { Change } from '../diff/change.ts';
import { pairByName } from '../diff/pairByName.ts';
import { detectRenames } from '../diff/renames.ts';
import { tryLoadTree, type TreeProblem, type TreeReader } from '../walkTree.ts';
import type { Entry } from './folderStates.ts';

/** What one state of a folder has and the next one has not; folders are told by what is in them. */
export interface Removed {
  /** From the folder down; empty if that is itself a file. */
  readonly way: PathBelow;
  readonly type: NodeType;
  /** Bytes; files only. */
  readonly size?: Uint64;
  readonly mtime: string;
  /** Where the next state has a new file of the same content. */
  readonly renamedTo?: PathBelow;
}

/** How {@link removedBetween} reads. */
export interface Comparing {
  readonly reader: TreeReader;
  readonly giveWay: GiveWay;
  /** Hears of folders that cannot be read: nothing is known of what was in them. */
  readonly onProblem: (problem: TreeProblem) => void;
}

/** Compares two states of a folder, reading only what differs. */
export async function removedBetween(
  comparing: Comparing,
  before: Entry | undefined,
  after: Entry | undefined,
): Promise<Removed[]> {
  const comparison = new Comparison(comparing);
  await comparison.compare('', before, after);
  return comparison.removed();
}

interface Placed {
  readonly way: PathBelow;
  readonly entry: Entry;
}

/** What is only in one state is read last, and what is new only if something was removed. */
class Comparison {
  readonly #comparing: Comparing;
  readonly #onlyBefore: Placed[] = [];
  readonly #onlyAfter: Placed[] = [];

  constructor(comparing: Comparing) {
    this.#comparing = comparing;
  }

  async compare(way: PathBelow, before: Entry | undefined, after: Entry | undefined): Promise<void> {
    if (before?.type === 'dir' && after?.type === 'dir') {
      if (before.subtree !== after.subtree) await this.#compareFolders(way, before, after);
      return;
    }
    const isSameKind = before && after && before.type !== 'dir' && after.type !== 'dir';
    if (isSameKind) return;
    if (before) this.#onlyBefore.push({ way, entry: before });
    if (after) this.#onlyAfter.push({ way, entry: after });
  }

  async removed(): Promise<Removed[]> {
    const gone = await this.#filesIn(this.#onlyBefore);
    if (gone.length === 0) return [];
    const added = await this.#filesIn(this.#onlyAfter);
    const changes: Change[] = [
      ...gone.map(({ way, entry }) => ({ path: way, kind: 'removed' as const, before: entry as Node })),
      ...added.map(({ way, entry }) => ({ path: way, kind: 'added' as const, after: entry as Node })),
    ];
    const renames = detectRenames(changes).filter(({ kind }) => kind === 'renamed');
    const renamedTo = new Map(renames.map(({ from, path }) => [from!, path]));
    return gone.map(({ way, entry }) => toRemoved(way, entry as Node, renamedTo.get(way)));
  }

  async #compareFolders(way: PathBelow, before: Entry, after: Entry): Promise<void> {
    const [earlier, later] = [await this.#load(way, before), await this.#load(way, after)];
    if (!earlier || !later) return;
    for (const [a, b] of pairByName(earlier, later)) await this.compare(wayTo(way, (a ?? b)!.name), a, b);
  }

  async #filesIn(places: readonly Placed[]): Promise<Placed[]> {
    const files: Placed[] = [];
    const pending = [...places].reverse();
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { way, entry } = next;
      if (entry.type !== 'dir') files.push(next);
      else {
        const nodes = (await this.#load(way, entry)) ?? [];
        for (const node of nodes.toReversed()) pending.push({ way: wayTo(way, node.name), entry: node });
      }
    }
    return files;
  }

  async #load(way: PathBelow, { subtree }: Entry): Promise<readonly Node[] | undefined> {
    const { reader, giveWay, onProblem } = this.#comparing;
    await giveWay();
    const loaded = await tryLoadTree(reader, subtree, way);
    if ('nodes' in loaded) return loaded.nodes;
    onProblem(loaded);
    return undefined;
  }
}

/** What is to be known of an entry that is gone. */
export function toRemoved(way: PathBelow, { type, size, mtime }: Node, renamedTo?: PathBelow): Removed {
  return {
    way,
    type,
    ...(type === 'file' && { size: size ?? 0 }),
    mtime,
    ...(renamedTo !== undefined && { renamedTo }),
  };
}

/** One step further down. */
export function wayTo(way: PathBelow, name: PathBelow): PathBelow {
  return way === '' ? name : `${way}/${name}`;
}
