import { systemCode } from '../../base/systemCode.ts';
import { compareRaw } from '../../base/rawName.ts';
import type { Node } from '../../repository/format/node.ts';
import type { ChangedPaths } from '../../workspace/changedPaths.ts';
import {
  createIgnoreState,
  isRuleFile,
  leftOutBy,
  tooLarge,
  wantedMount,
  type IgnoreOptions,
} from '../../workspace/ignoreRules.ts';
import { findEntry, listFolder } from '../../workspace/listFolder.ts';
import type { FolderSource, SourceEntry, SourceListener, WalkEntry } from './folderSource.ts';
import type { RecordedFolder, RecordedNodes } from './recordedFolder.ts';
import type { TargetNode } from './targetTree.ts';
import { lstatIfThere, lstatExact, statExact } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';

export interface SourceOptions {
  readonly rules: IgnoreOptions;
  /** Absent: everything may have changed. */
  readonly changes: ChangedPaths | undefined;
  /** Whether what a node of the parent refers to is there, so that it can be taken over. */
  readonly canKeep: (node: Node) => boolean;
  /** `.git` folders that the parent has are taken over, whatever changed in them. */
  readonly keepGitFolders: boolean;
}

/**
 * The entries of the source, looked at here and now. Where only some paths may have changed, the others are
 * those of the parent snapshot, without a look.
 *
 * A folder is looked at whole if the parent does not have it, or when one of its rule files may have
 * changed, since that decides about all that is in it.
 */
export class SourceEntries implements FolderSource {
  readonly #options: SourceOptions;
  readonly #listener: SourceListener;
  #changes: ChangedPaths | undefined;

  constructor(options: SourceOptions, listener: SourceListener) {
    this.#options = options;
    this.#listener = listener;
    this.#changes = options.changes;
  }

  top(tree: TargetNode, folder: RecordedFolder | undefined): WalkEntry[] {
    // What `.` stands for is known only after listing it, so there nothing can be taken over.
    if ([...tree.children.values()].some(({ root, path }) => root !== path)) this.#changes = undefined;
    return this.#targetEntries(tree, this.#changes && folder?.nodes);
  }

  entriesOf(entry: SourceEntry, folder: RecordedFolder | undefined): WalkEntry[] | undefined {
    const { target, rules, isWhole } = entry;
    const recorded = isWhole ? undefined : folder?.nodes;
    if (target && !target.isTarget) return this.#targetEntries(target, recorded);
    const names = this.#namesToLookAt(entry, recorded);
    const kept = names ? [...recorded!.values()].filter(({ name }) => !names.has(name)) : [];
    const listing = listFolder(entry.path, rules!, names);
    for (const skipped of [...listing.skipped, ...listing.givenUp]) this.#listener.skipped(skipped);
    for (const { path, error } of listing.errors) this.#listener.problem(path, systemCode(error) ?? 'EIO');
    const entries: WalkEntry[] = listing.entries.map((found) => ({
      name: found.name,
      path: found.path,
      stats: found.stats,
      rules: target?.children.get(found.name)?.isTarget ? wantedMount(found.rules, found.stats.dev) : found.rules,
      target: target?.children.get(found.name),
      isWhole: names === undefined,
    }));
    const inner = target && target.children.size > 0 ? this.#innerTargets(target, entries, names && recorded) : [];
    const isListed = listing.errors.every(({ path }) => path !== entry.path);
    if (!isListed && inner.length === 0) return undefined;
    if (kept.length + inner.length === 0) return entries;
    entries.push(...inner);
    if (isListed) for (const node of kept) entries.push({ name: node.name, kept: node });
    return entries.sort((a, b) => compareRaw(a.name, b.name));
  }

  /** A target inside another one is backed up even where the outer one's rules leave it out. */
  #innerTargets(target: TargetNode, entries: readonly WalkEntry[], recorded: RecordedNodes | undefined): WalkEntry[] {
    const listed = new Set(entries.map(({ name }) => name));
    return this.#targetEntries(target, recorded).filter((found) => !('kept' in found) && !listed.has(found.name));
  }

  /** Nothing if that is all names. */
  #namesToLookAt({ path, rules }: SourceEntry, recorded: RecordedNodes | undefined): Set<string> | undefined {
    if (!recorded || !this.#changes) return undefined;
    const changed = this.#changes.namesIn(path);
    if (changed === 'all') return undefined;
    const names = new Set(changed);
    if (this.#options.keepGitFolders && names.has('.git') && recorded.get('.git')?.type === 'dir') {
      if (isFolder(`${path}/.git`)) names.delete('.git');
    }
    for (const name of names) if (isRuleFile(rules!, name)) return undefined;
    for (const [name, node] of recorded) if (!this.#options.canKeep(node)) names.add(name);
    return names;
  }

  /**
   * Entries for the targets, and the folders on the way to targets, below one of the latter.
   * `recorded` is absent where nothing can be taken over.
   */
  #targetEntries(folder: TargetNode, recorded: RecordedNodes | undefined): WalkEntry[] {
    const entries: WalkEntry[] = [];
    for (const target of [...folder.children.values()].sort((a, b) => compareRaw(a.name, b.name))) {
      const kept = recorded?.get(target.name);
      const isWhole = !kept;
      if (kept && this.#options.canKeep(kept) && !this.#changes!.touches(target.path)) {
        entries.push({ name: target.name, kept });
        continue;
      }
      const entry =
        target.root === target.path ? this.#lookAtTarget(target, isWhole) : this.#decideTarget(target, isWhole);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** A target, which only patterns leave out, or a folder on the way to one. */
  #lookAtTarget(target: TargetNode, isWhole: boolean): SourceEntry | undefined {
    try {
      const look = target.isTarget ? lstatExact : statExact;
      const stats = look(toFsPath(target.path));
      const rules = target.isTarget ? createIgnoreState(target.root, target.path, this.#options.rules) : undefined;
      const pattern = rules && leftOutBy(rules);
      if (pattern !== undefined) {
        return this.#listener.skipped({ path: target.path, reason: 'exclude', detail: pattern });
      }
      const large = rules && stats.isFile() ? tooLarge(rules, stats.size) : undefined;
      if (large !== undefined) return this.#listener.skipped({ path: target.path, reason: 'size', detail: large });
      return { name: target.name, path: target.path, stats, rules, target, isWhole };
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return this.#listener.problem(target.path, systemCode(error)!);
    }
  }

  /** Something in a target that stands for what is in it, like `.`: the rules decide. */
  #decideTarget(target: TargetNode, isWhole: boolean): SourceEntry | undefined {
    const finding = findEntry(target.path, createIgnoreState(target.root, target.root, this.#options.rules));
    if (finding.found === 'skipped') {
      return this.#listener.skipped(finding.skipped);
    }
    if (finding.found === 'error') return this.#listener.problem(target.path, systemCode(finding.error.error) ?? 'EIO');
    const { stats, rules } = finding.entry;
    return { name: target.name, path: target.path, stats, rules, target, isWhole };
  }
}

function isFolder(path: string): boolean {
  return lstatIfThere(toFsPath(path))?.isDirectory() ?? false;
}
