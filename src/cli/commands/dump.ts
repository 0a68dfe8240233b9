import type { Writable } from 'node:stream';
import { Option, type Command } from 'commander';
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError } from '../../base/errors.ts';
import { findSnapshot, parseSnapshotPath, type PlaceInSnapshot, type Session } from '../../engine/index.ts';
import { archiveEntries } from '../archive/archiveEntries.ts';
import { writeTar } from '../archive/writeTar.ts';
import { writeZip } from '../archive/writeZip.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { locatePath } from '../locate.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { withOutputFile } from '../withOutputFile.ts';
import { writeContent } from '../writeContent.ts';

interface DumpOptions extends FilterOptions {
  readonly archive: 'tar' | 'zip';
  readonly target?: string;
  readonly lock: boolean;
}

/** `cairn dump`, which is restic's. */
export function dumpCommand(): Command {
  const command = createCommand(
    'dump',
    'print a file of a snapshot, or a folder as an archive',
    'Names in the archive are those in the snapshot, or begin at the folder of SNAPSHOT:FOLDER. All that is printed is checked before. Archives have no extended attributes, and a hard link is a file of its own in them.',
  )
    .argument('<snapshot>', 'an id, the beginning of one, or latest; also SNAPSHOT:FOLDER')
    .argument('[path]', 'a file or a folder in it; / for all')
    .addOption(
      new Option('-a, --archive <format>', 'what a folder is printed as').choices(['tar', 'zip']).default('tar'),
    )
    .option('-t, --target <file>', 'write it to this file, which is replaced once all is there');
  return addSnapshotFilters(command)
    .action(runs<DumpOptions, [string, string | undefined]>(dump, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn dump latest ~/project/src | tar -tv      what is in a folder
  cairn dump -a zip -t src.zip latest:/home/me/project /src
  cairn dump 1a2b3c4d ~/project/a.txt | less
`,
    );
}

async function dump(
  context: CommandContext,
  options: DumpOptions,
  snapshot: string,
  path: string | undefined,
): Promise<number> {
  return withReading(context, options, async (session) => {
    const { base, place } = await find(session, context, options, snapshot, path);
    if (options.target !== undefined)
      return withOutputFile(context, options.target, (file) => write(session, context, options, { base, place }, file));
    if (place.tree !== undefined && process.stdout.isTTY) throw onTerminal();
    return write(session, context, options, { base, place }, process.stdout);
  });
}

interface Wanted {
  /** Where names begin. */
  readonly base: PlaceInSnapshot['path'];
  readonly place: PlaceInSnapshot;
}

async function find(
  session: Session,
  context: CommandContext,
  options: DumpOptions,
  snapshot: string,
  path: string | undefined,
): Promise<Wanted> {
  const named = parseSnapshotPath(snapshot);
  const stored = await findSnapshot(session.repository, named.snapshot, snapshotFilter(context, options));
  if (named.path === '')
    return { base: '/', place: await locatePath(session, stored, path ?? '/', context.workingFolder) };
  const folder = await locatePath(session, stored, named.path, context.workingFolder);
  const below = (path ?? '').replace(/^\/+/, '');
  if (below === '') return { base: folder.path, place: folder };
  const whole = `${folder.path === '/' ? '' : folder.path}/${below}`;
  return { base: folder.path, place: await locatePath(session, stored, whole, context.workingFolder) };
}

function onTerminal(): CairnError {
  return new CairnError('usage', 'An archive is not for a terminal: send it to a file with --target, or to a program.');
}

async function write(
  session: Session,
  { output, signal }: CommandContext,
  { archive }: DumpOptions,
  { base, place }: Wanted,
  to: Writable,
): Promise<number> {
  const { reader } = session;
  if (place.tree === undefined) {
    await writeContent(session, place, to, signal);
    return EXIT_DONE;
  }
  let exitCode = EXIT_DONE;
  const onLeftOut = ({ path, message }: { readonly path: string; readonly message: string }) => {
    exitCode = EXIT_INCOMPLETE;
    output.warn(`${path}: ${message}`, { item: path });
  };
  const entries = archiveEntries(session, place, { base, signal, onLeftOut });
  try {
    if (archive === 'zip') await writeZip(entries, reader, to, { signal, onLeftOut });
    else await writeTar(entries, reader, to, signal);
  } catch (error) {
    // Streams have words of their own for it.
    throwIfAborted(signal);
    throw error;
  }
  return exitCode;
}
