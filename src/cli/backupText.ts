import { findAlarm, summaryCounts, type Alarm, type BackupResult, type WorktreeOutcome } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { count, formatBytes } from './format.ts';
import type { JsonLine } from './jsonLine.ts';
import { noteUnmatched, unmatchedToData, type PatternWatch } from './patternOptions.ts';
import { shortId } from './snapshotText.ts';

/** Prints what came of a backup, after warnings of what a person should hear of. */
export function reportBackup(
  context: CommandContext,
  dryRun: boolean,
  result: BackupResult,
  watch: PatternWatch,
): void {
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
  const alarm = findAlarm(result.summary);
  if (alarm) output.warn(describeAlarm(alarm, result.parent));
  if (output.json) output.data({ ...summaryToData(dryRun, result), ...unmatchedToData(watch) });
  else if (output.verbosity >= 0) for (const line of describeSummary(dryRun, result)) output.line(line);
  noteUnmatched(context, watch);
}

/** Prints what became of a linked work tree of git. */
export function reportWorktree({ output }: CommandContext, worktree: WorktreeOutcome): void {
  const { path } = worktree;
  if ('error' in worktree) {
    return output.warn(`The worktree ${path} was not backed up. ${worktree.error.message}`, { item: path });
  }
  const { summary, snapshotId, parent, problems } = worktree.result;
  for (const { path: item, code, message } of problems) output.warn(message, { item, code });
  const alarm = findAlarm(summary);
  if (alarm) output.warn(`The worktree ${path}: ${describeAlarm(alarm, parent)}`, { item: path });
  const { filesNew, filesChanged, filesRemoved = 0 } = summary;
  if (output.json)
    output.data({
      message_type: 'worktree',
      path,
      files_new: filesNew,
      files_changed: filesChanged,
      files_removed: filesRemoved,
      ...(alarm && { alarm }),
      ...(snapshotId && { snapshot_id: snapshotId }),
    });
  else if (output.verbosity >= 0 && snapshotId) {
    const counts = `${filesNew} new, ${filesChanged} changed, ${filesRemoved} deleted`;
    output.line(`${'Worktree:'.padEnd(10)}${path}: ${counts}, snapshot ${shortId(snapshotId)} saved`);
  }
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

function describeAlarm({ kind, files }: Alarm, parent: string | undefined): string {
  const what =
    kind === 'deleted'
      ? `${count(files, 'file')} of the snapshot before this one ${files === 1 ? 'is' : 'are'} gone.`
      : `${count(files, 'file')} of the snapshot before this one ${files === 1 ? 'has' : 'have'} random bytes in place of the content, as after an attack that encrypts files.`;
  const before = parent === undefined ? 'the snapshot before' : shortId(parent);
  return `${what} If nobody meant that, find out what did it, and bring the files back: "cairn restore ${before} --in-place --dry-run" shows what that would change.`;
}

function describeUnread(reason: NonNullable<BackupResult['unreadAttributes']>): string {
  if (reason === 'failed')
    return 'some extended attributes or ACLs, which could not be read; the next backup tries again';
  return 'extended attributes and ACLs; the program getfattr reads them: install the package "attr" and back up again';
}

/** With restic's field names, and some more. */
function summaryToData(dryRun: boolean, result: BackupResult): JsonLine {
  const { summary, parent, snapshotId } = result;
  const alarm = findAlarm(summary);
  return {
    message_type: 'summary',
    ...(dryRun && { dry_run: true }),
    ...summaryCounts(summary),
    ...(summary.filesRemoved && { files_removed: summary.filesRemoved }),
    bytes_read: result.bytesRead,
    total_duration: (Date.parse(summary.backupEnd) - Date.parse(summary.backupStart)) / 1000,
    backup_start: summary.backupStart,
    backup_end: summary.backupEnd,
    skipped: result.skipped.length,
    problems: result.problems.length,
    ...(result.gonePacks.length > 0 && { gone_packs: result.gonePacks }),
    ...(alarm && { alarm }),
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
