import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';

/** Some of the snapshots, newest first, and how many there are. */
export interface SnapshotPage {
  readonly rows: readonly SnapshotRow[];
  readonly total: number;
}

/** How many snapshots are fetched at once. */
const PAGE = 200;

/** The snapshots of one place as far as they were looked at: a page at first, then more. */
export class SnapshotList {
  readonly #load: (limit: number) => Promise<SnapshotPage>;
  #page: SnapshotPage | undefined;
  #wanted = PAGE;

  /** `load` gives that many of the newest. */
  constructor(load: (limit: number) => Promise<SnapshotPage>) {
    this.#load = load;
  }

  get rows(): readonly SnapshotRow[] {
    return this.#page?.rows ?? [];
  }

  get total(): number {
    return this.#page?.total ?? 0;
  }

  get hasMore(): boolean {
    return this.rows.length < this.total;
  }

  /** Fetches what is looked at again. Returns whether anything is other than before. */
  async refresh(): Promise<boolean> {
    const before = this.#page;
    const page = await this.#load(this.#wanted);
    this.#page = page;
    return !before || before.total !== page.total || before.rows.some((row, at) => !isSame(row, page.rows[at]));
  }

  /** Fetches another page. */
  async more(): Promise<void> {
    this.#wanted = this.rows.length + PAGE;
    await this.refresh();
  }
}

/** Snapshots never change, except for which one is before them. */
function isSame(a: SnapshotRow, b: SnapshotRow | undefined): boolean {
  return a.id === b?.id && a.previous === b.previous;
}
