import type { DiskPath } from '../base/pathKinds.ts';

/** Below a folder so many paths at once are told as "anything". */
const MOST_PATHS = 4_000;
const BATCH_MS = 100;

/**
 * Gathers the paths of file events, so that a storm of them costs few messages. Each batch is handed on
 * with its folder; without paths where they were too many to be worth telling apart.
 */
export class ChangeHints<Folder> {
  readonly #send: (folder: Folder, paths: readonly DiskPath[] | undefined) => Promise<void>;
  readonly #batches = new Map<Folder, Set<DiskPath>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (folder: Folder, paths: readonly DiskPath[] | undefined) => Promise<void>) {
    this.#send = send;
  }

  add(folder: Folder, path: DiskPath): void {
    let batch = this.#batches.get(folder);
    if (!batch) this.#batches.set(folder, (batch = new Set<DiskPath>()));
    if (batch.size <= MOST_PATHS) batch.add(path);
    this.#timer ??= setTimeout(() => void this.flush(), BATCH_MS);
  }

  /** Hands on what was gathered, without waiting for more. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batches = [...this.#batches];
    this.#batches.clear();
    await Promise.all(
      batches.map(([folder, paths]) => this.#send(folder, paths.size > MOST_PATHS ? undefined : [...paths])),
    );
  }
}
