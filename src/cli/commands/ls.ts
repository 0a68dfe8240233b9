import { Option, type Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { findSnapshot, listFiles, parseSnapshotPath, type Node, type StoredSnapshot } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { locatePath } from '../locate.ts';
import { longLine, nodeToData } from '../nodeText.ts';
import { NcduWriter } from '../ncdu.ts';
import { sortEntries, sortModes } from '../sortEntries.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { snapshotToData } from '../snapshotText.ts';

interface LsOptions extends FilterOptions {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly sort?: string;
  readonly reverse?: boolean;
  readonly ncdu?: boolean;
  readonly lock: boolean;
}

/** `cairn ls`. */
export function lsCommand(): Command {
  const command = createCommand(
    'ls',
    'list files of a snapshot',
    'Without a path, everything in the snapshot is listed; with one, what is in that folder. --host, --tag and --path say which snapshot is the latest.',
  )
    .argument('<snapshot>', 'an id, the beginning of one, or latest; also SNAPSHOT:PATH')
    .argument('[path...]', 'only these folders and files')
    .option('-l, --long', 'show modes, owners, sizes and times')
    .option('-R, --recursive', 'with a path: also what is in the folders below')
    .option('--human-readable', 'taken for the sake of scripts: sizes have units anyway')
    .option('--reverse', 'the other way round')
    .option('--ncdu', 'print what "ncdu -f -" reads')
    .addOption(new Option('-s, --sort <mode>', 'in this order, instead of folder by folder').choices(sortModes));
  return addSnapshotFilters(command)
    .action(runs<LsOptions, [string, string[]]>(list, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn ls latest                       all files
  cairn ls latest ~/project/src         one folder
  cairn ls -lR 1a2b3c4d:/home/me/notes  a folder and all below, with sizes and times
`,
    );
}

async function list(context: CommandContext, options: LsOptions, snapshot: string, paths: string[]): Promise<number> {
  const { output, signal, workingFolder } = context;
  const named = parseSnapshotPath(snapshot);
  const places = paths.length > 0 ? paths : [named.path];
  const recursive = options.recursive ?? places[0] === '';
  return withReading(context, options, async (session) => {
    const stored = await findSnapshot(session.repository, named.snapshot, snapshotFilter(context, options));
    let exitCode = EXIT_DONE;
    const printer = createPrinter(context, options, stored);
    for (const place of places) {
      const start = await locatePath(session, stored, place, workingFolder);
      for await (const found of listFiles(session, start, { recursive, signal })) {
        if (found.kind === 'entry') printer.add(found.path, found.node);
        else {
          exitCode = EXIT_FAILED;
          output.warn(found.message, { item: found.path, code: found.code });
        }
      }
    }
    printer.end();
    return exitCode;
  });
}

interface Printer {
  add(path: string, node: Node): void;
  end(): void;
}

function createPrinter(context: CommandContext, options: LsOptions, stored: StoredSnapshot): Printer {
  const { output } = context;
  if (options.ncdu) {
    if (options.sort !== undefined || options.reverse || output.json)
      throw new CairnError(
        'usage',
        '--ncdu has an order and a form of its own: leave out --sort, --reverse and --json.',
      );
    return new NcduWriter((line) => output.line(line), snapshotToData(stored));
  }
  if (output.json) output.data({ message_type: 'snapshot', struct_type: 'snapshot', ...snapshotToData(stored) });
  const print = (path: string, node: Node) => {
    if (output.json) output.data({ message_type: 'node', struct_type: 'node', ...nodeToData(path, node) });
    else output.line(options.long ? longLine(path, node) : path);
  };
  const { sort, reverse = false } = options;
  if (sort === undefined && !reverse) return { add: print, end: () => {} };
  const entries: { path: string; node: Node }[] = [];
  return {
    add: (path, node) => void entries.push({ path, node }),
    end: () => {
      for (const { path, node } of sortEntries(entries, sort ?? 'name', reverse)) print(path, node);
    },
  };
}
