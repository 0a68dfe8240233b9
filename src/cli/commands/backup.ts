import { join } from 'node:path';
import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  actorTags,
  backup,
  backupStream,
  chooseSnapshots,
  currentOwner,
  dataFolder,
  defaultRepositoryPaths,
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
  refuseSourcesInRepository,
  withSession,
  type ActorFilter,
  type BackupResult,
  type CalendarDuration,
  type ForgetPolicy,
  type GroupBy,
  type IgnoreOptions,
  type Repository,
  type Session,
} from '../../engine/index.ts';
import { WalkClient } from '../../worker/walkClient.ts';
import { entryPrinter, withScanLine } from '../backupLines.ts';
import { commandLineCodecs, ledgerOf, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { collect, createCommand, parseWholeNumber } from '../globalOptions.ts';
import type { JsonLine } from '../jsonLine.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { chosenFolder, namedLocation } from '../repositoryChoice.ts';
import { storageOf } from '../storageOptions.ts';
import { runForget } from '../forgetRun.ts';
import { addKeepOptions, keepPolicy, type KeepOptions } from '../keepOptions.ts';
import { addSourceOptions, isStream, openStream, sourcePaths, type SourceOptions } from '../backupSource.ts';
import { parseMoment } from '../parseMoment.ts';
import { noteUnmatched, unmatchedToData, watchPatterns, type PatternWatch } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

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
  const run = (session: Session): Promise<BackupResult> =>
    backup(session, openInlineCodecs(commandLineCodecs(context, threads)), {
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
    const result = await withSession(repository, sessionOptions, run);
    report(context, dryRun, result, watch);
    if (!dryRun) await noteDone(context, repository, result, { targets: paths, rules, host });
    if (policy && !dryRun) await forgetAfter(context, repository, policy, result);
    return result.problems.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
  }).finally(() => walk?.close());
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
    report(context, dryRun, result, watchPatterns());
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

function report(context: CommandContext, dryRun: boolean, result: BackupResult, watch: PatternWatch): void {
  const { output } = context;
  const { leftOut, gonePacks, emptied } = result;
  for (const { path, code, message } of result.problems) output.warn(message, { item: path, code });
  if (output.verbosity > 0) {
    for (const { path, reason, detail } of result.skipped) {
      if (output.json) output.data({ message_type: 'verbose_status', action: 'skipped', item: path, reason, detail });
      else output.line(`left out   ${path} (${reason}: ${detail})`);
    }
  }
  for (const { path, reason, detail } of result.skipped) {
    if (reason === 'slow-patterns') output.warn(`${path} was passed over: ${detail}.`, { item: path });
  }
  if (leftOut.length > 0) output.warn(describeLeftOut(leftOut));
  for (const path of emptied) output.warn(describeEmptied(path), { item: path });
  if (gonePacks.length > 0) output.warn(describeGone(gonePacks.length));
  if (output.json) output.data({ ...summaryToData(dryRun, result), ...unmatchedToData(watch) });
  else if (output.verbosity >= 0) for (const line of describeSummary(dryRun, result)) output.line(line);
  noteUnmatched(context, watch);
}

/** What was named and left out nevertheless: perhaps nobody meant that. */
function describeLeftOut(leftOut: BackupResult['leftOut']): string {
  const [first, ...others] = leftOut;
  const more = others.length > 0 ? `, and ${others.length} more of the paths that were named` : '';
  return `The excludes leave out ${first!.path} (${first!.detail})${more}.`;
}

function describeEmptied(path: string): string {
  return `There is no file of ${path} any more, though the snapshot before this one has some, and still does. If nobody meant that, see whether its disk is mounted.`;
}

function describeGone(packs: number): string {
  return `${count(packs, 'pack')} of the repository ${packs === 1 ? 'is' : 'are'} missing or cut short. What this backup has of their content was stored again. "cairn prune" takes them out of the index, without which restic does not find the new copies; "cairn verify" shows what else they held.`;
}

function describeUnread(reason: NonNullable<BackupResult['unreadAttributes']>): string {
  if (reason === 'failed')
    return 'some extended attributes or ACLs, which could not be read; the next backup tries again';
  return 'extended attributes and ACLs; the program getfattr reads them: install the package "attr" and back up again';
}

/** With restic's field names, and some more. */
function summaryToData(dryRun: boolean, result: BackupResult): JsonLine {
  const { summary, parent, snapshotId } = result;
  return {
    message_type: 'summary',
    ...(dryRun && { dry_run: true }),
    files_new: summary.filesNew,
    files_changed: summary.filesChanged,
    files_unmodified: summary.filesUnmodified,
    ...(summary.filesRemoved && { files_removed: summary.filesRemoved }),
    dirs_new: summary.dirsNew,
    dirs_changed: summary.dirsChanged,
    dirs_unmodified: summary.dirsUnmodified,
    data_blobs: summary.dataBlobs,
    tree_blobs: summary.treeBlobs,
    data_added: summary.dataAdded,
    data_added_packed: summary.dataAddedPacked,
    bytes_read: result.bytesRead,
    total_files_processed: summary.totalFilesProcessed,
    total_bytes_processed: summary.totalBytesProcessed,
    total_duration: (Date.parse(summary.backupEnd) - Date.parse(summary.backupStart)) / 1000,
    backup_start: summary.backupStart,
    backup_end: summary.backupEnd,
    skipped: result.skipped.length,
    problems: result.problems.length,
    ...(result.gonePacks.length > 0 && { gone_packs: result.gonePacks }),
    ...(result.unreadAttributes && { unread_attributes: result.unreadAttributes }),
    ...(parent && { parent }),
    ...(snapshotId && { snapshot_id: snapshotId }),
  };
}

function describeSummary(
  dryRun: boolean,
  { summary, skipped, problems, bytesRead, snapshotId, unreadAttributes }: BackupResult,
): string[] {
  const { filesNew, filesChanged, filesUnmodified, dirsNew, dirsChanged, dirsUnmodified } = summary;
  const { dataAdded, dataAddedPacked, totalFilesProcessed, totalBytesProcessed } = summary;
  const removed = summary.filesRemoved ? `, ${summary.filesRemoved} deleted` : '';
  const left = (label: string) => label.padEnd(10);
  const lines = [
    `${left('Files:')}${filesNew} new, ${filesChanged} changed, ${filesUnmodified} unchanged${removed}`,
    `${left('Folders:')}${dirsNew} new, ${dirsChanged} changed, ${dirsUnmodified} unchanged`,
    `${left('Read:')}${formatBytes(bytesRead)} of ${formatBytes(totalBytesProcessed)} in ${count(totalFilesProcessed, 'file')}`,
    `${left(dryRun ? 'To add:' : 'Added:')}${formatBytes(dataAdded)}, ${formatBytes(dataAddedPacked)} compressed`,
  ];
  if (skipped.length > 0)
    lines.push(`${left('Left out:')}${count(skipped.length, 'entry', 'entries')} (-v lists them)`);
  if (problems.length > 0) lines.push(`${left('Problems:')}${count(problems.length, 'entry', 'entries')}, see above`);
  if (unreadAttributes) lines.push(`${left('Lacking:')}${describeUnread(unreadAttributes)}`);
  if (snapshotId) lines.push(`snapshot ${shortId(snapshotId)} saved`);
  else lines.push(dryRun ? 'dry run: nothing was written' : 'nothing changed: no snapshot was made');
  return lines;
}
