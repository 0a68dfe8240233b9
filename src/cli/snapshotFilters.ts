import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SnapshotFilter } from '../repository/snapshots.ts';
import { collect } from './globalOptions.ts';

export interface FilterOptions {
  readonly host?: string[];
  readonly tag?: string[];
  readonly path?: string[];
}

/** Adds restic's filters; each may be repeated. */
export function addSnapshotFilters(command: Command): Command {
  return command
    .option('-H, --host <name>', 'only snapshots of this host', collect)
    .option('--tag <tags>', 'only snapshots with all of these tags (separated by commas)', collect)
    .option('--path <path>', 'only snapshots of this path', collect);
}

/** The filter that the options describe. */
export function snapshotFilter(options: FilterOptions): SnapshotFilter {
  return {
    ...(options.host && { hosts: options.host }),
    ...(options.tag && { tags: options.tag.map((list) => list.split(',')) }),
    ...(options.path && { paths: options.path.map((path) => resolve(path)) }),
  };
}
