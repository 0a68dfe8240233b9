import type { FileTotal, RemovalResult, ReplicaCheck, ReplicateResult } from '../engine/index.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_INCOMPLETE } from './exitCodes.ts';
import { count, formatBytes, formatLocalTime } from './format.ts';
import type { Output } from './output.ts';

/** `2 packs, 1 index file, 1 snapshot, 30.1 MiB`; what there is none of is left out. */
function totalText({ files, bytes }: FileTotal): string {
  const parts = [
    [files.pack, 'pack'],
    [files.index, 'index file'],
    [files.snapshot, 'snapshot'],
    [files.key, 'key'],
  ] as const;
  const counts = parts.filter(([number]) => number > 0).map(([number, noun]) => count(number, noun));
  return [...(counts.length > 0 ? counts : ['nothing']), formatBytes(bytes)].join(', ');
}

function isNothing({ files }: FileTotal): boolean {
  return Object.values(files).every((number) => number === 0);
}

/** What was asked for. */
interface Wish {
  readonly dryRun: boolean;
  /** A delay was given, so what is due is expected to go. */
  readonly wantsRemoval: boolean;
}

/** Prints what a run did, or would do; returns the exit code. */
export function reportReplication(output: Output, result: ReplicateResult, wish: Wish): number {
  const { problems, removal } = result;
  for (const { type, name, code, message } of problems) output.warn(message, { item: `${type}/${name}`, code });
  if (removal.reason !== undefined) output.warn(removal.reason);
  if (output.json) output.data(resultToData(result, wish.dryRun));
  else if (output.verbosity >= 0) for (const line of resultLines(result, wish.dryRun)) output.line(line);
  if (removal.state === 'forbidden' && wish.wantsRemoval) return EXIT_FAILED;
  return problems.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}

function resultToData({ created, copied, replaced, problems, removal }: ReplicateResult, dryRun: boolean) {
  return {
    message_type: 'summary',
    dry_run: dryRun,
    created,
    files_copied: copied.files,
    bytes_copied: copied.bytes,
    files_replaced: replaced,
    errors: problems.length,
    removal: removal.state,
    files_removed: removal.removed.files,
    bytes_removed: removal.removed.bytes,
    files_waiting: removal.waiting.files,
    bytes_waiting: removal.waiting.bytes,
    ...(removal.nextDue !== undefined && { next_due: new Date(removal.nextDue).toISOString() }),
  };
}

function* resultLines({ created, copied, replaced, removal }: ReplicateResult, dryRun: boolean): Generator<string> {
  const [would, copy, remove] = dryRun ? ['would ', 'copy', 'remove'] : ['', 'copied', 'removed'];
  if (created) yield dryRun ? 'would make a new replica' : 'made a new replica';
  yield `${would}${copy} ${totalText(copied)}`;
  if (replaced > 0) yield `of these, ${count(replaced, 'file')} there had another size`;
  if (!isNothing(removal.removed)) yield `${would}${remove} ${totalText(removal.removed)}`;
  if (!isNothing(removal.waiting)) yield `kept, though gone here: ${totalText(removal.waiting)}${dueText(removal)}`;
}

function dueText({ state, nextDue }: RemovalResult): string {
  if (state === 'forbidden') return '';
  if (nextDue === undefined) return state === 'wait' ? '; for good' : '';
  const time = formatLocalTime(new Date(nextDue).toISOString());
  return nextDue <= Date.now() ? '' : `; due from ${time} on`;
}

/** Prints how the two differ; returns the exit code. */
export function reportCheck(output: Output, check: ReplicaCheck): number {
  const { differences, equal, waiting, filesRead, bytesRead } = check;
  for (const difference of differences) {
    if (output.json) output.data({ message_type: 'difference', ...difference });
    else output.line(difference.message);
  }
  const isEqual = differences.length === 0;
  if (output.json) {
    const numbers = { equal, different: differences.length, waiting, files_read: filesRead, bytes_read: bytesRead };
    output.data({ message_type: 'summary', ...numbers });
  } else if (output.verbosity >= 0) {
    const wait = waiting > 0 ? `, ${waiting} waiting for removal` : '';
    const read = filesRead > 0 ? `; read ${formatBytes(bytesRead)} in ${count(filesRead, 'file')}` : '';
    output.line(`${count(equal, 'file')} equal${wait}${read}`);
    output.line(isEqual ? 'no differences were found' : `${count(differences.length, 'difference')} found`);
  }
  return isEqual ? EXIT_DONE : EXIT_FAILED;
}
