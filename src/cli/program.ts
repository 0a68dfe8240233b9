import { Command, type CommanderError } from 'commander';
import { CairnError } from '../base/errors.ts';
import { agentsCommand } from './commands/agents.ts';
import { backupCommand } from './commands/backup.ts';
import { cacheCommand } from './commands/cache.ts';
import { catCommand } from './commands/cat.ts';
import { copyCommand } from './commands/copy.ts';
import { deletedCommand } from './commands/deleted.ts';
import { diffCommand } from './commands/diff.ts';
import { dumpCommand } from './commands/dump.ts';
import { duplicatesCommand } from './commands/duplicates.ts';
import { featuresCommand } from './commands/features.ts';
import { findCommand } from './commands/find.ts';
import { forgetCommand } from './commands/forget.ts';
import { generateCommand } from './commands/generate.ts';
import { guardCommand } from './commands/guard.ts';
import { hookCommand } from './commands/hook.ts';
import { historyCommand } from './commands/history.ts';
import { initCommand } from './commands/init.ts';
import { keyCommand } from './commands/key.ts';
import { listCommand } from './commands/list.ts';
import { lsCommand } from './commands/ls.ts';
import { mcpCommand } from './commands/mcp.ts';
import { migrateCommand } from './commands/migrate.ts';
import { mirrorCommand } from './commands/mirror.ts';
import { optionsCommand } from './commands/options.ts';
import { pruneCommand } from './commands/prune.ts';
import { recoverCommand } from './commands/recover.ts';
import { recoveryKitCommand } from './commands/recoveryKit.ts';
import { repairCommand } from './commands/repair.ts';
import { replicateCommand } from './commands/replicate.ts';
import { restoreCommand } from './commands/restore.ts';
import { rewriteCommand } from './commands/rewrite.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { snapshotsCommand } from './commands/snapshots.ts';
import { searchCommand } from './commands/search.ts';
import { selfUpdateCommand } from './commands/selfUpdate.ts';
import { statsCommand } from './commands/stats.ts';
import { statusCommand } from './commands/status.ts';
import { tagCommand } from './commands/tag.ts';
import { undoCommand } from './commands/undo.ts';
import { unlockCommand } from './commands/unlock.ts';
import { verifyCommand } from './commands/verify.ts';
import { versionCommand } from './commands/version.ts';
import { watchCommand } from './commands/watch.ts';
import { exitCodeMeanings } from './exitCodes.ts';
import { PROGRAM_VERSION } from './programVersion.ts';
import { addGlobalOptions, createCommand } from './globalOptions.ts';
import { insteadOf } from './resticCommands.ts';

/** The commands under the headings of the help. */
const groups: readonly (readonly [heading: string, commands: readonly (() => Command)[]])[] = [
  ['Back up and restore:', [backupCommand, restoreCommand, undoCommand, watchCommand, scheduleCommand, statusCommand]],
  [
    'Look inside:',
    [
      snapshotsCommand,
      lsCommand,
      catCommand,
      dumpCommand,
      diffCommand,
      findCommand,
      historyCommand,
      deletedCommand,
      searchCommand,
      statsCommand,
      listCommand,
    ],
  ],
  [
    'Look after a repository:',
    [
      initCommand,
      verifyCommand,
      repairCommand,
      recoverCommand,
      tagCommand,
      rewriteCommand,
      forgetCommand,
      pruneCommand,
      copyCommand,
      keyCommand,
      recoveryKitCommand,
      unlockCommand,
      guardCommand,
      replicateCommand,
      migrateCommand,
    ],
  ],
  ['With agents:', [agentsCommand, hookCommand, mcpCommand]],
  [
    'Without a repository:',
    [
      mirrorCommand,
      duplicatesCommand,
      cacheCommand,
      generateCommand,
      versionCommand,
      selfUpdateCommand,
      featuresCommand,
      optionsCommand,
    ],
  ],
];

/**
 * The whole command line. Parsing throws a `CommanderError` after help was printed, and `usage` for
 * what it cannot understand, instead of ending the process.
 */
export function createProgram(): Command {
  const program = new Command('cairn')
    .description('Back up folders into a restic repository: incremental, deduplicated, encrypted.')
    .usage('COMMAND [options]')
    .version(PROGRAM_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: describeCommand })
    .addHelpText('after', programHelp);
  addGlobalOptions(program);
  for (const [heading, commands] of groups) {
    program.commandsGroup(heading);
    for (const create of commands) program.addCommand(create());
  }
  program.addHelpCommand(createCommand('help', 'print the help of a command').argument('[command]'));
  return adopt(program);
}

/** A command and what it takes, in the list of commands: that it has options goes without saying. */
function describeCommand(command: Command): string {
  return `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`;
}

/** Gives a command and those below it what they share. */
function adopt(command: Command): Command {
  for (const child of command.commands) adopt(child.copyInheritedSettings(command));
  return command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageError(command, error);
  });
}

/** `error: unknown option '--foo'\n(Did you mean --for?)` as a sentence of ours. */
function usageError(command: Command, { message, code }: CommanderError): CairnError {
  const unknown = code === 'commander.unknownCommand' ? /'(.*?)'/.exec(message)?.[1] : undefined;
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  const asked = [...names.slice(1), unknown].join(' ');
  const instead = unknown === undefined ? undefined : insteadOf.get(asked);
  if (instead !== undefined) return new CairnError('usage', `Cairn has no command "${asked}". ${instead}`);
  const [what = '', hint] = message.replace(/^error: /, '').split('\n');
  const sentence = `${what[0]?.toUpperCase()}${what.slice(1)}${hint === undefined ? '' : ` ${hint}`}`;
  return new CairnError('usage', `${sentence.replace(/\.?$/, '.')} "${names.join(' ')} --help" shows what there is.`);
}

const exitCodes = exitCodeMeanings.map(([code, meaning]) => `${code} ${meaning}`);

const programHelp = `
A first round:
  cairn backup ~/project            make a snapshot; again later, it stores what changed
  cairn snapshots                   see what there is
  cairn diff latest                 what changed since
  cairn restore latest --target /tmp/project
                                    get it back, beside the original

Without --repo, a repository in your data folder is used; the first backup makes it.
What cairn writes, restic reads, and the other way round.

Exit codes: ${exitCodes.slice(0, 4).join(', ')},
${exitCodes.slice(4).join(', ')}.
`;
