import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findDuplicates, type DuplicateSet } from '../../engine/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface DuplicatesOptions extends RuleOptions {
  readonly minSize?: number;
}

/** `cairn duplicates`. */
export function duplicatesCommand(): Command {
  const command = createCommand(
    'duplicates',
    'find files with the same content, and the space they waste',
    'Contents are compared to the last byte. Hard links are one file and waste nothing. Nothing is changed. The exit code is 3 if some files could not be read.',
  )
    .argument('<path...>', 'where to look')
    .option('--min-size <bytes>', 'leave out smaller files', parseWholeNumber(0));
  return addRuleOptions(command)
    .action(runs<DuplicatesOptions, [string[]]>(showDuplicates, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn duplicates ~/pictures
  cairn duplicates ~/project ~/old-project --workspace --min-size 100000
`,
    );
}

async function showDuplicates(context: CommandContext, options: DuplicatesOptions, paths: string[]): Promise<number> {
  const { output, signal, workingFolder } = context;
  const report = await findDuplicates(
    paths.map((path) => resolve(workingFolder, path)),
    {
      rules: ignoreRules(context, options),
      signal,
      ...(options.minSize !== undefined && { minSize: options.minSize }),
      ...(output.progress && { onProgress: output.progress }),
    },
  );
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
    output.data({ message_type: 'summary', ...numbers });
  } else {
    const extra = `${count(duplicateFiles, 'file')} too many in ${count(sets.length, 'set')}`;
    output.line(`${extra}, ${formatBytes(wastedBytes)} wasted; looked at ${count(files, 'file')}`);
  }
  return report.unreadable.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}

function describe({ size, paths, wasted }: DuplicateSet): string[] {
  return [
    `${count(paths.length, 'file')} of ${formatBytes(size)}, ${formatBytes(wasted)} wasted:`,
    ...paths.map((path) => `  ${path}`),
    '',
  ];
}
