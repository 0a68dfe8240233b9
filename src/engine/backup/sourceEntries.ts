import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { systemCode } from '../../base/errors.ts';
import { compareRaw, toFsPath } from '../../base/rawName.ts';
import { createIgnoreState, type IgnoreOptions, type IgnoreState } from '../../workspace/ignoreRules.ts';
import { findEntry, listFolder } from '../../workspace/listFolder.ts';
import type { SkippedEntry } from './backupOptions.ts';
import { buildTargetTree, type TargetNode } from './targetTree.ts';

/** An entry that waits for its turn in the walk. */
export interface SourceEntry {
  readonly name: string;
  readonly path: string;
  readonly stats: BigIntStats;
  /** Absent on the way to a target, where no rules apply. */
  readonly rules: IgnoreState | undefined;
  readonly target: TargetNode | undefined;
}

/** Hears of what cannot be looked at, by the system's code, and of what the rules leave out. */
export interface SourceListener {
  problem(path: string, code: string): undefined;
  skipped(entry: SkippedEntry): undefined;
}

/**
 * The entries of the source, folder by folder, in the order and shape of the snapshot's tree: first the
 * folders on the way to the targets, then what the rules let through below each target.
 */
export class SourceEntries {
  readonly #rules: IgnoreOptions;
  readonly #listener: SourceListener;

  constructor(rules: IgnoreOptions, listener: SourceListener) {
    this.#rules = rules;
    this.#listener = listener;
  }

  /** The entries at the top of the tree. */
  top(targets: readonly string[], workingFolder: string): SourceEntry[] {
    return this.#targetEntries(buildTargetTree(targets, workingFolder));
  }

  /** The entries of a folder. */
  entriesOf(entry: SourceEntry): SourceEntry[] {
    const { target, rules } = entry;
    if (target && !target.isTarget) return this.#targetEntries(target);
    const listing = listFolder(entry.path, rules!);
    for (const skipped of listing.skipped) this.#listener.skipped(skipped);
    for (const { path, error } of listing.errors) this.#listener.problem(path, systemCode(error) ?? 'EIO');
    const entries: SourceEntry[] = listing.entries.map((found) => ({
      name: found.name,
      path: found.path,
      stats: found.stats,
      rules: found.rules,
      target: target?.children.get(found.name),
    }));
    if (!target || target.children.size === 0) return entries;
    // A target inside another one is backed up even where the outer one's rules leave it out.
    const listed = new Set(entries.map((found) => found.name));
    const inner = this.#targetEntries(target).filter((found) => !listed.has(found.name));
    return [...entries, ...inner].sort((a, b) => compareRaw(a.name, b.name));
  }

  /** Entries for the targets, and the folders on the way to targets, below one of the latter. */
  #targetEntries(folder: TargetNode): SourceEntry[] {
    const entries: SourceEntry[] = [];
    for (const target of [...folder.children.values()].sort((a, b) => compareRaw(a.name, b.name))) {
      const entry = target.root === target.path ? this.#lookAtTarget(target) : this.#decideTarget(target);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** A target, which no rule leaves out, or a folder on the way to one. */
  #lookAtTarget(target: TargetNode): SourceEntry | undefined {
    try {
      const stat = target.isTarget ? lstatSync : statSync;
      const stats = stat(toFsPath(target.path), { bigint: true });
      const rules = target.isTarget ? createIgnoreState(target.root, target.path, this.#rules) : undefined;
      return { name: target.name, path: target.path, stats, rules, target };
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return this.#listener.problem(target.path, systemCode(error)!);
    }
  }

  /** Something in a target that stands for what is in it, like `.`: the rules decide. */
  #decideTarget(target: TargetNode): SourceEntry | undefined {
    const finding = findEntry(target.path, createIgnoreState(target.root, target.root, this.#rules));
    if (finding.found === 'skipped') {
      return this.#listener.skipped(finding.skipped);
    }
    if (finding.found === 'error') return this.#listener.problem(target.path, systemCode(finding.error.error) ?? 'EIO');
    const { stats, rules } = finding.entry;
    return { name: target.name, path: target.path, stats, rules, target };
  }
}
