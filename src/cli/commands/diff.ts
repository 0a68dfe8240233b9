import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  diffSnapshots,
  diffWithDisk,
  findSnapshot,
  type Change,
  type ChangeKind,
  type DiffCounts,
  type PlaceInSnapshot,
  type Session,
} from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { locate } from '../locate.ts';
import { resolvePath } from '../resolvePath.ts';
import { noteUnmatched, unmatchedToData } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';

interface DiffCommandOptions extends RuleOptions, FilterOptions {
  readonly metadata?: boolean;
  readonly only?: string[];
  readonly forceHash?: boolean;
  readonly lock: boolean;
}

/** `cairn diff`. */
export function diffCommand(): Command {
  const command = createCommand('diff', 'show what differs between two snapshots, or since one')
    .argument('<snapshot>', 'an id, the beginning of one, or latest; also SNAPSHOT:PATH')
    .argument('[snapshot]', 'the later one; without it, the disk as it is now')
    .option('--metadata', 'also where only modes, owners or times differ')
    .option('--only <path>', 'with the disk: compare this file or folder only (may be repeated)', collect)
    .option('--force-hash', 'with the disk: read every file, even where size and times are unchanged');
  return addRuleOptions(addSnapshotFilters(command))
    .action(runs<DiffCommandOptions, [string, string | undefined]>(diff, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Signs:  + new   - gone   M changed   T another type   U only metadata (--metadata)
        ? after M: changed though size and times are as before (a damaged disk, or times set back)
Comparing with the disk, give the rules of what is left out as you gave them to "cairn backup".
--host, --tag and --path say which snapshot is the latest.

Examples:
  cairn diff latest                     what changed on the disk since the last snapshot
  cairn diff latest --only src/main.ts --force-hash
  cairn diff 1a2b3c4d 5e6f7a8b          from one snapshot to another
`,
    );
}

async function diff(
  context: CommandContext,
  options: DiffCommandOptions,
  before: string,
  after: string | undefined,
): Promise<number> {
  return withReading(context, options, (session) =>
    after === undefined
      ? compareWithDisk(context, options, session, before)
      : compareSnapshots(context, options, session, before, after),
  );
}

async function compareWithDisk(
  context: CommandContext,
  options: DiffCommandOptions,
  session: Session,
  name: string,
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const stored = await findSnapshot(session.repository, name, snapshotFilter(context, options));
  const { rules, watch } = ignoreRules(context, options);
  const counts = new Map<ChangeKind, number>();
  const { unchanged, bytesRead, problems } = await diffWithDisk(session, stored, {
    rules,
    metadata: options.metadata ?? false,
    forceHash: options.forceHash ?? false,
    signal,
    ...(options.only && { paths: options.only.map((path) => resolvePath(workingFolder, path)) }),
    ...(output.progress && { onProgress: output.progress }),
    onChange: (change) => {
      counts.set(change.kind, (counts.get(change.kind) ?? 0) + 1);
      printChange(context, change);
    },
  });
  for (const { path, code, message } of problems) output.warn(message, { item: path, code });
  const numbers = {
    added: counts.get('added') ?? 0,
    removed: counts.get('removed') ?? 0,
    changed: (counts.get('modified') ?? 0) + (counts.get('typeChanged') ?? 0),
    unchanged,
  };
  if (output.json) {
    const facts = { ...numbers, bytes_read: bytesRead, ...unmatchedToData(watch) };
    output.data({ message_type: 'statistics', source_snapshot: stored.id, ...facts });
  } else if (output.verbosity >= 0) {
    output.line(`${numbers.added} new, ${numbers.removed} gone, ${numbers.changed} changed, ${unchanged} unchanged`);
  }
  // Those for other places are no mistakes.
  if (!options.only) noteUnmatched(context, watch);
  return problems.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

async function compareSnapshots(
  context: CommandContext,
  options: DiffCommandOptions,
  session: Session,
  before: string,
  after: string,
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const filter = snapshotFilter(context, options);
  const [from, to] = [
    await locate(session, before, filter, workingFolder),
    await locate(session, after, filter, workingFolder),
  ];
  const result = await diffSnapshots(session, folderOf(from), folderOf(to), {
    path: to.path,
    metadata: options.metadata ?? false,
    exactCounts: true,
    signal,
    onChange: (change) => printChange(context, change),
  });
  for (const { path, code, message } of result.problems) output.warn(message, { item: path, code });
  if (output.json) {
    output.data({
      message_type: 'statistics',
      source_snapshot: from.stored.id,
      target_snapshot: to.stored.id,
      changed_files: result.changedFiles,
      added: countsToData(result.added),
      removed: countsToData(result.removed),
    });
  } else if (output.verbosity >= 0) {
    output.line(`changed:  ${count(result.changedFiles, 'file')}`);
    output.line(`added:    ${describeCounts(result.added)}`);
    output.line(`removed:  ${describeCounts(result.removed)}`);
  }
  return result.problems.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function folderOf({ path, tree }: PlaceInSnapshot): NonNullable<PlaceInSnapshot['tree']> {
  if (tree !== undefined) return tree;
  throw new CairnError('usage', `"${path}" is no folder: folders can be compared, "cairn cat" prints a file.`);
}

const signs: Readonly<Record<ChangeKind, string>> = {
  added: '+',
  removed: '-',
  modified: 'M',
  typeChanged: 'T',
  metadata: 'U',
  renamed: 'R',
};

function printChange({ output }: CommandContext, { path, kind, before, after, suspect, from }: Change): void {
  const sign = signs[kind] + (suspect ? '?' : '');
  // restic's mark of a folder.
  const shown = (after ?? before)?.type === 'dir' ? `${path}/` : path;
  if (output.json)
    output.data({ message_type: 'change', path: shown, modifier: sign, ...(from !== undefined && { from }) });
  else output.line(`${sign.padEnd(3)} ${shown}`);
}

function countsToData({ files, dirs, others, dataBlobs, treeBlobs, bytes }: DiffCounts): object {
  return { files, dirs, others, data_blobs: dataBlobs, tree_blobs: treeBlobs, bytes };
}

function describeCounts({ files, dirs, others, bytes }: DiffCounts): string {
  return `${count(files, 'file')}, ${count(dirs, 'folder')}, ${count(others, 'other')}; ${formatBytes(bytes)}`;
}
