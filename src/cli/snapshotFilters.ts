import type { Command } from 'commander';
import { matchesActor, parseActor, parseSnapshotTags, type ActorFilter, type SnapshotFilter } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { collect } from './globalOptions.ts';
import { resolvePath } from './resolvePath.ts';

/** The options that {@link addSnapshotFilters} adds. */
export interface FilterOptions {
  readonly host?: string[];
  readonly tag?: string[];
  readonly path?: string[];
  readonly actor?: ActorFilter[];
}

/** Adds restic's filters; each may be repeated. */
export function addSnapshotFilters(command: Command): Command {
  return command
    .option('-H, --host <name>', 'only snapshots of this host (RESTIC_HOST; may be repeated)', collect)
    .option('--tag <tags>', 'only snapshots with all these tags: a,b (may be repeated: one list is enough)', collect)
    .option('--path <path>', 'only snapshots of this path (may be repeated: all of them)', collect)
    .option(
      '--actor <who>',
      'only what they changed: agent, agent:claude, editor, git, … (may be repeated)',
      collectActor,
    );
}

function collectActor(text: string, before: readonly ActorFilter[] = []): ActorFilter[] {
  return [...before, parseActor(text)];
}

/** The filter that the options describe. */
export function snapshotFilter({ workingFolder }: CommandContext, options: FilterOptions): SnapshotFilter {
  const host = process.env['RESTIC_HOST'];
  const { actor } = options;
  const hosts = options.host ?? (host ? [host] : undefined);
  return {
    ...(hosts && { hosts }),
    ...(options.tag && { tags: options.tag.map((list) => list.split(',')) }),
    ...(options.path && { paths: options.path.map((path) => resolvePath(workingFolder, path)) }),
    ...(actor && { accepts: (tags) => matchesActor(parseSnapshotTags(tags).actor, actor) }),
  };
}
