import { InvalidArgumentError, type Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  forgetStanding,
  locationFolder,
  markPlace,
  parseGrace,
  readStanding,
  usualPromises,
  type Promised,
} from '../../engine/index.ts';
import { ledgerOf, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { namedLocation } from '../repositoryChoice.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { reportStanding } from '../standingText.ts';

interface StatusCommandOptions extends Partial<Promised> {
  readonly readData?: boolean;
  readonly forget?: string;
  readonly markAway?: string;
  readonly markHere?: string;
}

/** `cairn status`. */
export function statusCommand(): Command {
  const { copies, disks, away, maxAge, maxBehind, maxUnproven } = usualPromises;
  return createCommand(
    'status',
    'say how many copies there are, on how many disks, how many away, and whether they are as they should be',
    'It needs no password and asks nothing of storage elsewhere: it goes by what the commands of this computer, and the editor, have noted. The exit code is 1 if anything is not as promised. With -q only that is printed.',
  )
    .argument('[path...]', 'only these folders; all that are backed up, without any')
    .option('--copies <n>', `promised copies of each folder, itself among them: ${copies}`, parseWholeNumber(0))
    .option('--disks <n>', `promised disks that these are on: ${disks}`, parseWholeNumber(0))
    .option('--away <n>', `promised copies that are away: ${away}`, parseWholeNumber(0))
    .option('--max-age <duration>', `the last backup is no older: ${spanOf(maxAge)}, or never`, parseSpan)
    .option('--max-behind <duration>', `no change waits longer to be away: ${spanOf(maxBehind)}`, parseSpan)
    .option('--max-unproven <duration>', `each place was proven so lately: ${spanOf(maxUnproven)}`, parseSpan)
    .option('--read-data', 'only a proof that read every byte counts')
    .option('--forget <name>', 'take a place, or a folder that is backed up no more, out of the list')
    .option('--mark-away <location>', 'what lies there is away: a disk in another house')
    .option('--mark-here <location>', 'what lies there is not away: a server in the same house')
    .action(runs<StatusCommandOptions, [string[]]>(status))
    .addHelpText(
      'after',
      `
Examples:
  cairn status                                      3 copies on 2 disks, 1 away?
  cairn status -q || mail -s "backups" me           for a scheduler: says only what is wrong
  cairn status --copies 2 --disks 1 --away 0        nothing is promised but a backup
  cairn status ~/project --max-age 1h --json
`,
    );
}

/** As the options take it. */
function spanOf(span: number): string {
  const hours = span / 3_600_000;
  return hours > 24 ? `${hours / 24}d` : `${hours}h`;
}

function parseSpan(text: string): number {
  if (text.trim() === 'never') return Infinity;
  try {
    return parseGrace(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function status(context: CommandContext, options: StatusCommandOptions, paths: string[]): Promise<number> {
  const { output, workingFolder } = context;
  const { forget, markAway, markHere, readData } = options;
  const [edit, another] = [forget, markAway, markHere].filter((name) => name !== undefined);
  if (another !== undefined) throw new CairnError('usage', 'Give one of --forget, --mark-away and --mark-here.');
  if (edit !== undefined) return editLedger(context, options, placeNamed(edit, workingFolder));
  const location = namedLocation(context);
  const standing = readStanding(ledgerOf(context).folder, {
    promised: promisedBy(options),
    ...(paths.length > 0 && { folders: paths.map((path) => resolvePath(workingFolder, path)) }),
    ...(location !== undefined && { location }),
    ...(readData && { withData: true }),
  });
  for (const file of standing.damaged)
    output.warn(`${file} cannot be read. Remove it: the next run of a command notes what is known of its place.`);
  reportStanding(output, standing);
  return standing.isKept ? EXIT_DONE : EXIT_FAILED;
}

function promisedBy(options: StatusCommandOptions): Promised {
  const names = Object.keys(usualPromises) as (keyof Promised)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? usualPromises[name]])) as unknown as Promised;
}

function placeNamed(name: string, workingFolder: string): string {
  if (name === '') throw new CairnError('usage', 'An empty name names nothing. Give a location, or a folder.');
  return locationFolder(name, workingFolder) ?? name;
}

async function editLedger(context: CommandContext, options: StatusCommandOptions, name: string): Promise<number> {
  const { output } = context;
  const failures: string[] = [];
  const ledger = { ...ledgerOf(context), onTrouble: (message: string) => void failures.push(message) };
  const mark = options.markAway === undefined ? 'here' : 'away';
  const isForgotten = options.forget !== undefined;
  const isKnown = isForgotten ? await forgetStanding(ledger, name) : await markPlace(ledger, name, mark);
  if (failures[0] !== undefined) throw new CairnError('storage-error', failures[0]);
  if (!isKnown) {
    const what = isForgotten ? 'No place and no folder' : 'No place';
    throw new CairnError('usage', `${what} of that name is known. "cairn status" lists what is.`);
  }
  if (output.json)
    output.data({ message_type: isForgotten ? 'forgotten' : 'marked', name, ...(!isForgotten && { mark }) });
  else output.line(isForgotten ? 'forgotten: what is stored stays' : `marked as ${mark}`);
  return EXIT_DONE;
}
