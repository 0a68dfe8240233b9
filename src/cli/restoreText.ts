import { planLines, type PlanLine, type RestorePlan, type RestoreResult } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_INCOMPLETE } from './exitCodes.ts';
import { count, formatBytes } from './format.ts';
import { noteUnmatched, unmatchedToData, type PatternWatch } from './patternOptions.ts';
import type { JsonLine } from './jsonLine.ts';

/** Codes of problems that come from what a file system, or a snapshot, can hold. */
const holdingProblems: ReadonlySet<string> = new Set([
  'NAME',
  'TWIN',
  'TYPE',
  'EEXIST',
  'LINK-RIGHT',
  'ENOTSUP',
  'ENAMETOOLONG',
  'EILSEQ',
  'EINVAL',
]);

/** A line of a plan for people. */
export function describeLine({ change, path, isFolder }: PlanLine): string {
  return `${change.padEnd(9)}  ${path}${isFolder ? '/' : ''}`;
}

/** Shows what a restore would do. Returns the exit code. */
export function reportPlan(
  context: CommandContext,
  plan: RestorePlan,
  watch: PatternWatch,
  destination?: string,
): number {
  const { output } = context;
  for (const line of planLines(plan)) {
    if (line.change === 'unchanged' && output.verbosity < 1) continue;
    if (output.json) output.data(restoredToData(destination, line.change, line.path, line.size));
    else output.line(describeLine(line));
  }
  reportProblems(output, plan);
  const { create, overwrite, metadata, unchanged, createFolders, delete: deleted, bytesToWrite } = plan.totals;
  if (output.json) {
    output.data({
      message_type: 'summary',
      dry_run: true,
      files_created: create,
      files_overwritten: overwrite,
      metadata_restored: metadata,
      files_unchanged: unchanged,
      folders_created: createFolders,
      files_deleted: deleted,
      bytes_restored: bytesToWrite,
      problems: plan.problems.length,
      ...unmatchedToData(watch),
    });
  } else if (output.verbosity >= 0) {
    output.line(
      `would create ${create}, overwrite ${overwrite}, delete ${deleted}, leave ${unchanged}; write ${formatBytes(bytesToWrite)}`,
    );
    if (plan.kept > 0) output.line(`would keep ${count(plan.kept, 'entry', 'entries')} that the rules leave out`);
    output.line('dry run: nothing was written');
  }
  noteUnmatched(context, watch);
  return exitCodeOf(plan.problems);
}

/** Says what a restore did. Returns the exit code. */
export function reportResult(context: CommandContext, result: RestoreResult, watch: PatternWatch): number {
  const { output } = context;
  for (const warning of result.warnings) output.warn(warning);
  reportProblems(output, result);
  if (output.json) {
    output.data({
      message_type: 'summary',
      ...restoredTotals(result),
      files_restored: result.files,
      links_restored: result.links,
      others_restored: result.others,
      folders_created: result.folders,
      metadata_restored: result.metadata,
      files_unchanged: result.unchanged,
      files_deleted: result.deleted,
      bytes_restored: result.bytes,
      ...(result.verified !== undefined && { files_verified: result.verified }),
      skipped: result.skipped.length,
      problems: result.problems.length,
      ...unmatchedToData(watch),
    });
  } else if (output.verbosity >= 0) {
    output.line(
      `restored ${count(result.files, 'file')} (${formatBytes(result.bytes)}), ${result.links + result.others} links and others, ${count(result.folders, 'folder')}`,
    );
    output.line(
      `${result.unchanged} were right already, ${result.metadata} needed only metadata, ${result.deleted} deleted`,
    );
    if (result.skipped.length > 0)
      output.line(`left out ${count(result.skipped.length, 'entry', 'entries')} (-v lists them)`);
    if (result.verified !== undefined) output.line(`read again and found right: ${count(result.verified, 'file')}`);
  }
  noteUnmatched(context, watch);
  return exitCodeOf(result.problems);
}

/** With restic's field names: entries of any type, those that were right already included. */
function restoredTotals(result: RestoreResult): object {
  const { files, links, others, folders, unchanged, bytes, bytesUnchanged } = result;
  return {
    total_files: files + links + others + folders + unchanged,
    total_bytes: bytes + bytesUnchanged,
    files_skipped: unchanged,
    bytes_skipped: bytesUnchanged,
  };
}

/** What this system cannot hold was left out and named; all else is there. */
function exitCodeOf(problems: RestorePlan['problems']): number {
  if (problems.length === 0) return EXIT_DONE;
  return problems.every(({ code }) => holdingProblems.has(code)) ? EXIT_INCOMPLETE : EXIT_FAILED;
}

function reportProblems(
  output: CommandContext['output'],
  { problems, skipped }: Pick<RestorePlan, 'problems' | 'skipped'>,
): void {
  for (const { path, code, message } of problems) output.warn(message, { item: path, code });
  if (output.verbosity > 0) for (const { path, reason } of skipped) output.note(`left out   ${path} (${reason})`);
}

const restoreActions: Readonly<Record<string, string>> = {
  create: 'restored',
  overwrite: 'updated',
  metadata: 'unchanged',
  unchanged: 'unchanged',
  delete: 'deleted',
};

/**
 * What a restore does to an entry, with restic's fields: the item is its place below the destination, and the whole path
 * of what is deleted. `change` tells content from metadata.
 */
export function restoredToData(destination: string | undefined, change: string, path: string, size: number): JsonLine {
  const isBelow = destination !== undefined && change !== 'delete' && path.startsWith(destination);
  const below = () => path.slice(destination!.length).replaceAll('\\', '/').replace(/^\/?/, '/');
  const item = isBelow ? below() : path;
  return { message_type: 'verbose_status', action: restoreActions[change], item, size, change, path };
}
