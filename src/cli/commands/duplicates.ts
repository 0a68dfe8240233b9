import type { Command } from 'commander';
import {
  findDuplicates,
  findDuplicatesInSnapshot,
  findSnapshot,
  type DuplicateSet,
  type DuplicatesReport,
  type IgnoreOptions,
} from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { locatePath } from '../locate.ts';
import { resolvePath } from '../resolvePath.ts';
import { noteUnmatched, unmatchedToData } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface DuplicatesOptions extends RuleOptions {
  readonly minSize?: number;
  readonly snapshot?: string;
  readonly lock: boolean;
}

/** `cairn duplicates`. */
export function duplicatesCommand(): Command {
  const command = createCommand(
    'duplicates',
    'find files with the same content, and the space they waste',
    'Contents are compared to the last byte. Hard links are one file and waste nothing. Nothing is changed. The exit code is 3 if some files could not be read.',
  )
    .argument('<path...>', 'where to look')
    .option('--min-size <bytes>', 'leave out smaller files', parseWholeNumber(0))
    .option('--snapshot <snapshot>', 'look in a snapshot instead, without reading a file; no rules apply');
  return addRuleOptions(command)
    .action(runs<DuplicatesOptions, [string[]]>(showDuplicates, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn duplicates ~/pictures
  cairn duplicates ~/project ~/old-project --workspace --min-size 100000
  cairn duplicates ~/pictures --snapshot latest
`,
    );
}

async function showDuplicates(context: CommandContext, options: DuplicatesOptions, paths: string[]): Promise<number> {
  const { output } = context;
  const { rules, watch } = ignoreRules(context, options);
  const report =
    options.snapshot === undefined
      ? await searchDisk(context, options, paths, rules)
      : await searchSnapshot(context, options, paths);
  for (const { path, code } of report.unreadable) {
    output.warn(code === 'changed' ? `${path} changed while it was read.` : `${path} cannot be read (${code}).`, {
      item: path,
      code,
    });
  }
  for (const set of report.sets) {
    if (output.json) output.data({ message_type: 'duplicates', ...set });
    else for (const line of describe(set)) output.line(line);
  }
  const { sets, files, duplicateFiles, wastedBytes } = report;
  if (output.json) {
    const numbers = { sets: sets.length, files, duplicate_files: duplicateFiles, wasted_bytes: wastedBytes };
    const unmatched = options.snapshot === undefined ? unmatchedToData(watch) : {};
    output.data({ message_type: 'summary', ...numbers, ...unmatched });
  } else {
    const extra = `${count(duplicateFiles, 'file')} too many in ${count(sets.length, 'set')}`;
    output.line(`${extra}, ${formatBytes(wastedBytes)} wasted; looked at ${count(files, 'file')}`);
  }
  if (options.snapshot === undefined) noteUnmatched(context, watch);
  return report.unreadable.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}

function searchDisk(
  context: CommandContext,
  options: DuplicatesOptions,
  paths: string[],
  rules: IgnoreOptions,
): Promise<DuplicatesReport> {
  const { output, signal, workingFolder } = context;
  return findDuplicates(
    paths.map((path) => resolvePath(workingFolder, path)),
    {
      rules,
      signal,
      ...(options.minSize !== undefined && { minSize: options.minSize }),
      ...(output.progress && { onProgress: output.progress }),
    },
  );
}

function searchSnapshot(
  context: CommandContext,
  options: DuplicatesOptions,
  paths: string[],
): Promise<DuplicatesReport> {
  const { signal, workingFolder } = context;
  return withReading(context, options, async (session) => {
    const stored = await findSnapshot(session.repository, options.snapshot!);
    const places = await Promise.all(paths.map((path) => locatePath(session, stored, path, workingFolder)));
    return findDuplicatesInSnapshot(session, places, {
      signal,
      ...(options.minSize !== undefined && { minSize: options.minSize }),
    });
  });
}

function describe({ size, paths, wasted }: DuplicateSet): string[] {
  return [
    `${count(paths.length, 'file')} of ${formatBytes(size)}, ${formatBytes(wasted)} wasted:`,
    ...paths.map((path) => `  ${path}`),
    '',
  ];
}
