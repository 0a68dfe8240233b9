import type { BlobId } from '../../repository/format/ids.ts';
import { sha256Hex } from '../../repository/hash.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { TextSearchResult } from './searchText.ts';

/** So many lines that match are kept for a content that comes again elsewhere. */
const MOST_LINES = 20_000;

/** `none`: nothing matches, or nobody could look. */
export type Verdict = 'none' | 'match';

/** What is known of contents that were searched: in one byte a blob for those of one blob, which nearly all are. */
export class ContentVerdicts {
  readonly #index: BlobIndex;
  readonly #single: Uint8Array;
  readonly #others = new Map<string, Verdict>();
  readonly #results = new Map<string, TextSearchResult>();
  #lines = 0;

  constructor(index: BlobIndex) {
    this.#index = index;
    this.#single = new Uint8Array(index.size);
  }

  get(content: readonly BlobId[]): Verdict | undefined {
    const entry = this.#entryOf(content);
    if (entry === undefined) return this.#others.get(keyOf(content));
    return ([undefined, 'none', 'match'] as const)[this.#single[entry]!];
  }

  /** Undefined if it was not kept: it is searched again then. */
  resultOf(content: readonly BlobId[]): TextSearchResult | undefined {
    return this.#results.get(keyOf(content));
  }

  set(content: readonly BlobId[], result: TextSearchResult): void {
    const verdict = result.lines.length > 0 ? 'match' : 'none';
    const entry = this.#entryOf(content);
    if (entry === undefined) this.#others.set(keyOf(content), verdict);
    else this.#single[entry] = verdict === 'match' ? 2 : 1;
    if (verdict === 'match') this.#keep(keyOf(content), result);
  }

  #keep(key: string, result: TextSearchResult): void {
    if (this.#results.has(key)) return;
    this.#results.set(key, result);
    this.#lines += result.lines.length;
    for (const [oldest, { lines }] of this.#results) {
      if (this.#lines <= MOST_LINES) return;
      this.#results.delete(oldest);
      this.#lines -= lines.length;
    }
  }

  /** Its number, for a content of one blob that the index knows since the beginning. */
  #entryOf(content: readonly BlobId[]): number | undefined {
    if (content.length !== 1) return undefined;
    const entry = this.#index.entryOf('data', content[0]!);
    return entry >= 0 && entry < this.#single.length ? entry : undefined;
  }
}

function keyOf(content: readonly BlobId[]): string {
  return content.length === 1 ? content[0]! : sha256Hex(content.join());
}
