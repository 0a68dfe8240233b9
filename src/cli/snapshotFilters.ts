import type { Command } from 'commander';
import {
  currentOwner,
  matchesActor,
  parseActor,
  parseSnapshotTags,
  type ActorFilter,
  type SnapshotFilter,
} from '../engine/index.ts';
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

/** Adds restic's filters; each may be repeated. `forget` needs the letter of --host for something else. */
export function addSnapshotFilters(command: Command, { hasLetter = true } = {}): Command {
  return command
    .option(
      `${hasLetter ? '-H, ' : ''}--host <name>`,
      'only snapshots of this host (RESTIC_HOST; may be repeated)',
      collect,
    )
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
  const hosts = hostsOf(options);
  const { actor } = options;
  return {
    ...(hosts && { hosts }),
    ...(options.tag && { tags: options.tag.map((list) => list.split(',')) }),
    ...(options.path && { paths: options.path.map((path) => resolvePath(workingFolder, path)) }),
    ...(actor && { accepts: (tags) => matchesActor(parseSnapshotTags(tags).actor, actor) }),
  };
}

/** The same, of this host unless others are given: for what would be wrong if hosts were mixed. */
export function filterOfThisHost(context: CommandContext, options: FilterOptions): SnapshotFilter {
  return { hosts: [currentOwner().hostname], ...snapshotFilter(context, options) };
}

/** Whether only this host is meant, so that its disk can be looked at. */
export function isThisHost(options: FilterOptions): boolean {
  const hosts = hostsOf(options);
  return hosts === undefined || hosts.every((host) => host === currentOwner().hostname);
}

function hostsOf({ host }: FilterOptions): string[] | undefined {
  const fromEnvironment = process.env['RESTIC_HOST'];
  return host ?? (fromEnvironment ? [fromEnvironment] : undefined);
}
