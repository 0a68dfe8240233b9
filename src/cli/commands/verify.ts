import { InvalidArgumentError, type Command } from 'commander';
import {
  depthOf,
  findSnapshot,
  noteMirrorVerified,
  noteVerified,
  parseSize,
  verify,
  verifyAgainstDisk,
  verifyMirror,
  type DiskDifference,
  type ReadData,
  type VerifyResult,
} from '../../engine/index.ts';
import { affectedLine } from '../affectedText.ts';
import {
  withCodecsAhead,
  ledgerOf,
  lockOptions,
  withOpenRepository,
  withReading,
  type CommandContext,
} from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { resolvePath } from '../resolvePath.ts';
import { noteUnmatched, unmatchedToData } from '../patternOptions.ts';
import { addRuleOptions, ignoreRules, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface VerifyCommandOptions extends RuleOptions {
  readonly readData?: boolean;
  readonly readDataSubset?: ReadData;
  readonly withCache?: boolean;
  readonly against?: string;
  readonly snapshot: string;
  readonly lock: boolean;
}

/** `cairn verify`. */
export function verifyCommand(): Command {
  const command = createCommand(
    'verify',
    'prove that a repository, or a mirror, still holds what it should',
    'Without an option it is checked that everything is there and in order; with --read-data every byte is read as well. What is damaged is told by file and snapshot. The exit code is 1 if anything is wrong.',
  )
    .alias('check')
    .argument('[folder]', 'a mirror or a folder of dated copies, instead of the repository')
    .option('--read-data', 'read and prove every byte')
    .option('--read-data-subset <part>', 'read only a part: 10% or 2G at random, or 1/5 for the first fifth', parsePart)
    .option('--with-cache', 'prove what is cached of far storage, too, instead of fetching it')
    .option('--against <path>', 'compare the files of a snapshot on the disk, byte by byte, with what is stored')
    .option('--snapshot <snapshot>', 'with --against: this snapshot', 'latest');
  return addRuleOptions(command)
    .action(runs<VerifyCommandOptions, [string | undefined]>(runVerify))
    .addHelpText(
      'after',
      `
Examples:
  cairn verify                              everything is there, and in order
  cairn verify --read-data                  and every byte of it is right
  cairn verify --against ~/project          the last snapshot is what the disk has
  cairn verify /media/disk/mirror           a folder made by "cairn mirror"
`,
    );
}

function parsePart(text: string): ReadData {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return { percent: Number(percent) };
  const [, part, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part !== undefined && of !== undefined && part >= 1 && part <= of && of <= 256) return { part, of };
  const bytes = parseBytes(text);
  if (bytes) return { bytes };
  throw new InvalidArgumentError('Give a share like 10%, a size like 2G, or a part like 1/5.');
}

function parseBytes(text: string): number | undefined {
  try {
    return parseSize(text);
  } catch {
    return undefined;
  }
}

function runVerify(
  context: CommandContext,
  options: VerifyCommandOptions,
  folder: string | undefined,
): Promise<number> {
  if (folder !== undefined) return runVerifyMirror(context, resolvePath(context.workingFolder, folder));
  return options.against === undefined
    ? runVerifyRepository(context, options)
    : runVerifyAgainst(context, options, resolvePath(context.workingFolder, options.against));
}

async function runVerifyRepository(context: CommandContext, options: VerifyCommandOptions): Promise<number> {
  const { output } = context;
  const readData = options.readData ? true : options.readDataSubset;
  const result = await withCodecsAhead(context, (openCodecs, onPassword) =>
    withOpenRepository(context, readData === undefined ? {} : { onPassword }, async (repository) => {
      const found = await verify(repository, openCodecs, {
        ...lockOptions(context),
        noLock: !options.lock,
        ...(options.withCache && { usesCache: true }),
        ...(readData !== undefined && { readData }),
        ...(output.progress && { onProgress: output.progress }),
      });
      await noteVerified(ledgerOf(context), repository, depthOf(readData), found.counts.errors === 0);
      return found;
    }),
  );
  reportRepository(context, result);
  return result.counts.errors > 0 ? EXIT_FAILED : EXIT_DONE;
}

function reportRepository({ output }: CommandContext, result: VerifyResult): void {
  const { findings, affected, advice, counts } = result;
  if (output.json) {
    for (const finding of findings) output.data({ message_type: 'finding', ...finding });
    for (const path of affected) output.data({ message_type: 'affected', ...path });
    output.data({ message_type: 'summary', ...counts, advice, ...resticSummary(findings) });
    return;
  }
  for (const finding of findings) {
    if (finding.severity === 'error' || output.verbosity > 0) output.line(`${finding.severity}: ${finding.message}`);
  }
  for (const path of affected) output.line(affectedLine(path));
  for (const sentence of advice) output.line(sentence);
  if (output.verbosity < 0) return;
  const read =
    counts.packsRead > 0 ? `; read ${formatBytes(counts.bytesRead)} in ${count(counts.packsRead, 'pack')}` : '';
  output.line(
    `checked ${count(counts.snapshots, 'snapshot')}, ${count(counts.trees, 'folder list')}, ${count(counts.packs, 'pack')}${read}`,
  );
  output.line(counts.errors > 0 ? `${count(counts.errors, 'error')} found` : 'no errors were found');
}

/** The same in restic's words. */
function resticSummary(findings: VerifyResult['findings']): object {
  const has = (...kinds: string[]) => findings.some(({ kind }) => kinds.includes(kind));
  const files = findings
    .filter(({ kind }) => ['pack-damaged', 'pack-unreadable', 'pack-size'].includes(kind))
    .flatMap((finding) => finding.files ?? []);
  const broken = [...new Set(files.filter(({ type }) => type === 'pack').map(({ name }) => name))];
  return {
    num_errors: findings.filter(({ severity }) => severity === 'error').length,
    broken_packs: broken.length > 0 ? broken : null,
    suggest_repair_index: has('index-damaged', 'index-duplicate', 'pack-missing', 'pack-size', 'pack-mixed'),
    suggest_prune: has('pack-unindexed', 'leftover'),
  };
}

async function runVerifyAgainst(context: CommandContext, options: VerifyCommandOptions, path: string): Promise<number> {
  const { output, signal } = context;
  const { rules, watch } = ignoreRules(context, options);
  const result = await withReading(context, options, async (session) =>
    verifyAgainstDisk(session, await findSnapshot(session.repository, options.snapshot), {
      paths: [path],
      rules,
      signal,
      ...(output.progress && { onProgress: output.progress }),
      onDifference: (difference) => {
        if (output.json) output.data({ message_type: 'difference', ...difference });
        else output.line(differenceLine(difference));
      },
    }),
  );
  const { problems, equal, missing, different, extra, bytesRead } = result;
  for (const { path: item, code, message } of problems) output.warn(message, { item, code });
  if (output.json) {
    const numbers = { equal, missing, different, extra, bytes_read: bytesRead };
    output.data({ message_type: 'summary', ...numbers, ...unmatchedToData(watch) });
  } else if (output.verbosity >= 0) {
    output.line(
      `${equal} equal, ${different} different, ${missing} missing, ${extra} extra; read ${formatBytes(bytesRead)}`,
    );
  }
  noteUnmatched(context, watch);
  return missing + different + extra + problems.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function differenceLine({ kind, path, suspect }: DiskDifference): string {
  return `${kind.padEnd(9)}  ${path}${suspect ? ' (though size and times are the same)' : ''}`;
}

async function runVerifyMirror(context: CommandContext, folder: string): Promise<number> {
  const { output, signal } = context;
  const result = await verifyMirror(folder, { signal, ...(output.progress && { onProgress: output.progress }) });
  await noteMirrorVerified(ledgerOf(context), folder, result.isGood);
  for (const finding of result.findings) {
    if (output.json) output.data({ message_type: 'finding', ...finding });
    else
      output.line(
        `${finding.kind.toUpperCase().padEnd(10)}  ${finding.path}${finding.detail ? ` (${finding.detail})` : ''}`,
      );
  }
  const { good, bytes, isComplete, isGood } = result;
  if (output.json) output.data({ message_type: 'summary', good, bytes, is_complete: isComplete, is_good: isGood });
  else if (output.verbosity >= 0) {
    if (!isComplete)
      output.line('The last mirror run was cut off, or is still running; what it copied counts as extra.');
    output.line(
      `${count(good, 'file')} right, ${formatBytes(bytes)} read; ${isGood ? 'no errors were found' : 'errors were found'}`,
    );
  }
  return isGood ? EXIT_DONE : EXIT_FAILED;
}
