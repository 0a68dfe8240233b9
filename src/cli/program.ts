import { Command } from 'commander';
import { version } from '../../package.json' with { type: 'json' };
import { backupCommand } from './commands/backup.ts';
import { initCommand } from './commands/init.ts';
import { snapshotsCommand } from './commands/snapshots.ts';

/** The whole command line. Parsing throws `CommanderError` instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('cairn')
    .description('Backs up folders into a restic repository: incremental, deduplicated, encrypted, verifiable.')
    .version(version, '-V, --version')
    .showHelpAfterError('(run "cairn --help" for the commands)')
    .exitOverride();
  const commands = [backupCommand(), snapshotsCommand(), initCommand()];
  for (const command of commands) {
    command.exitOverride();
    program.addCommand(command);
  }
  return program.addHelpText(
    'after',
    `
Without --repo, the default repository in your data folder is used; it is made at first use.
Stock restic reads what cairn writes, and the other way round.

Exit codes: 0 done, 1 failed, 3 some files could not be read, 10 no repository, 11 locked,
12 wrong password, 130 interrupted.
`,
  );
}
