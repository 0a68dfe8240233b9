/**
 * A walk of the source that another thread does, ahead of the backup that uses it: what takes time in it
 * is done while keys are derived, the index is loaded and recorded folders are read.
 *
 * It goes on in batches: the entries of some folders, one after the other, in the order in which a walk
 * comes to them, as texts and numbers that pass from thread to thread at little cost.
 */
import { CairnError } from '../../base/errors.ts';
import { metadataToJson } from '../../repository/format/tree.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import { joinName } from '../../disk/paths.ts';
import type { SkippedEntry } from './findings.ts';
import { PackedStats, StatsPacker } from '../../disk/entryStats.ts';
import type { FolderSource, SourceEntry, SourceListener, WalkEntry } from './folderSource.ts';
import { nodeFromStat, nodeTypeOf } from './nodeFromStat.ts';
import { resolveTargets } from './resolveTargets.ts';
import { SourceEntries } from './sourceEntries.ts';
import { buildTargetTree, type TargetNode } from './targetTree.ts';
import { createUserNames, type UserNames } from '../../disk/userNames.ts';
import type { WalkBatch, WalkPlan, RunningWalk } from './runningWalk.ts';

/** How many entries a batch has. */
export function countEntries({ counts }: WalkBatch): number {
  return counts.reduce((sum, count) => sum + Math.max(count, 0), 0);
}

/** A batch is complete with the folder with which it reaches so many entries: fewer than fill a nursery. */
const BATCH_ENTRIES = 256;

/** Undefined if there is nothing to walk, of which the backup will complain. */
export function planWalk(
  written: readonly string[],
  workingFolder: string,
  rules: IgnoreOptions,
): WalkPlan | undefined {
  const start = BigInt(Date.now()) * 1_000_000n;
  const { targets } = resolveTargets(written, workingFolder);
  if (targets.length === 0) return undefined;
  // No function passes to a thread.
  const plainRules = { ...rules };
  delete plainRules.onMatch;
  return {
    tree: buildTargetTree(
      targets.map((target) => target.written),
      workingFolder,
    ),
    rules: plainRules,
    start,
  };
}

/** Does the walk: everything is looked at. Throws `usage` for a glob or pattern that cannot be used. */
export function* walkInBatches({ tree, rules }: WalkPlan): Generator<WalkBatch, void, void> {
  const names = createUserNames();
  let batch = new BatchBuilder(names);
  const source = new SourceEntries(
    {
      rules: { ...rules, onMatch: (pattern) => void batch.matched.push(pattern) },
      changes: undefined,
      keepGitFolders: false,
      canKeep: () => false,
    },
    {
      problem: (path, code) => void batch.problems.push({ path, code }),
      skipped: (entry) => void batch.skipped.push(entry),
    },
  );
  const folders: SourceEntry[] = [];
  const add = (path: string, found: readonly WalkEntry[] | undefined): void => {
    const entries = found as readonly SourceEntry[] | undefined;
    batch.add(path, entries);
    if (!entries) return;
    // The last one is the next to be taken.
    for (const entry of entries.toReversed()) if (nodeTypeOf(entry.stats) === 'dir') folders.push(entry);
  };
  add('', source.top(tree, undefined));
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    if (batch.size >= BATCH_ENTRIES) {
      yield batch.finish();
      batch = new BatchBuilder(names);
    }
    add(folder.path, source.entriesOf(folder, undefined));
  }
  yield batch.finish();
}

/** Keeps no entry: what is left of thousands of stats would be moved about by each garbage collection. */
class BatchBuilder {
  readonly problems: { path: string; code: string }[] = [];
  readonly skipped: SkippedEntry[] = [];
  readonly matched: string[] = [];
  readonly #userNames: UserNames;
  readonly #folders: string[] = [];
  readonly #counts: number[] = [];
  readonly #names: string[] = [];
  readonly #metadata: string[] = [];
  readonly #stats = new StatsPacker();

  constructor(userNames: UserNames) {
    this.#userNames = userNames;
  }

  get size(): number {
    return this.#names.length;
  }

  add(folder: string, entries: readonly SourceEntry[] | undefined): void {
    this.#folders.push(folder);
    this.#counts.push(entries?.length ?? -1);
    for (const { name, stats } of entries ?? []) {
      const node = nodeFromStat(name, stats, this.#userNames);
      this.#names.push(name);
      this.#metadata.push(node.type === 'file' || node.type === 'dir' ? metadataToJson(node) : '');
      this.#stats.add(stats);
    }
  }

  finish(): WalkBatch {
    return {
      folders: this.#folders,
      counts: this.#counts,
      names: this.#names.join('/'),
      stats: this.#stats.finish(),
      metadata: this.#metadata.join('\n'),
      problems: this.problems,
      skipped: this.skipped,
      matched: this.matched,
    };
  }
}

/** The entries that a walk elsewhere finds. */
export class WalkAhead implements FolderSource {
  readonly #walk: RunningWalk;
  readonly #listener: SourceListener;
  readonly #onMatch: IgnoreOptions['onMatch'];
  #batch: WalkBatch | undefined;
  #names: string[] = [];
  #metadata: string[] = [];
  /** The next folder of the batch, and its first entry. */
  #folder = 0;
  #entry = 0;

  constructor(walk: RunningWalk, listener: SourceListener, onMatch: IgnoreOptions['onMatch']) {
    this.#walk = walk;
    this.#listener = listener;
    this.#onMatch = onMatch;
  }

  async top(tree: TargetNode): Promise<WalkEntry[]> {
    return (await this.#take('', tree)) ?? [];
  }

  entriesOf({ path, target }: SourceEntry): Promise<WalkEntry[] | undefined> {
    return this.#take(path, target);
  }

  async #take(path: string, target: TargetNode | undefined): Promise<WalkEntry[] | undefined> {
    if (!this.#batch || this.#folder === this.#batch.folders.length) this.#open(await this.#walk.next());
    const { folders, counts, stats } = this.#batch!;
    const found = folders[this.#folder];
    // Files must never come to stand in another folder.
    if (found !== path) throw new CairnError('internal', `The walk came to "${found}" and not to "${path}".`);
    const count = counts[this.#folder++]!;
    if (count < 0) return undefined;
    const entries: WalkEntry[] = [];
    for (const end = this.#entry + count; this.#entry < end; this.#entry++) {
      const name = this.#names[this.#entry]!;
      const below = target?.children.get(name);
      entries.push({
        name,
        path: below?.path ?? joinName(path, name),
        stats: new PackedStats(stats, this.#entry),
        metadata: this.#metadata[this.#entry] || undefined,
        rules: undefined,
        target: below,
        isWhole: true,
      });
    }
    return entries;
  }

  #open(batch: WalkBatch): void {
    this.#batch = batch;
    this.#names = batch.names.split('/');
    this.#metadata = batch.metadata.split('\n');
    this.#folder = 0;
    this.#entry = 0;
    for (const { path, code } of batch.problems) this.#listener.problem(path, code);
    for (const entry of batch.skipped) this.#listener.skipped(entry);
    for (const pattern of batch.matched) this.#onMatch?.(pattern);
  }
}
