import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { backup, type BackupResult } from '../../engine/backup/backup.ts';
import { withSession } from '../../engine/session.ts';
import { commandLineCodecs, openNamedRepository, sessionOptions, type CommandContext } from '../context.ts';
import { EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { programVersion } from '../programVersion.ts';
import { runCommand } from '../runCommand.ts';
import { defaultAlwaysInclude, defaultExclude } from '../../engine/backup/workspaceDefaults.ts';

interface BackupCommandOptions {
  readonly tag?: string[];
  readonly host?: string;
  readonly exclude?: string[];
  readonly excludeFile?: string[];
  readonly alwaysInclude?: string[];
  readonly excludeCaches?: boolean;
  readonly useIgnoreFiles?: boolean;
  readonly cairnIgnore: boolean;
  readonly workspace?: boolean;
  readonly parent?: string;
  readonly forceHash?: boolean;
  readonly dryRun?: boolean;
  readonly skipIfUnchanged?: boolean;
  readonly trigger: string;
}

/** `cairn backup`. */
export function backupCommand(): Command {
  return createCommand('backup', 'make a snapshot of files and folders')
    .argument('<path...>', 'what to back up')
    .option('--tag <tag>', 'add a tag to the snapshot (may be repeated)', collect)
    .option('--host <name>', 'record this host name')
    .option('-e, --exclude <glob>', 'leave out what matches (may be repeated)', collect)
    .option('--exclude-file <file>', 'read globs from a file, one a line (may be repeated)', collect)
    .option('--always-include <glob>', 'keep what matches, whatever the other rules say', collect)
    .option('--use-ignore-files', 'leave out what .gitignore files ignore, at every level')
    .option('--exclude-caches', 'leave out what lies beside a CACHEDIR.TAG')
    .option('--no-cairn-ignore', 'do not read .cairnignore files')
    .option('--workspace', "the editor's rules: ignore files, caches, node_modules and the like out, .env files in")
    .option('--parent <snapshot>', 'compare with this snapshot; "none" reads everything')
    .option('--force-hash', 'read every file, even where size and times are unchanged')
    .option('-n, --dry-run', 'write nothing, say what would be done')
    .option('--skip-if-unchanged', 'make no snapshot when nothing changed')
    .option('--trigger <word>', 'tag that says what started the backup', 'manual')
    .action((paths: string[], _options, command: Command) =>
      runCommand<BackupCommandOptions>(command, (context, options) => runBackup(context, options, paths)),
    )
    .addHelpText(
      'after',
      `
Examples:
  cairn backup ~/project                           to the default repository
  cairn backup ~/project --workspace               the same, without what git ignores
  cairn backup -r /media/disk/backup ~/project -e '*.iso' --tag nightly
  cairn backup --dry-run -v ~/project              what would be new or changed

Files that have not changed since the last snapshot are not read again; only content that the
repository does not have yet is stored. The exit code is 3 if some files could not be read.
`,
    );
}

async function runBackup(context: CommandContext, options: BackupCommandOptions, paths: string[]): Promise<number> {
  const { output, signal } = context;
  const repository = await openNamedRepository(context);
  const lock = options.dryRun ? 'none' : 'shared';
  const workspace = options.workspace ?? false;
  const result = await withSession(repository, sessionOptions(context, lock), (session) =>
    backup(session, commandLineCodecs(), {
      targets: paths,
      workingFolder: process.cwd(),
      rules: {
        excludeGlobs: [...(workspace ? defaultExclude : []), ...(options.exclude ?? [])],
        excludeLines: (options.excludeFile ?? []).flatMap(readLines),
        alwaysInclude: [...(workspace ? defaultAlwaysInclude : []), ...(options.alwaysInclude ?? [])],
        useIgnoreFiles: workspace || (options.useIgnoreFiles ?? false),
        useCairnIgnore: options.cairnIgnore,
        useCacheDirTag: workspace || (options.excludeCaches ?? false),
        never: [repository.backend.location],
      },
      tags: ['cairn', options.trigger, ...(options.tag ?? []).flatMap((tag) => tag.split(','))],
      programVersion: programVersion(),
      ...(options.exclude && { excludes: options.exclude }),
      ...(options.host !== undefined && { hostname: options.host }),
      ...(options.parent !== undefined && { parent: options.parent }),
      forceHash: options.forceHash ?? false,
      dryRun: options.dryRun ?? false,
      skipIfUnchanged: options.skipIfUnchanged ?? false,
      signal,
      ...(output.progress && { onProgress: output.progress }),
      ...(output.verbosity > 0 && { onEntry: entryPrinter(context) }),
    }),
  );
  report(context, options, result);
  return result.problems.length > 0 ? EXIT_INCOMPLETE : 0;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (cause) {
    throw new CairnError('usage', `The exclude file ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** `-v` prints what is new and changed, `-vv` also what is not. */
function entryPrinter({ output }: CommandContext) {
  return (path: string, change: 'new' | 'changed' | 'unchanged'): void => {
    if (change === 'unchanged' && output.verbosity < 2) return;
    if (output.json) output.data({ message_type: 'verbose_status', action: change, item: displayPath(path) });
    else output.line(`${change.padEnd(9)}  ${displayPath(path)}`);
  };
}

function report(context: CommandContext, options: BackupCommandOptions, result: BackupResult): void {
  const { output } = context;
  const { summary } = result;
  for (const problem of result.problems) output.warn(problem.message, { item: problem.path, code: problem.code });
  if (output.verbosity > 0) {
    for (const { path, reason, detail } of result.skipped) {
      output.note(`skipped    ${displayPath(path)} (${reason}: ${displayPath(detail)})`);
    }
  }
  if (output.json) {
    output.data({
      message_type: 'summary',
      ...(options.dryRun && { dry_run: true }),
      files_new: summary.filesNew,
      files_changed: summary.filesChanged,
      files_unmodified: summary.filesUnmodified,
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
      skipped: result.skipped.length,
      problems: result.problems.length,
      ...(result.parent && { parent: result.parent }),
      ...(result.snapshotId && { snapshot_id: result.snapshotId }),
    });
    return;
  }
  if (output.verbosity < 0) return;
  const { filesNew, filesChanged, filesUnmodified, dirsNew, dirsChanged, dirsUnmodified } = summary;
  output.line(`Files:    ${filesNew} new, ${filesChanged} changed, ${filesUnmodified} unchanged`);
  output.line(`Folders:  ${dirsNew} new, ${dirsChanged} changed, ${dirsUnmodified} unchanged`);
  const { dataAdded, dataAddedPacked, totalFilesProcessed, totalBytesProcessed } = summary;
  const would = options.dryRun ? 'Would add' : 'Added';
  output.line(`${would}:    ${formatBytes(dataAdded)} (${formatBytes(dataAddedPacked)} stored)`);
  output.line(`Read:     ${formatBytes(result.bytesRead)} of ${formatBytes(totalBytesProcessed)} in ${count(totalFilesProcessed, 'file')}`);
  if (result.skipped.length > 0) output.line(`Left out: ${result.skipped.length} by the rules (-v lists them)`);
  if (result.problems.length > 0) output.line(`Problems: ${count(result.problems.length, 'file')} not stored as they are; see above`);
  if (result.snapshotId) output.line(`snapshot ${result.snapshotId.slice(0, 8)} saved`);
  else output.line(options.dryRun ? 'dry run: nothing was written' : 'nothing changed; no snapshot was made');
}
