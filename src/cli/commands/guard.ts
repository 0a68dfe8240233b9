import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  guardFolders,
  guardStatuses,
  isWindows,
  parentFolder,
  passwordIn,
  recoverGuard,
  releaseFromGuard,
  type GuardStatus,
  type Recovered,
} from '../../engine/index.ts';
import { withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_INCOMPLETE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { guardSettings, guardsFolder } from '../guardOptions.ts';
import { chosenFolder, namedLocation } from '../repositoryChoice.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { describeGuard, guardToData, isAsItShouldBe } from '../guardText.ts';

interface RecoverCommandOptions {
  readonly target?: string;
  readonly from?: string;
  readonly withRemoved?: boolean;
  readonly readData?: boolean;
}

/** `cairn guard`. */
export function guardCommand(): Command {
  return createCommand(
    'guard',
    'bring back a local repository that was deleted, and see what is guarded',
    'Each file of a local repository that Cairn writes to has a second name in folders without write permission, in ~/.cairn-guard or beside the repository. What deletes the repository does not delete these.',
  )
    .addCommand(statusCommand())
    .addCommand(recoverCommand())
    .addCommand(releaseCommand())
    .addHelpText(
      'after',
      `
Examples:
  cairn guard status
  cairn guard recover
`,
    );
}

function statusCommand(): Command {
  return createCommand(
    'status',
    'say which repositories are guarded, and whether they lack anything',
    'It needs no password. The exit code is 1 if a repository lacks anything that its guard has. With -q only that is printed.',
  )
    .action(runs(status, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn guard status
  cairn guard status -r /media/disk/backup     also what is guarded beside that repository
`,
    );
}

function recoverCommand(): Command {
  return createCommand(
    'recover',
    'bring back what repositories lack',
    'Without -r, every repository that lacks anything that its guard has is made whole. No password is needed. Nothing that is there is overwritten, but for files that are proven to be damaged.',
  )
    .option('--from <guard>', 'from the guard, or the guards, in this folder')
    .option('-t, --target <folder>', 'bring the repository back to this place, not to where it was')
    .option('--with-removed', 'bring back what was forgotten and pruned, too, as far as it is guarded still')
    .option('--read-data', 'read every file that is there, and replace those that are damaged')
    .action(runs<RecoverCommandOptions>(recover))
    .addHelpText(
      'after',
      `
Examples:
  cairn guard recover
  cairn guard recover -r ~/backup --target ~/recovered
  cairn guard recover --from ~/moved/.cairn-guard
`,
    );
}

function releaseCommand(): Command {
  return createCommand(
    'release',
    'give back the space of what was forgotten and pruned',
    'What is gone from a repository stays in its guard for 14 days, or as long as CAIRN_GUARD_DELAY says.',
  )
    .option('--now', 'without waiting for that')
    .action(runs<{ readonly now?: boolean }>(release))
    .addHelpText(
      'after',
      `
Examples:
  cairn guard release
  cairn guard release --now -r ~/backup
`,
    );
}

/** The guards that the options name: those of one repository, if they name one. */
function findGuards(context: CommandContext, from?: string): GuardStatus[] {
  const folder = namedLocation(context) === undefined ? undefined : chosenFolder(context);
  const all =
    from === undefined ? guardStatuses(foldersOf(context)) : guardsAt(resolvePath(context.workingFolder, from));
  return folder === undefined ? all : all.filter(({ repository }) => repository === folder);
}

function foldersOf(context: CommandContext): string[] {
  return guardFolders(guardsFolder(context), chosenFolder(context));
}

async function status(context: CommandContext): Promise<number> {
  const { output } = context;
  const found = findGuards(context);
  const bad = found.filter((each) => !isAsItShouldBe(each));
  const shown = output.verbosity < 0 ? bad : found;
  for (const each of shown) {
    if (output.json) output.data(guardToData(each));
    else for (const line of describeGuard(each)) output.line(line);
  }
  if (found.length === 0) output.note(noGuard(context));
  if (found.length > 0 && process.geteuid?.() === 0)
    output.note('You are root, whom folders without write permission do not stop: what root deletes, is deleted.');
  return bad.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function noGuard(context: CommandContext): string {
  if (isWindows) return 'Nothing is guarded: on Windows a folder cannot be kept from the one who owns it.';
  const folder = chosenFolder(context);
  const isNamed = namedLocation(context) !== undefined;
  if (isNamed && folder === undefined)
    return 'Nothing is guarded: only a repository in a folder of this machine can be. Storage elsewhere has its own ways.';
  return `${isNamed ? `${folder} is not` : 'No repository is'} guarded in ${foldersOf(context).join(' or ')}. The next backup to a local repository guards it, unless --no-guard is given, or its file system has no hard links.`;
}

async function recover(context: CommandContext, options: RecoverCommandOptions): Promise<number> {
  const { output, signal, workingFolder } = context;
  const found = findGuards(context, options.from);
  if (found.length === 0)
    throw new CairnError('file-not-found', 'There is no guard. --from names the folder of one that was moved.');
  const chosen = chooseGuards(context, found, options);
  if (options.target !== undefined && chosen.length !== 1)
    throw new CairnError('usage', `There are ${chosen.length} repositories to bring back. Name one with -r.`);
  if (chosen.length === 0 && !output.json) output.line('nothing is lacking: no repository was changed');
  let isWhole = true;
  for (const { guard } of chosen) {
    const recovered = await recoverGuard(guard, {
      ...(options.target !== undefined && { target: resolvePath(workingFolder, options.target) }),
      withRemoved: options.withRemoved ?? false,
      readData: options.readData ?? false,
      signal,
      ...(output.progress && { onProgress: output.progress }),
    });
    report(context, guard, recovered);
    isWhole &&= recovered.damaged.length === 0;
  }
  return isWhole ? EXIT_DONE : EXIT_INCOMPLETE;
}

/** Those that lack something; one that is named, or whose files are to be read, even if it seems to lack nothing. */
function chooseGuards(context: CommandContext, found: GuardStatus[], options: RecoverCommandOptions): GuardStatus[] {
  const lacking = found.filter((each) => !isAsItShouldBe(each));
  if (options.target !== undefined) return lacking.length > 0 ? lacking : found;
  const isAsked = namedLocation(context) !== undefined || options.readData || options.withRemoved;
  const chosen = isAsked ? found : lacking;
  for (const { state, repository, guard } of chosen) {
    if (state !== 'replaced') continue;
    context.output.warn(
      `Another repository is at ${repository} by now. "cairn guard recover --from ${guard} --target FOLDER" brings back the one that was there.`,
    );
  }
  return chosen.filter(({ state }) => state !== 'replaced');
}

function report({ output }: CommandContext, guard: string, recovered: Recovered): void {
  const { repository, restored, replaced, present, damaged, password } = recovered;
  for (const file of damaged)
    output.warn(`${file} is damaged in the repository and in its guard. "cairn verify" says what that affects.`);
  if (password === 'other')
    output.warn(`The password file of ${repository} has another password by now. Its own is in ${passwordIn(guard)}.`);
  if (output.json) {
    output.data({ message_type: 'recovered', guard, ...recovered });
    return;
  }
  const others = replaced > 0 ? `, ${replaced} of them in place of damaged ones` : '';
  output.line(`${repository}: ${count(restored, 'file')} put back${others}; ${present} were there`);
  if (password === 'restored') output.line('its password file is back, too');
  output.note('"cairn verify" proves it.');
}

async function release(context: CommandContext, { now }: { readonly now?: boolean }): Promise<number> {
  const { output } = context;
  return withOpenRepository(context, {}, async (repository) => {
    const settings = guardSettings(context);
    const released = await releaseFromGuard(repository, now ? { ...settings, delay: 0 } : settings);
    if (!released) throw new CairnError('file-not-found', noGuard(context));
    const { files, bytes, stillListed } = released;
    if (stillListed > 0)
      output.warn(
        `${count(stillListed, 'pack')} stay guarded: the index lists them, but the repository does not have them. "cairn guard recover" brings them back.`,
      );
    if (output.json) output.data({ message_type: 'released', files, bytes, still_listed: stillListed });
    else output.line(`${count(files, 'file')} let go, ${formatBytes(bytes)}`);
    return EXIT_DONE;
  });
}

/** The guards in a folder, or the one that it is. */
function guardsAt(folder: string): GuardStatus[] {
  const inside = guardStatuses([folder]);
  return inside.length > 0 ? inside : guardStatuses([parentFolder(folder)]).filter(({ guard }) => guard === folder);
}
