import type { Command } from 'commander';
import { searchContent, type FoundContent, type SearchOptions } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, filterOfThisHost, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface SearchCommandOptions extends FilterOptions {
  readonly snapshot?: string[];
  readonly regex?: boolean;
  readonly ignoreCase?: boolean;
  readonly glob?: string[];
  readonly files?: boolean;
  readonly text?: boolean;
  readonly lock: boolean;
}

/** `cairn search`. */
export function searchCommand(): Command {
  const command = createCommand(
    'search',
    'search the contents of files through all snapshots, newest first',
    'Prints SNAPSHOT:PATH:LINE:TEXT, once for each version of a file that matches; the snapshot is the newest that has it. Searched are the snapshots that were made on this host, or on those given, of the paths or of folders that they are in. "cairn find" looks for names.',
  )
    .argument('<pattern>', 'a text in a line; with --regex, a regular expression as JavaScript has them')
    .argument('[path...]', 'files and folders, where they are or were on the disk; the working folder unless given')
    .option('-e, --regex', 'the pattern is a regular expression')
    .option('-i, --ignore-case', 'do not tell upper from lower case')
    .option('-g, --glob <glob>', "only these files, or not ('!*.min.js'); globs as of find (may be repeated)", collect)
    .option('-s, --snapshot <id>', 'look in this snapshot only (may be repeated)', collect)
    .option('-l, --files', 'only print SNAPSHOT:PATH')
    .option('-a, --text', 'search binary files, too');
  return addSnapshotFilters(command)
    .action(runs<SearchCommandOptions, [string, string[]]>(search, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn search 'parseHeader('                   in the working folder, as it ever was
  cairn search -e '^export .*Importer' ~/project/src -g '*.ts'
  cairn search -li todo ~/notes                 the versions, not the lines
  cairn cat 1a2b3c4d:/home/me/notes/todo.md     one of them, as it is printed
`,
    );
}

async function search(
  context: CommandContext,
  options: SearchCommandOptions,
  pattern: string,
  paths: string[],
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const places = (paths.length > 0 ? paths : ['.']).map((path) => resolvePath(workingFolder, path));
  let exitCode = EXIT_DONE;
  const chosen: SearchOptions = {
    filter: filterOfThisHost(context, options),
    signal,
    ...(options.snapshot && { snapshots: options.snapshot }),
    ...(options.glob && { globs: options.glob }),
    ...(options.text && { anyContent: true }),
    ...(output.progress && { onProgress: output.progress }),
    onProblem: ({ message, code, path: item }) => {
      exitCode = EXIT_FAILED;
      output.warn(message, { item, code });
    },
  };
  const wanted = {
    text: pattern,
    ...(options.regex && { isRegex: true }),
    ...(options.ignoreCase && { ignoreCase: true }),
  };
  await withReading(context, options, async (session) => {
    for await (const found of searchContent(session, wanted, places, chosen)) print(context, options, found);
  });
  return exitCode;
}

function print({ output }: CommandContext, { files }: SearchCommandOptions, found: FoundContent): void {
  const { stored, path, pathInTree, node, contentId, lines, isCut } = found;
  if (output.json) {
    return output.data({
      message_type: 'match',
      snapshot: stored.id,
      time: stored.snapshot.time,
      path,
      path_in_snapshot: pathInTree,
      size: node.size ?? 0,
      mtime: node.mtime,
      content_id: contentId,
      ...(!files && { lines, ...(isCut && { more_lines: true }) }),
    });
  }
  const place = `${shortId(stored.id)}:${path}`;
  if (files) return output.line(place);
  for (const { line, text } of lines) output.line(`${place}:${line}:${text}`);
  if (isCut) output.line(`${place}: and more lines`);
}
