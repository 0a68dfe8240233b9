import type { Command } from 'commander';
import { tagSnapshots, type TagChange } from '../../engine/index.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface TagCommandOptions extends FilterOptions {
  readonly add?: string[];
  readonly remove?: string[];
  readonly set?: string[];
  readonly label?: string;
}

/** `cairn tag`. */
export function tagCommand(): Command {
  const command = createCommand(
    'tag',
    'change the tags of snapshots',
    'A snapshot that changes gets a new id and remembers its first one. The tag "keep" protects it from forget.',
  )
    .argument('[snapshot...]', 'ids, beginnings of ids, or latest; without any, all that pass the filters')
    .option('--add <tags>', 'add these: a,b (may be repeated)', collectTags)
    .option('--remove <tags>', 'remove these: a,b (may be repeated)', collectTags)
    .option('--set <tags>', "let these take the place of all: a,b (may be repeated; '' for none)", collectTags)
    .option('--label <text>', "give it a label, in the place of an earlier one ('' for none)");
  return addSnapshotFilters(command)
    .action(runs<TagCommandOptions, [string[]]>(tag))
    .addHelpText(
      'after',
      `
Examples:
  cairn tag latest --label 'before the big change, finally'
  cairn tag 1a2b3c4d --add keep
  cairn tag --tag nightly --remove nightly --add weekly
`,
    );
}

function collectTags(list: string, before: readonly string[] = []): string[] {
  return [...before, ...list.split(',').map((tag) => tag.trim())];
}

async function tag(context: CommandContext, options: TagCommandOptions, names: string[]): Promise<number> {
  const { output } = context;
  let exitCode = EXIT_DONE;
  const { add, remove, set, label } = options;
  const change: TagChange = {
    ...(add && { add }),
    ...(remove && { remove }),
    ...(set && { set }),
    ...(label !== undefined && { label }),
  };
  const changed = await withOpenRepository(context, {}, (repository) =>
    tagSnapshots(repository, change, {
      ...lockOptions(context),
      snapshots: names,
      filter: snapshotFilter(context, options),
      onDamaged: (id, error) => {
        if (names.length > 0) return;
        exitCode = EXIT_FAILED;
        output.warn((error as Error).message, { item: id });
      },
    }),
  );
  for (const { before, after, tags } of changed) {
    if (output.json) output.data({ message_type: 'changed', old_snapshot_id: before, new_snapshot_id: after, tags });
    else output.line(`${shortId(before)} is now ${shortId(after)}: ${tags.length > 0 ? tags.join(',') : 'no tags'}`);
  }
  if (output.json) output.data({ message_type: 'summary', changed_snapshots: changed.length });
  else output.line(`${count(changed.length, 'snapshot')} changed`);
  return exitCode;
}
