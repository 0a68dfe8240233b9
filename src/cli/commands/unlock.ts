import type { Command } from 'commander';
import { unlockRepository } from '../../engine/index.ts';
import { withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { count } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

interface UnlockCommandOptions {
  readonly removeAll?: boolean;
}

/** `cairn unlock`. */
export function unlockCommand(): Command {
  return createCommand(
    'unlock',
    'remove locks that were left behind',
    'A lock is left behind if it is older than 30 minutes, or if its process was on this machine and is gone. With --remove-all, make sure first that nothing uses the repository.',
  )
    .option('--remove-all', 'every lock, also of programs that may be running')
    .action(runs<UnlockCommandOptions>(unlock))
    .addHelpText(
      'after',
      `
Examples:
  cairn unlock
  cairn unlock -r /media/disk/backup --remove-all
`,
    );
}

async function unlock(context: CommandContext, options: UnlockCommandOptions): Promise<number> {
  const { output, signal } = context;
  const removed = await withOpenRepository(context, {}, (repository) =>
    unlockRepository(repository, { signal, removeAll: options.removeAll ?? false }),
  );
  if (output.json) {
    output.data({ message_type: 'unlocked', locks: removed.map(({ id }) => id) });
    return EXIT_DONE;
  }
  for (const { id, lock } of removed) {
    const holder = lock ? ` of PID ${lock.pid} on ${lock.hostname}, since ${lock.time}` : ', which could not be read';
    output.line(`removed lock ${shortId(id)}${holder}`);
  }
  output.line(`${count(removed.length, 'lock')} removed`);
  return EXIT_DONE;
}
