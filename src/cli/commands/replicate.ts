import { InvalidArgumentError, type Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { checkReplicaAt, locationFolder, parseGrace, replicateTo } from '../../engine/index.ts';
import { ledgerOf, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { createCommand } from '../globalOptions.ts';
import { reportCheck, reportReplication } from '../replicateText.ts';
import { runs } from '../runCommand.ts';
import { storageOf } from '../storageOptions.ts';

interface ReplicateCommandOptions {
  readonly to: string;
  readonly dryRun?: boolean;
  /** Milliseconds. */
  readonly delay?: number;
  readonly init?: boolean;
  readonly check?: boolean;
  readonly readData?: boolean;
  readonly lock: boolean;
}

/** `cairn replicate`. */
export function replicateCommand(): Command {
  const command = createCommand(
    'replicate',
    'keep a second copy of the whole repository elsewhere',
    'The copy is a repository of its own with the same passwords. The first run makes it, later ones bring it up to date. What was forgotten or pruned here goes there only after a delay. It may be interrupted at any moment: the next run goes on.',
  )
    .requiredOption('--to <location>', 'where the copy is to be: a folder, or storage of another kind')
    .option('-n, --dry-run', 'say what would be copied and removed')
    .option(
      '--delay <duration>',
      'remove there what is gone here after so long: 14d (the default), 36h, 0, or never',
      parseDelay,
    )
    .option('--init', 'begin anew where a copy was that is gone')
    .option('--check', 'compare names and sizes of both, and change nothing')
    .option('--read-data', 'with --check: read the whole copy, and prove every byte of it');
  return command.action(runs<ReplicateCommandOptions>(run)).addHelpText(
    'after',
    `
Examples:
  cairn replicate --to /media/disk/replica                         of the default repository
  cairn replicate -r ~/backup --to sftp:user@host:backup --dry-run
  cairn replicate --to /media/disk/replica --delay never           removes nothing there
  cairn replicate --to /media/disk/replica --check --read-data     the exit code is 1 if they differ
`,
  );
}

function parseDelay(text: string): number {
  if (text.trim() === 'never') return Infinity;
  try {
    return parseGrace(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function run(context: CommandContext, options: ReplicateCommandOptions): Promise<number> {
  if (options.to === '') throw new CairnError('usage', '--to is empty: say where the copy is to be.');
  if (options.readData && !options.check)
    throw new CairnError('usage', '--read-data reads what is there, so it goes with --check only.');
  if (options.check && (options.dryRun || options.init || options.delay !== undefined))
    throw new CairnError('usage', '--check changes nothing, so --dry-run, --init and --delay do not go with it.');
  const { output, workingFolder } = context;
  const place = storageOf(context.options, locationFolder(options.to, workingFolder) ?? options.to);
  const shared = {
    ...lockOptions(context),
    noLock: !options.lock,
    ledger: ledgerOf(context),
    onTrouble: output.onTrouble,
    ...(output.progress && { onProgress: output.progress }),
  };
  return withOpenRepository(context, {}, async (source) => {
    if (options.check) {
      const check = await checkReplicaAt(source, place, { ...shared, readData: options.readData ?? false });
      return reportCheck(output, check);
    }
    const result = await replicateTo(source, place, {
      ...shared,
      ...(options.delay !== undefined && { delay: options.delay }),
      dryRun: options.dryRun ?? false,
      init: options.init ?? false,
    });
    return reportReplication(output, result, {
      dryRun: options.dryRun ?? false,
      wantsRemoval: options.delay !== undefined && Number.isFinite(options.delay),
    });
  });
}
