import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  executeMirror,
  mirrorPlanLines,
  noteMirror,
  planMirror,
  type MirrorLine,
  type MirrorPlan,
  type MirrorProblem,
  type MirrorResult,
} from '../../engine/index.ts';
import { ledgerOf, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import type { JsonLine } from '../jsonLine.ts';
import { resolvePath } from '../resolvePath.ts';
import { noteUnmatched, unmatchedToData, type PatternWatch } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface MirrorCommandOptions extends RuleOptions {
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  readonly delete: boolean;
  readonly force?: boolean;
  readonly forceHash?: boolean;
  readonly dated?: boolean;
  readonly keep?: number;
}

/** `cairn mirror`. */
export function mirrorCommand(): Command {
  const command = createCommand(
    'mirror',
    'make a plain folder equal to another one',
    'Without --apply nothing is written: what would be copied and deleted is listed. What the rules leave out is not copied, and not deleted where it is in the copy.',
  )
    .argument('<source>', 'what to copy')
    .argument('<destination>', 'the folder that becomes equal to it')
    .option('--apply', 'do it')
    .option('-n, --dry-run', 'write nothing (the default)')
    .option('--no-delete', 'copy only, delete nothing')
    .option(
      '--force',
      'go on even if more than half would be deleted, or the folder is no mirror yet or that of another source',
    )
    .option('--force-hash', 'read every file on both sides, even where size and times are unchanged')
    .option('--dated', 'make a new folder named by date and time; unchanged files are hard links to the one before')
    .option('--keep <n>', 'with --dated: keep the newest n, and remove older ones', parseWholeNumber(1));
  return addRuleOptions(command)
    .action(runs<MirrorCommandOptions, [string, string]>(mirror))
    .addHelpText(
      'after',
      `
The copy holds a manifest with the SHA-256 of every file, by which "cairn verify" proves it later. The
exit code is 3 if some files could not be copied; then nothing is deleted.

Examples:
  cairn mirror ~/project /media/disk/project                what would be done
  cairn mirror ~/project /media/disk/project --apply        do it
  cairn mirror ~/project /media/disk/history --dated --keep 7 --apply
`,
    );
}

async function mirror(
  context: CommandContext,
  options: MirrorCommandOptions,
  source: string,
  destination: string,
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const { apply = false, dryRun = false, dated = false, keep } = options;
  if (apply && dryRun) throw new CairnError('usage', 'Give --apply or --dry-run, not both.');
  if (keep !== undefined && !dated) throw new CairnError('usage', '--keep is for dated copies: give --dated, too.');
  const progress = output.progress && { onProgress: output.progress };
  const { rules, watch } = ignoreRules(context, options);
  const began = new Date();
  const plan = await planMirror(resolvePath(workingFolder, source), resolvePath(workingFolder, destination), {
    rules,
    forceHash: options.forceHash ?? false,
    noDelete: !options.delete,
    ...(dated && { dated: keep === undefined ? {} : { keep } }),
    signal,
    ...progress,
  });
  if (!apply) return reportPlan(context, plan, watch);
  const result = await executeMirror(plan, {
    force: options.force ?? false,
    signal,
    ...progress,
    ...(output.verbosity > 0 && { onEntry: (line: MirrorLine) => printLine(context, line, false) }),
  });
  await noteMirror(ledgerOf(context), plan, result, began);
  return reportResult(context, plan, result, watch);
}

const verbs: Readonly<Record<MirrorLine['action'], string>> = {
  copy: 'COPY',
  link: 'LINK',
  make: 'MAKE',
  update: 'UPDATE',
  delete: 'DELETE',
};

function printLine({ output }: CommandContext, line: MirrorLine, isPlanned: boolean): void {
  const { action, path, isFolder, size, isNew } = line;
  if (output.json) {
    const facts = { item: path, is_folder: isFolder, size, ...(action === 'copy' && { is_new: isNew }) };
    return output.data({ message_type: isPlanned ? 'would' : 'did', action, ...facts });
  }
  const verb = `${isPlanned ? 'WOULD ' : ''}${verbs[action]}`.padEnd(isPlanned ? 13 : 7);
  const bytes = !isFolder && action !== 'update' ? [formatBytes(size)] : [];
  const facts = [...bytes, ...(action === 'copy' && !isNew ? ['changed'] : [])].join(', ');
  output.line(`${verb} ${path}${isFolder ? '/' : ''}${facts === '' ? '' : ` (${facts})`}`);
}

function reportPlan(context: CommandContext, plan: MirrorPlan, watch: PatternWatch): number {
  const { output } = context;
  for (const line of mirrorPlanLines(plan)) {
    // Of a dated copy, nearly everything is linked.
    if (line.action !== 'link' || output.verbosity > 0) printLine(context, line, true);
  }
  reportLeftOut(context, plan);
  reportNotices(context, plan);
  reportProblems(context, plan.problems);
  if (plan.needsForce !== undefined) output.warn(plan.needsForce);
  if (output.json)
    output.data({ message_type: 'summary', dry_run: true, ...totalsToData(plan), ...unmatchedToData(watch) });
  else {
    for (const line of describePlan(plan)) output.line(line);
    output.line('dry run: nothing was written; --apply does it');
  }
  noteUnmatched(context, watch);
  return plan.problems.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}

function reportLeftOut({ output }: CommandContext, { skipped, kept }: MirrorPlan): void {
  if (output.verbosity <= 0) return;
  for (const [what, entries] of [['left out', skipped] as const, ['kept', kept] as const]) {
    for (const { path, reason } of entries) {
      if (output.json) output.data({ message_type: 'verbose_status', action: what, item: path, reason });
      else output.line(`${what.padEnd(8)} ${path} (${reason})`);
    }
  }
}

function reportNotices({ output }: CommandContext, { notices }: MirrorPlan | MirrorResult): void {
  for (const text of notices) output.warn(text);
}

function reportProblems({ output }: CommandContext, problems: readonly MirrorProblem[]): void {
  for (const { path, code, message } of problems) output.warn(message, { item: path, code });
}

function totalsToData({
  totals,
  skipped,
  kept,
  problems,
  needsForce,
  dated,
}: MirrorPlan): Omit<JsonLine, 'message_type'> {
  return {
    files_new: totals.copyNew,
    files_changed: totals.copyChanged,
    files_linked: totals.linkEarlier,
    files_unmodified: totals.unchanged,
    dirs_new: totals.createFolders,
    metadata_changed: totals.metadata,
    bytes_to_copy: totals.copyBytes,
    deleted: totals.delete + (dated?.expired.length ?? 0),
    bytes_deleted: totals.deleteBytes,
    skipped: skipped.length,
    kept: kept.length,
    problems: problems.length,
    ...(needsForce !== undefined && { needs_force: needsForce }),
    ...(dated && { name: dated.name }),
  };
}

function describePlan({ totals, dated }: MirrorPlan): string[] {
  const lines = [
    `To copy:   ${count(totals.copyNew, 'new file')}, ${totals.copyChanged} changed, ${formatBytes(totals.copyBytes)}`,
  ];
  if (dated) {
    const { linkEarlier, linkEarlierBytes } = totals;
    lines.push(`To link:   ${count(linkEarlier, 'unchanged file')}, ${formatBytes(linkEarlierBytes)}`);
    lines.push(`To remove: ${count(dated.expired.length, 'older copy', 'older copies')}`);
    return lines;
  }
  lines.push(
    `To delete: ${count(totals.delete, 'file or folder', 'files and folders')}, ${formatBytes(totals.deleteBytes)}`,
  );
  lines.push(`To update: ${count(totals.metadata, 'time, mode or owner', 'times, modes or owners')}`);
  lines.push(`As it is:  ${count(totals.unchanged, 'file')}, ${formatBytes(totals.unchangedBytes)}`);
  return lines;
}

function reportResult(context: CommandContext, plan: MirrorPlan, result: MirrorResult, watch: PatternWatch): number {
  const { output } = context;
  const { copied, bytes, linked, folders, metadata, deleted, postponed, problems, name } = result;
  reportLeftOut(context, plan);
  reportNotices(context, result);
  reportProblems(context, problems);
  if (postponed > 0) {
    output.warn(
      `${count(postponed, 'deletion')} left undone, since not everything could be copied; --force does them.`,
    );
  }
  if (output.json) {
    const numbers = { copied, bytes_copied: bytes, linked, dirs_new: folders, metadata_changed: metadata, deleted };
    const rest = { postponed, problems: problems.length, ...(name !== undefined && { name }) };
    output.data({ message_type: 'summary', ...numbers, ...rest, ...unmatchedToData(watch) });
  } else if (output.verbosity >= 0) {
    const links = linked > 0 ? `, linked ${count(linked, 'file')}` : '';
    const updates = metadata > 0 ? `, updated ${metadata}` : '';
    output.line(`copied ${count(copied, 'file')} (${formatBytes(bytes)})${links}${updates}, deleted ${deleted}`);
    output.line(name === undefined ? `${plan.destination} is up to date` : `made the copy ${name}`);
  }
  noteUnmatched(context, watch);
  return problems.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}
