import type { Command } from 'commander';
import {
  repairFiles,
  repairIndex,
  type AffectedPath,
  type RepairFilesResult,
  type RepairIndexResult,
} from '../../engine/index.ts';
import { affectedLine } from '../affectedText.ts';
import { repairSnapshotsCommand } from './repairSnapshots.ts';
import { commandLineCodecs, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { resolvePath } from '../resolvePath.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

interface RepairIndexCommandOptions {
  readonly readAllPacks?: boolean;
  readonly dryRun?: boolean;
}

interface RepairFilesCommandOptions extends RuleOptions {
  readonly backup: boolean;
}

/** `cairn repair`. */
export function repairCommand(): Command {
  return createCommand(
    'repair',
    'mend a repository that verify found damaged',
    'Content is never removed: damaged packs stay where they are until prune finds that nobody needs them. What is lost for good keeps prune from its work until the snapshots that lack it are repaired or forgotten.',
  )
    .usage('COMMAND [options]')
    .addCommand(indexCommand())
    .addCommand(filesCommand())
    .addCommand(repairSnapshotsCommand())
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  cairn verify --read-data                  first: what is wrong, and what to do about it
  cairn repair index
  cairn repair files                        from the disk, where files still are as they were
  cairn repair files /media/old-copy        and from any other copy of them
  cairn repair snapshots --dry-run          what stays lost after that, by path
  cairn repair snapshots --forget           puts snapshots without that in the place of those that lack it
`,
    );
}

function indexCommand(): Command {
  return createCommand('index', 'rebuild the index from the packs')
    .option('--read-all-packs', 'believe no index file; ask each pack what is in it')
    .option('-n, --dry-run', 'say what would change')
    .action(runs<RepairIndexCommandOptions>(runRepairIndex));
}

function filesCommand(): Command {
  const command = createCommand(
    'files',
    'save what damaged packs still hold, and store lost content again from the disk',
    'All data is read. Lost content is looked for in the files it came from, and in the paths that are named. If lists of folders are lost, a new snapshot of the same paths is made: it brings back those of folders that have not changed. Give the rules of what is left out as at the backup.',
  )
    .argument('[path...]', 'other files and folders that may hold what is lost')
    .option('--no-backup', 'make no new snapshot');
  return addRuleOptions(command).action(runs<RepairFilesCommandOptions, [string[]]>(runRepairFiles));
}

async function runRepairIndex(context: CommandContext, options: RepairIndexCommandOptions): Promise<number> {
  const { output } = context;
  const dryRun = options.dryRun ?? false;
  const result = await withOpenRepository(context, {}, (repository) =>
    repairIndex(repository, {
      ...lockOptions(context),
      dryRun,
      readAllPacks: options.readAllPacks ?? false,
      ...(output.progress && { onProgress: output.progress }),
    }),
  );
  const bad = result.unreadable.filter((pack) => !pack.isLeftover);
  for (const { id, message } of bad) output.warn(message, { item: id });
  if (output.json) output.data({ message_type: 'repaired_index', dry_run: dryRun, ...result });
  else for (const line of describeIndex(result, dryRun)) output.line(line);
  return bad.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function describeIndex(result: RepairIndexResult, dryRun: boolean): string[] {
  const { damagedFiles, added, vanished, unreadable, packs, isChanged } = result;
  const lines: string[] = [];
  if (damagedFiles.length > 0) lines.push(`${count(damagedFiles.length, 'index file')} damaged`);
  if (added.length > 0) lines.push(`${count(added.length, 'pack')} taken up`);
  if (vanished.length > 0) lines.push(`${count(vanished.length, 'pack')} gone: ${vanished.map(shortId).join(', ')}`);
  if (vanished.length > 0) {
    lines.push(
      '"cairn verify" shows whether anybody needs what was in them. "cairn repair files" looks for it on the disk, and "cairn repair snapshots" makes snapshots without it.',
    );
  }
  for (const pack of unreadable) lines.push(describeUnreadable(pack));
  const done = dryRun ? 'the index would be written anew' : 'the index was written anew';
  lines.push(isChanged ? `${done}: ${count(packs, 'pack')}` : 'the index is as it should be');
  return lines;
}

function describeUnreadable({ id, isListed, isLeftover }: RepairIndexResult['unreadable'][number]): string {
  const pack = `pack ${shortId(id)}`;
  if (isLeftover)
    return `${pack} is not complete, and no index lists it: a writer did not finish. It is left alone; prune removes it`;
  if (!isListed) return `${pack} cannot be read; it is left alone`;
  return `${pack} cannot be read; it stays in the index until "cairn repair files" has saved what is intact in it`;
}

async function runRepairFiles(
  context: CommandContext,
  options: RepairFilesCommandOptions,
  paths: string[],
): Promise<number> {
  const { output } = context;
  const freshBackup = {
    rules: ignoreRules(context, options).rules,
    tags: ['cairn', 'repair'],
    programVersion: PROGRAM_NAME,
  };
  const result = await withOpenRepository(context, {}, (repository) =>
    repairFiles(repository, commandLineCodecs(context), {
      ...lockOptions(context),
      paths: paths.map((path) => resolvePath(context.workingFolder, path)),
      ...(options.backup && { freshBackup }),
      ...(output.progress && { onProgress: output.progress }),
    }),
  );
  reportFiles(context, result);
  return result.stillLost.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function reportFiles({ output }: CommandContext, result: RepairFilesResult): void {
  const { before, stillLost, droppedPacks, ...counts } = result;
  if (output.json) {
    for (const path of stillLost) output.data({ message_type: 'affected', ...path });
    output.data({ message_type: 'repaired_files', ...counts, droppedPacks, affected_before: before.affected.length });
    return;
  }
  for (const path of stillLost) output.line(affectedLine(path));
  for (const line of describeFiles(result)) output.line(line);
}

function describeFiles(result: RepairFilesResult): string[] {
  const { before, salvagedBlobs, rescuedBlobs, newSnapshots, droppedPacks, stillLost } = result;
  if (before.counts.errors === 0) return ['nothing is damaged; nothing was done'];
  const lines = [
    `copied ${count(salvagedBlobs, 'blob')} out of damaged packs, stored ${count(rescuedBlobs, 'blob')} again from the disk`,
  ];
  if (newSnapshots.length > 0) lines.push(`made snapshot ${newSnapshots.map(shortId).join(', ')}`);
  if (droppedPacks.length > 0) {
    lines.push(`${count(droppedPacks.length, 'pack')} taken from the index: ${droppedPacks.map(shortId).join(', ')}`);
  }
  const damaged = before.affected.length;
  if (damaged === 0) lines.push('no file of a snapshot was affected');
  else lines.push(`of ${count(damaged, 'damaged path')}, ${damaged - stillLost.length} are whole again`);
  if (stillLost.length > 0) lines.push(afterLoss(stillLost));
  return lines;
}

function afterLoss(stillLost: readonly AffectedPath[]): string {
  const snapshots = [...new Set(stillLost.flatMap((path) => path.snapshots))].map(shortId);
  return `The rest of these snapshots is whole: ${snapshots.join(', ')}. As long as they are there, prune refuses to remove anything. If no other copy of these paths is left, "cairn repair snapshots --forget" puts snapshots without what is lost in their place.`;
}
