import { statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import {
  dataFolder,
  defaultRepositoryPaths,
  pathsOf,
  readSources,
  refuseSourcesInRepository,
  resolveLinks,
  type IgnoreOptions,
  type KnownSource,
} from '../../engine/index.ts';
import { EngineClient } from '../../worker/engineClient.ts';
import type { RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { chosenFolder } from '../repositoryChoice.ts';
import { repositoryRefOf } from '../repositoryRef.ts';
import { resolvePath } from '../resolvePath.ts';
import { addRuleOptions, ignoreRules, ruleArguments, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';
import { printBackup } from '../watch/printBackup.ts';
import { WatchedFolder, type WatchSettings, type WatchWork } from '../watch/watchedFolder.ts';
import { PROGRAM_NAME } from '../programVersion.ts';

interface WatchOptions extends RuleOptions {
  readonly outsideDelay: number;
  readonly outsideChanges: boolean;
  readonly commits: boolean;
  readonly interval: number;
}

/** Most of the work is small. */
const CODEC_THREADS = 1;

/** `cairn watch`. */
export function watchCommand(): Command {
  const command = createCommand(
    'watch',
    'make snapshots when something changes, and at commits, as the editor does',
    'Goes on until Ctrl-C, and prints a line for each snapshot. What was backed up before is backed up by the same rules, unless options say others; what is new, by those of --workspace.',
  )
    .argument('[folder...]', 'what to watch; the working folder, if none is named')
    .option(
      '--outside-delay <seconds>',
      'while changes go on, a snapshot each so many seconds',
      parseWithin(1, 3600),
      5,
    )
    .option('--no-outside-changes', 'make none when files change')
    .option('--no-commits', 'make none at git commits')
    .option('--interval <minutes>', 'look at everything each so many minutes; 0 for never', parseWithin(0, 10_080), 60);
  return addRuleOptions(command)
    .action(runs<WatchOptions, [string[]]>(runWatch))
    .addHelpText(
      'after',
      `
Examples:
  cairn watch ~/project ~/notes
  cairn watch -r sftp:nas:backup -p ~/.backup-password ~/project --outside-delay 60
`,
    );
}

async function runWatch(context: CommandContext, options: WatchOptions, words: string[]): Promise<number> {
  const { output, signal } = context;
  const folders = foldersOf(context, words);
  const repository = await repositoryRefOf(context);
  const engine = new EngineClient({
    threadFile: join(__dirname, 'engine.js'),
    codecFile: join(__dirname, 'codec.js'),
    codecThreads: CODEC_THREADS,
    listenAs: PROGRAM_NAME,
  });
  const watched: WatchedFolder[] = [];
  try {
    const known = await knownSources(engine, repository, signal);
    const settings: WatchSettings = {
      outsideChanges: options.outsideChanges,
      outsideDelay: options.outsideDelay * 1000,
      onCommit: options.commits,
      interval: options.interval,
    };
    for (const folder of folders) {
      const rules = rulesFor(context, options, folder, known);
      const one = new WatchedFolder(folder, rules, settings, workOf({ context, engine, repository, rules }));
      watched.push(one);
      // A repository that is gone is not made again by itself: that would hide the loss.
      await one.start(known.some(({ isHere }) => isHere(folder)) ? 'start' : 'first');
      if (output.json) output.data({ message_type: 'watching', folder });
      else output.note(`watching ${folder}`);
      output.close();
    }
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    for (const one of watched) one.close();
    await engine.close();
  }
  return EXIT_DONE;
}

interface WorkParts {
  readonly context: CommandContext;
  readonly engine: EngineClient;
  readonly repository: RepositoryRef;
  readonly rules: IgnoreOptions;
}

function workOf({ context: { output, signal }, engine, repository, rules }: WorkParts): WatchWork {
  const sourceRules = {
    ...{ exclude: [], alwaysInclude: [], useIgnoreFiles: false, gitFolders: true, never: [] },
    inFull: rules,
  };
  return {
    note: async (folder, paths) => {
      // A thread that dies forgets what was noted, and looks at everything then.
      await engine.call('noteChanges', { folder, ...(paths && { paths }) }).catch(() => {});
    },
    backUp: async (folder, request) => {
      const source = { folder, rules: sourceRules };
      const params = { repository, source, programVersion: PROGRAM_NAME, ...request };
      const report = await engine.call('backup', params, { signal });
      printBackup(output, folder, report);
      return report;
    },
    onTrouble: (message) => output.warn(message),
  };
}

/** Throws `usage`, and `source-not-found`. */
function foldersOf(context: CommandContext, words: readonly string[]): DiskPath[] {
  const { workingFolder } = context;
  const named = words.length > 0 ? words : ['.'];
  const folders = [...new Set(named.map((word) => resolveLinks(resolvePath(workingFolder, word))))];
  for (const folder of folders) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new CairnError('source-not-found', `${folder} is no folder. Name a folder that is there.`);
  }
  const repository = chosenFolder(context);
  if (repository !== undefined) refuseSourcesInRepository(folders, repository);
  return folders;
}

interface Known extends KnownSource {
  readonly isHere: (folder: DiskPath) => boolean;
}

/**
 * What was backed up to this repository before. Where the default one is gone, what was backed up to any. Throws what
 * opening a repository throws, and `repository-not-found` for one that was named.
 */
async function knownSources(engine: EngineClient, repository: RepositoryRef, signal: AbortSignal): Promise<Known[]> {
  let id: string | undefined;
  try {
    ({ id } = await engine.call('repositoryInfo', { repository }, { signal }));
  } catch (error) {
    if (repository.location !== undefined || errorCode(error) !== 'repository-not-found') throw error;
  }
  return readSources(dataFolder())
    .filter((source) => id === undefined || source.repository === id)
    .map((source) => ({
      ...source,
      isHere: (folder) => {
        const paths = pathsOf(source);
        return paths.length === 1 && isSamePlace(paths[0]!, folder);
      },
    }));
}

/** By other rules it would seem that files were deleted. */
function rulesFor(
  context: CommandContext,
  options: RuleOptions,
  folder: DiskPath,
  known: readonly Known[],
): IgnoreOptions {
  const before = known.find(({ isHere }) => isHere(folder));
  if (before && ruleArguments(context, options).length === 0) return before.rules;
  const rules: { -readonly [K in keyof IgnoreOptions]: IgnoreOptions[K] } = {
    ...ignoreRules(context, { ...options, workspace: true }).rules,
  };
  // A function does not reach the thread.
  delete rules.onMatch;
  return { ...rules, never: [...(rules.never ?? []), defaultRepositoryPaths().repository] };
}

function parseWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
  };
}
