import type { GiveWay } from '../../base/giveWay.ts';
import type { PathBelow } from '../../base/pathKinds.ts';
import type { Node } from '../../repository/format/node.ts';
import { tryLoadTree, type TreeProblem, type TreeReader } from '../walkTree.ts';
import type { Entry } from './folderStates.ts';
import { wayTo } from './removedBetween.ts';

/** So many folders are remembered; beyond that some are read again, which costs time and nothing else. */
const MOST_FOLDERS = 500_000;

/** Walks states of one folder, and passes over what was walked before: the same list in the same place. */
export class DistinctFiles {
  readonly #reader: TreeReader;
  readonly #giveWay: GiveWay;
  readonly #onProblem: (problem: TreeProblem) => void;
  readonly #walked = new Set<string>();

  constructor(reader: TreeReader, giveWay: GiveWay, onProblem: (problem: TreeProblem) => void) {
    this.#reader = reader;
    this.#giveWay = giveWay;
    this.#onProblem = onProblem;
  }

  /** The files of a state; a file that stands beside a change comes again. `way`: from the folder down. */
  async *walk(entry: Entry, way: PathBelow = ''): AsyncGenerator<{ way: PathBelow; node: Node }, void, void> {
    if (entry.type === 'file') yield { way, node: entry as Node };
    if (entry.type !== 'dir') return;
    const key = `${entry.subtree ?? ''}${way}`;
    if (this.#walked.has(key)) return;
    await this.#giveWay();
    const loaded = await tryLoadTree(this.#reader, entry.subtree, way);
    if (this.#walked.size < MOST_FOLDERS) this.#walked.add(key);
    if ('code' in loaded) return this.#onProblem(loaded);
    for (const node of loaded.nodes) yield* this.walk(node, wayTo(way, node.name));
  }
}
