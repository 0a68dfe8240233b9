import { join } from 'node:path';
import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  actorTags,
  backup,
  backupStream,
  backupWorktrees,
  chooseSnapshots,
  currentOwner,
  dataFolder,
  defaultRepositoryPaths,
  findAlarm,
  hasSnapshots,
  isBackupDue,
  noteBackup,
  noteSource,
  pathsOf,
  openInlineCodecs,
  parseActor,
  parseDuration,
  parseGroupBy,
  planForgetAfterBackup,
  planWalk,
  resolvePath,
  readSources,
  refuseSourcesInRepository,
  withSession,
  worktreesOf,
  type ActorFilter,
  type BackupResult,
  type CalendarDuration,
  type ForgetPolicy,
  type GroupBy,
  type IgnoreOptions,
  type KnownSource,
  type OpenCodecs,
  type Repository,
  type Session,
  type WorktreeOutcome,
} from '../../engine/index.ts';
import { WalkClient } from '../../worker/walkClient.ts';
import { entryPrinter, withScanLine } from '../backupLines.ts';
import { commandLineCodecs, ledgerOf, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { collect, createCommand, parseWholeNumber } from '../globalOptions.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { chosenFolder, namedLocation } from '../repositoryChoice.ts';
import { storageOf } from '../storageOptions.ts';
import { runForget } from '../forgetRun.ts';
import { addKeepOptions, keepPolicy, type KeepOptions } from '../keepOptions.ts';
import { reportBackup, reportWorktree } from '../backupText.ts';
import { addSourceOptions, isStream, openStream, sourcePaths, type SourceOptions } from '../backupSource.ts';
import { parseMoment } from '../parseMoment.ts';
import { watchPatterns } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface BackupCommandOptions extends RuleOptions, KeepOptions, SourceOptions {
  readonly tag?: string[];
  readonly host?: string;
  readonly parent?: string;
  readonly force?: boolean;
  readonly forceHash?: boolean;
  readonly ignoreCtime?: boolean;
  readonly ignoreInode?: boolean;
  readonly groupBy?: GroupBy;
  readonly time?: bigint;
  readonly readConcurrency?: number;
  readonly dryRun?: boolean;
  readonly skipIfUnchanged?: boolean;
  readonly trigger: string;
  readonly actor?: ActorFilter;
  readonly session?: string;
  readonly turn?: string;
  readonly ifOlderThan?: CalendarDuration;
  readonly worktrees: boolean;
}

/** `cairn backup`. */
export function backupCommand(): Command {
  const command = createCommand(
    'backup',
    'make a snapshot of files and folders',
    'Files that have not changed since the last snapshot are not read again; only content that the repository does not have yet is stored. -v lists what is new or changed and what is left out. The exit code is 3 if some files could not be read.',
  )
    .argument('[path...]', 'what to back up')
    .option('--tag <tags>', 'add tags to the snapshot: a,b (may be repeated)', collect)
    .option('-H, --host <name>', "record this host name instead of the machine's (RESTIC_HOST)")
    .option('--parent <snapshot>', 'compare with this snapshot; "none" reads everything')
    .option('-g, --group-by <properties>', 'compare with the last one of the same host,paths,tags', parseGroupBy)
    .option('-f, --force', 'compare with nothing, and read everything')
    .option('--force-hash', 'read every file, even where size and times are unchanged')
    .option('--ignore-ctime', 'take files for unchanged though their time of change differs')
    .option('--ignore-inode', 'and though their inode differs')
    .option('--time <time>', 'record this time: "2026-01-31 17:05:09"', (text) => parseMoment(text, 'first'))
    .option('--read-concurrency <n>', 'read by so many threads (RESTIC_READ_CONCURRENCY)', parseWholeNumber(1))
    .option('--no-scan', 'taken for the sake of scripts: nothing is counted ahead')
    .option('-n, --dry-run', 'write nothing, say what would be done')
    .option('--skip-if-unchanged', 'make no snapshot when nothing changed')
    .option('--no-worktrees', 'leave out linked worktrees of git that lie elsewhere; they get snapshots of their own')
    .option('--trigger <word>', 'tag that says what started the backup', 'manual')
    .option('--actor <who>', 'who changed things since the last one: agent:claude, editor, git:reset, …', parseActor)
    .option('--session <id>', "with --actor: the agent's session")
    .option('--turn <id>', "with --actor: the agent's turn")
    .option('--if-older-than <duration>', 'do nothing while the last such backup is younger: 25h, 7d', parseDuration);
  return addKeepOptions(addRuleOptions(addSourceOptions(command)))
    .action(runs<BackupCommandOptions, [string[]]>(runBackup))
    .addHelpText(
      'after',
      `
Examples:
  cairn backup ~/project                           to the default repository
  cairn backup ~/project --workspace               the same, without what git ignores
  cairn backup -r /media/disk/backup ~/project -e '*.iso' --tag nightly
  cairn backup --dry-run -v ~/project              what would be new or changed
  cairn backup --stdin-from-command -- pg_dump db  what a command prints
  cairn backup ~/project --keep-daily 7 --keep-weekly 5
`,
    );
}

async function runBackup(context: CommandContext, options: BackupCommandOptions, words: string[]): Promise<number> {
  if (isStream(options, words)) return runBackupStream(context, options, words);
  const paths = sourcePaths(context, options, words);
  const folder = chosenFolder(context);
  if (folder !== undefined) {
    const sources = paths.map((path) => resolvePath(path, context.workingFolder));
    refuseSourcesInRepository(sources, folder);
  }
  const { rules, excludes, watch } = ignoreRules(context, options);
  const policy = keepPolicy(options);
  const dryRun = options.dryRun ?? false;
  const host = hostName(options);
  const threads = options.readConcurrency ?? readConcurrency();
  let walk: WalkClient | undefined;
  const walkAhead = async () => {
    walk = await startWalk(context, paths, rules);
  };
  const codecs = openInlineCodecs(commandLineCodecs(context, threads));
  const run = (session: Session): Promise<BackupResult> =>
    backup(session, codecs, {
      ...sharedOptions(context, options),
      targets: paths,
      workingFolder: context.workingFolder,
      rules,
      walk,
      excludes,
      forceHash: options.forceHash ?? false,
      ignoreCtime: options.ignoreCtime ?? false,
      ignoreInode: options.ignoreInode ?? false,
      ...(context.output.verbosity > 0 && { onEntry: entryPrinter(context.output) }),
    });
  const mayBeYoung = options.ifOlderThan !== undefined;
  const opening = { create: !dryRun, ...(!mayBeYoung && { onPassword: walkAhead }) };
  const sessionOptions = {
    lock: dryRun ? 'none' : 'shared',
    beginsEarly: true,
    listed: ['pack', 'snapshot'],
    ...lockOptions(context),
  } as const;
  return withOpenRepository(context, opening, async (repository) => {
    if (mayBeYoung) {
      if (!(await isDue(context, repository, options, paths))) return EXIT_DONE;
      await walkAhead();
    }
    const { result, worktrees } = await withSession(repository, sessionOptions, async (session) => {
      const own = await run(session);
      const source = { repository: repository.config.id, targets: paths, workingFolder: context.workingFolder, rules };
      return { result: own, worktrees: await backupBeside(context, options, { session, codecs, source, excludes }) };
    });
    for (const worktree of worktrees) reportWorktree(context, worktree);
    reportBackup(context, dryRun, result, watch);
    if (!dryRun) await noteDone(context, repository, result, { targets: paths, rules, host });
    const isGood = !findAlarm(result.summary);
    if (policy && !isGood)
      context.output.note('no snapshot is forgotten: those before this one may be the last good ones');
    else if (policy && !dryRun) await forgetAfter(context, repository, policy, result);
    const isWhole = [{ result }, ...worktrees].every((of) => 'result' in of && of.result.problems.length === 0);
    return isWhole ? EXIT_DONE : EXIT_INCOMPLETE;
  }).finally(() => walk?.close());
}

/** Backs up the linked work trees of git that belong to what was backed up. */
async function backupBeside(
  context: CommandContext,
  options: BackupCommandOptions,
  what: {
    readonly session: Session;
    readonly codecs: OpenCodecs;
    readonly source: KnownSource;
    readonly excludes: readonly string[];
  },
): Promise<WorktreeOutcome[]> {
  if (!options.worktrees) return [];
  const { session, codecs, source, excludes } = what;
  // A parent that a person names is that of something else.
  const shared = Object.entries(sharedOptions(context, options)).filter(([name]) => name !== 'parent');
  return backupWorktrees(session, codecs, worktreesOf(readSources(dataFolder()), source), {
    ...(Object.fromEntries(shared) as Omit<ReturnType<typeof sharedOptions>, 'parent'>),
    excludes,
    dataFolder: dataFolder(),
  });
}

/** What is the same for files and for a stream. Throws `usage`. */
function sharedOptions({ output, signal }: CommandContext, options: BackupCommandOptions) {
  const host = hostName(options);
  const parent = options.force ? 'none' : options.parent;
  return {
    tags: tagsOf(options),
    programVersion: PROGRAM_NAME,
    ...(host !== undefined && { hostname: host }),
    ...(parent !== undefined && { parent }),
    ...(options.groupBy && { groupBy: options.groupBy }),
    ...(options.time !== undefined && { time: options.time }),
    dryRun: options.dryRun ?? false,
    skipIfUnchanged: options.skipIfUnchanged ?? false,
    signal,
    ...(output.progress && { onProgress: withScanLine(output, output.progress) }),
  };
}

async function runBackupStream(
  context: CommandContext,
  options: BackupCommandOptions,
  words: string[],
): Promise<number> {
  const { dryRun = false } = options;
  const policy = keepPolicy(options);
  const stream = { ...sharedOptions(context, options), name: options.stdinFilename.replace(/^\//, '') };
  const locked = { lock: dryRun ? 'none' : 'shared', ...lockOptions(context) } as const;
  return withOpenRepository(context, { create: !dryRun }, async (repository) => {
    const result = await withSession(repository, locked, (session) =>
      backupStream(session, openStream(options, words), stream),
    );
    reportBackup(context, dryRun, result, watchPatterns());
    if (policy && !dryRun) await forgetAfter(context, repository, policy, result);
    return EXIT_DONE;
  });
}

/** By restic's variable. Throws `usage`. */
function readConcurrency(): number | undefined {
  const text = process.env['RESTIC_READ_CONCURRENCY'];
  if (!text) return undefined;
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new CairnError('usage', `RESTIC_READ_CONCURRENCY is "${text}". Give a whole number, 1 or more.`);
}

/** What is to be known of it later: how the copies stand, and by which rules hooks of agents go on. */
async function noteDone(
  context: CommandContext,
  repository: Repository,
  result: BackupResult,
  what: { readonly targets: string[]; readonly rules: IgnoreOptions; readonly host: string | undefined },
): Promise<void> {
  const { targets, rules, host = currentOwner().hostname } = what;
  const source = { repository: repository.config.id, targets, workingFolder: context.workingFolder, rules };
  noteSource(dataFolder(), source);
  await noteBackup(ledgerOf(context), repository, result, { paths: pathsOf(source), host });
}

/** Throws `usage` for a session or a turn of nobody. */
function tagsOf({ trigger, actor, session, turn, tag = [] }: BackupCommandOptions): string[] {
  if (!actor && (session !== undefined || turn !== undefined)) {
    throw new CairnError('usage', 'A session or a turn is one of somebody: give --actor, too.');
  }
  const facts = { ...(session !== undefined && { session }), ...(turn !== undefined && { turn }) };
  const own = actor ? actorTags({ ...actor, ...facts }) : [];
  return ['cairn', trigger, ...own, ...tag.flatMap((tags) => tags.split(','))];
}

/**
 * Has the source walked by a thread while the repository is opened and while what it has is read. Where there
 * is nothing to compare with, that would not be used.
 */
async function startWalk(
  context: CommandContext,
  paths: string[],
  rules: IgnoreOptions,
): Promise<WalkClient | undefined> {
  const { workingFolder } = context;
  const location = namedLocation(context) ?? defaultRepositoryPaths().repository;
  if (!(await hasSnapshots(storageOf(context.options, location)))) return undefined;
  const plan = planWalk(paths, workingFolder, rules);
  return plan && new WalkClient(join(__dirname, 'walk.js'), plan);
}

/** With `--keep-…`, forgets what the rules do not keep of these paths; only after a backup that is whole. */
async function forgetAfter(
  context: CommandContext,
  repository: Repository,
  policy: ForgetPolicy,
  result: BackupResult,
): Promise<void> {
  const plan = await planForgetAfterBackup(repository, result, policy, { signal: context.signal });
  if (!plan) return context.output.note('no snapshot is forgotten, since not everything could be backed up');
  await runForget(context, repository, plan, { dryRun: false });
}

/** The host name to record, if it is not that of the machine. */
function hostName({ host }: BackupCommandOptions): string | undefined {
  return host ?? (process.env['RESTIC_HOST'] || undefined);
}

/** Whether `--if-older-than` lets the backup begin: "such" means the same host, paths and trigger. */
async function isDue(
  { output, signal, workingFolder }: CommandContext,
  repository: Repository,
  options: BackupCommandOptions,
  paths: string[],
): Promise<boolean> {
  const { ifOlderThan: age, trigger } = options;
  if (age === undefined) return true;
  const snapshots = await chooseSnapshots(repository, { signal });
  const filter = {
    hosts: [hostName(options) ?? currentOwner().hostname],
    paths: paths.map((path) => resolvePath(path, workingFolder)),
    tags: [[trigger]],
  };
  const due = isBackupDue(snapshots, filter, age, BigInt(Date.now()) * 1_000_000n);
  if (!due && output.json) output.data({ message_type: 'not_due' });
  else if (!due && output.verbosity >= 0) output.line('the last backup is young enough: nothing to do');
  return due;
}
