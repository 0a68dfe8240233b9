import { Option, type Command } from 'commander';
import type { DiskPath } from '../../base/pathKinds.ts';
import { CairnError } from '../../base/errors.ts';
import {
  beginPlan,
  compileName,
  createDeletionGuard,
  defaultExclude,
  executeRestore,
  isEmptyDestination,
  planLines,
  planRestore,
  recordedRules,
  restoreWhilePlanning,
  type IgnoreOptions,
  type OpenCodecs,
  type OverwriteMode,
  type PlaceInSnapshot,
  type RestorePlan,
  type Session,
} from '../../engine/index.ts';
import { withCodecsAhead, withReading, type CommandContext, type ReadingOptions } from '../context.ts';
import { count } from '../format.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { locate, locatePath } from '../locate.ts';
import { ask, canAsk } from '../prompt.ts';
import {
  addExcludeOptions,
  readExcludes,
  readPatterns,
  watchPatterns,
  type ExcludeOptions,
} from '../patternOptions.ts';
import { chosenFolder } from '../repositoryChoice.ts';
import { resolvePath } from '../resolvePath.ts';
import { describeLine, reportPlan, reportResult, restoredToData } from '../restoreText.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';

interface RestoreCommandOptions extends FilterOptions, ExcludeOptions {
  readonly target?: string;
  readonly inPlace?: boolean;
  readonly include?: string[];
  readonly iinclude?: string[];
  readonly includeFile?: string[];
  readonly iincludeFile?: string[];
  readonly delete?: boolean;
  readonly deleteIgnored?: boolean;
  readonly verify?: boolean;
  readonly sparse?: boolean;
  readonly overwrite?: OverwriteMode;
  readonly includeXattr?: string[];
  readonly excludeXattr?: string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lock: boolean;
}

/** `cairn restore`. */
export function restoreCommand(): Command {
  const command = createCommand(
    'restore',
    'bring files back from a snapshot',
    'What is right already is left as it is. A restore in place that overwrites files, and any that deletes some, shows them and asks first; where nobody can be asked, it needs --yes. --host, --tag and --path say which snapshot is the latest.',
  )
    .argument('<snapshot>', 'an id, the beginning of one, or latest; SNAPSHOT:FOLDER for what is in a folder')
    .argument('[path...]', 'only these files and folders')
    .option('-t, --target <folder>', 'restore into this folder')
    .option('--in-place', 'restore where it was (also --target /)')
    .option('-i, --include <pattern>', 'only what matches (may be repeated)', collect)
    .option('--include-file <file>', 'read such patterns from a file, one a line (may be repeated)', collect)
    .option('--iinclude <pattern>', 'as --include, whatever the case of letters (may be repeated)', collect)
    .option('--iinclude-file <file>', 'as --include-file, whatever the case of letters (may be repeated)', collect);
  addExcludeOptions(command)
    .option('--delete', 'also remove what the snapshot does not have, except what ignore files name')
    .option('--delete-ignored', 'with --delete: even that')
    .option('--verify', 'compare contents instead of times, and read again what was written')
    .addOption(
      new Option(
        '--overwrite <behavior>',
        'what is there already: by what differs (unless stated), or is newer',
      ).choices(['always', 'if-changed', 'if-newer', 'never']),
    )
    .option('--include-xattr <pattern>', 'only extended attributes of such names: user.* (may be repeated)', collect)
    .option('--exclude-xattr <pattern>', 'none of such names (may be repeated)', collect)
    .option('--sparse', 'leave holes for zeros, as is done unless stated')
    .option('--no-sparse', 'write zeros instead of leaving holes')
    .option('-n, --dry-run', 'write nothing, list what would be done')
    .option('-y, --yes', 'do not ask before overwriting or deleting');
  return addSnapshotFilters(command)
    .action(runs<RestoreCommandOptions, [string, string[]]>(restore))
    .addHelpText(
      'after',
      `
Examples:
  cairn restore latest --target /tmp/project               everything, beside the original
  cairn restore latest ~/project/src/main.ts --in-place    one file, where it was
  cairn restore latest --in-place --delete --dry-run       what going back would do
  cairn restore 1a2b3c4d:/home/me/notes -t ~/old-notes     what is in one folder
`,
    );
}

function restore(
  context: CommandContext,
  options: RestoreCommandOptions,
  snapshot: string,
  paths: string[],
): Promise<number> {
  return withCodecsAhead(context, (openCodecs, onPassword) => {
    const reading = { lock: options.lock, ...(!options.dryRun && { onPassword }) };
    return restoreWith(openCodecs, reading, context, options, snapshot, paths);
  });
}

async function restoreWith(
  openCodecs: OpenCodecs,
  reading: ReadingOptions,
  context: CommandContext,
  options: RestoreCommandOptions,
  snapshot: string,
  paths: string[],
): Promise<number> {
  const { output, signal } = context;
  const destination = chooseDestination(context, options);
  // restic's names for what a restore has done so far.
  const onProgress = output.progressWith(({ items, bytes }) => ({ files_restored: items, bytes_restored: bytes }));
  const progress = onProgress && { onProgress };
  const verify = options.verify ?? false;
  const wantsAttribute = attributeFilter(options);
  const { includePatterns, excludePatterns } = readSelection(context, options);
  const watch = watchPatterns(includePatterns, excludePatterns);
  const hasIncludes = paths.length + includePatterns.patterns.length + includePatterns.anyCase.length > 0;
  return withReading(context, reading, async (session) => {
    const place = await locate(session, snapshot, snapshotFilter(context, options), context.workingFolder);
    const request = {
      place,
      include: await findPaths(context, session, place, paths),
      includePatterns,
      excludePatterns,
      onMatch: watch.onMatch,
      ...(destination !== undefined && { destination }),
      ...(options.delete && {
        delete: { isIgnored: await guardDeletions(context, options, session, place, destination) },
      }),
      verify,
      ...(options.overwrite && { overwrite: options.overwrite }),
      ...(wantsAttribute && { wantsAttribute }),
      signal,
    };
    const how = {
      verify,
      sparse: options.sparse ?? true,
      signal,
      ...progress,
      ...(output.verbosity > 0 && {
        onEntry: (path: string, change: string, _type: string, size = 0) => {
          if (output.json) output.data(restoredToData(destination, change, path, size));
          else output.line(`${change.padEnd(9)}  ${path}`);
        },
      }),
    };
    // What is asked for by name has to be found before anything is written.
    const isWholeCopy = !hasIncludes && !options.delete && !options.dryRun;
    if (isWholeCopy && destination !== undefined && isEmptyDestination(destination)) {
      const planning = await beginPlan(session, request);
      return reportResult(context, await restoreWhilePlanning(session, openCodecs, planning, how), watch);
    }
    const plan = await planRestore(session, { ...request, ...progress });
    if (options.dryRun) return reportPlan(context, plan, watch, destination);
    await requireConsent(context, options, plan, destination === undefined);
    return reportResult(context, await executeRestore(session, openCodecs, plan, how), watch);
  });
}

/** By restic's patterns for names. Throws `usage`. */
function attributeFilter({ includeXattr, excludeXattr }: RestoreCommandOptions) {
  const [include, exclude] = [includeXattr, excludeXattr].map((patterns) => patterns?.map(namePattern));
  if (include && exclude) throw new CairnError('usage', 'Give --include-xattr or --exclude-xattr, not both.');
  if (include) return (name: string) => include.some(({ fits }) => fits(name));
  return exclude && ((name: string) => !exclude.some(({ fits }) => fits(name)));
}

function namePattern(pattern: string) {
  const compiled = compileName(pattern);
  if (compiled) return compiled;
  throw new CairnError('usage', `The pattern "${pattern}" of --include-xattr or --exclude-xattr is malformed.`);
}

function readSelection(context: CommandContext, options: RestoreCommandOptions) {
  const includePatterns = readPatterns(context, {
    patterns: options.include,
    files: options.includeFile,
    anyCase: options.iinclude,
    anyCaseFiles: options.iincludeFile,
  });
  return { includePatterns, excludePatterns: readExcludes(context, options) };
}

/** Nothing for where things were. Throws `usage` if that and a folder are asked for, or neither. */
function chooseDestination(context: CommandContext, { target, inPlace }: RestoreCommandOptions): DiskPath | undefined {
  const folder = target === undefined ? undefined : resolvePath(context.workingFolder, target);
  if (folder === undefined && !inPlace) {
    throw new CairnError('usage', 'Say where to: --target FOLDER, or --in-place for where it was.');
  }
  if (folder !== undefined && inPlace) throw new CairnError('usage', 'Give --target or --in-place, not both.');
  // On Windows, too, that means the top of everything, and not of the drive at hand.
  return folder === '/' || target === '/' ? undefined : folder;
}

/** The paths as they stand below `place`. Throws `path-not-in-snapshot`. */
async function findPaths(
  { workingFolder }: CommandContext,
  session: Session,
  place: PlaceInSnapshot,
  paths: readonly string[],
): Promise<string[]> {
  if (paths.length > 0 && place.path !== '/') {
    throw new CairnError('usage', 'Give SNAPSHOT:FOLDER or paths, not both. --include chooses in a folder.');
  }
  if (paths.includes('')) throw new CairnError('usage', 'An empty path names nothing to restore.');
  const found = [];
  for (const path of paths) found.push((await locatePath(session, place.stored, path, workingFolder)).path);
  return found;
}

/** The rules of the backup are not on record but for its excludes: what any of ours leaves out stays. */
async function guardDeletions(
  context: CommandContext,
  options: RestoreCommandOptions,
  session: Session,
  place: PlaceInSnapshot,
  destination: string | undefined,
): Promise<(path: string, isFolder: boolean) => boolean> {
  const repositoryFolder = chosenFolder(context);
  const { excludeGlobs = [], ...patterns } = recordedRules(place.stored.snapshot.excludes);
  const rules: IgnoreOptions = {
    ...patterns,
    ...(options.deleteIgnored
      ? { excludeGlobs }
      : {
          excludeGlobs: [...defaultExclude, ...excludeGlobs],
          useIgnoreFiles: true,
          useCairnIgnore: true,
          useCacheDirTag: true,
        }),
    ...(repositoryFolder !== undefined && { never: [repositoryFolder] }),
  };
  return createDeletionGuard(session.reader, place, destination, rules);
}

/** As many lines of a plan as a person reads before answering. */
const LINES_SHOWN = 30;

async function requireConsent(
  { output, signal }: CommandContext,
  { yes }: RestoreCommandOptions,
  plan: RestorePlan,
  isInPlace: boolean,
): Promise<void> {
  const { overwrite, delete: deletions } = plan.totals;
  if (yes || (deletions === 0 && !(isInPlace && overwrite > 0))) return;
  const what = [
    ...(overwrite > 0 ? [`overwrite ${count(overwrite, 'file')}`] : []),
    ...(deletions > 0 ? [`delete ${count(deletions, 'entry', 'entries')}`] : []),
  ].join(' and ');
  if (output.json || !canAsk()) {
    throw new CairnError(
      'refused',
      `This would ${what}. Nothing was changed. --dry-run lists them, --yes does it without asking.`,
      { details: { overwrite, delete: deletions } },
    );
  }
  let shown = 0;
  for (const line of planLines(plan)) {
    if (line.change !== 'overwrite' && line.change !== 'delete') continue;
    if (shown++ < LINES_SHOWN) output.note(describeLine(line));
  }
  if (shown > LINES_SHOWN) output.note(`… and ${shown - LINES_SHOWN} more; --dry-run lists all`);
  output.close();
  const answer = await ask(`This will ${what}. Go on? [y/N] `, signal);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CairnError('aborted', 'Nothing was changed.');
}
