import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { availableMigrations, MIGRATIONS, upgradeRepository, type Repository } from '../../engine/index.ts';
import { commandLineCodecs, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';

interface MigrateOptions {
  readonly force?: boolean;
}

/** `cairn migrate`, which is restic's. */
export function migrateCommand(): Command {
  return createCommand(
    'migrate',
    'bring a repository to a newer version of the format',
    'Without a name it lists what can be done. The repository is verified first. In one of version 2 what is stored from then on is compressed; restic before 0.14 cannot read it.',
  )
    .argument('[name...]', 'what to do: upgrade_repo_v2')
    .option('-f, --force', 'do it though it cannot be needed')
    .action(runs<MigrateOptions, [string[]]>(migrate))
    .addHelpText(
      'after',
      '\nExamples:\n  cairn migrate -r /media/disk/old\n  cairn migrate -r /media/disk/old upgrade_repo_v2\n',
    );
}

async function migrate(context: CommandContext, { force = false }: MigrateOptions, names: string[]): Promise<number> {
  const unknown = names.find((name) => !MIGRATIONS.some((migration) => migration.name === name));
  if (unknown !== undefined)
    throw new CairnError('usage', `There is no migration "${unknown}". "cairn migrate" lists them.`);
  await withOpenRepository(context, {}, async (repository) => {
    if (names.length === 0) return list(context, repository);
    for (const name of new Set(names)) await apply(context, repository, name, force);
  });
  return EXIT_DONE;
}

function list({ output }: CommandContext, repository: Repository): void {
  const migrations = availableMigrations(repository);
  if (output.json) return output.data({ message_type: 'migrations', migrations });
  output.line('available migrations:');
  for (const { name, does } of migrations) output.line(`  ${name}  ${does}`);
  if (migrations.length === 0) output.line('no migrations found');
}

async function apply(context: CommandContext, repository: Repository, name: string, force: boolean): Promise<void> {
  const { output } = context;
  if (!force && !availableMigrations(repository).some((migration) => migration.name === name))
    return output.warn(`The migration ${name} is not needed: the repository has version ${repository.config.version}.`);
  await upgradeRepository(repository, commandLineCodecs(context), {
    ...lockOptions(context),
    ...(output.progress && { onProgress: output.progress }),
  });
  if (output.json) output.data({ message_type: 'migrated', name });
  else output.line(`migration ${name}: success`);
}
