import type { Command } from 'commander';
import { recoverTrees } from '../../engine/index.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { count } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

/** `cairn recover`, which is restic's. */
export function recoverCommand(): Command {
  return createCommand(
    'recover',
    'make a snapshot of all that no snapshot has any more',
    'It has a folder for each tree that is in no other one and in no snapshot, and the tag "recovered". So what was forgotten by mistake comes back, as long as nobody has run prune. The index is put in order first.',
  )
    .action(runs(recover))
    .addHelpText('after', '\nExamples:\n  cairn recover && cairn ls latest --path /recover\n');
}

async function recover(context: CommandContext): Promise<number> {
  const { output } = context;
  const { roots, snapshotId } = await withOpenRepository(context, {}, (repository) =>
    recoverTrees(repository, {
      ...lockOptions(context),
      programVersion: PROGRAM_NAME,
      onDamaged: (id, error) => output.warn((error as Error).message, { item: id }),
      ...(output.progress && { onProgress: output.progress }),
    }),
  );
  if (output.json) {
    const made = snapshotId && { snapshot_id: snapshotId };
    output.data({ message_type: 'recovered', trees: roots.length, ...made });
  } else {
    output.line(`found ${count(roots.length, 'tree')} that no snapshot has`);
    output.line(snapshotId ? `saved new snapshot ${shortId(snapshotId)}` : 'no snapshot was made');
  }
  return EXIT_DONE;
}
