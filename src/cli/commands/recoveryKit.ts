import type { Command } from 'commander';
import {
  defaultRepositoryPaths,
  locationOnPage,
  openDefaultRepository,
  openNamedRepository,
  readDefaultPassword,
  recoveryKit,
  recoveryNeeds,
  usualShell,
  saveRecoveryKit,
  type Repository,
} from '../../engine/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { readPassword } from '../passwordSource.ts';
import { namedLocation } from '../repositoryChoice.ts';
import { storageOf } from '../storageOptions.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';

interface KitOptions {
  readonly output: string;
}

/** `cairn recovery-kit`. */
export function recoveryKitCommand(): Command {
  return createCommand(
    'recovery-kit',
    'write a page that says how to get everything back',
    'It holds the location, the password and the commands of restic: keep it off this computer.',
  )
    .option('--output <file>', 'write it to this new file; - prints it', 'cairn-recovery-kit.md')
    .action(runs<KitOptions>(writeKit))
    .addHelpText(
      'after',
      `
Examples:
  cairn recovery-kit --output /media/stick/cairn-recovery-kit.md
  cairn recovery-kit -r /media/disk/backup --output - | lp
`,
    );
}

async function writeKit(context: CommandContext, options: KitOptions): Promise<number> {
  const { output } = context;
  const { location, password, repository } = await openWithPassword(context);
  await repository.backend.close();
  const kit = recoveryKit({
    location: locationOnPage(location),
    needs: recoveryNeeds(repository.backend.settings),
    repositoryId: repository.config.id,
    password: { text: password },
    date: new Date().toISOString().slice(0, 10),
    shell: usualShell,
  });
  if (options.output === '-') {
    if (output.json) output.data({ message_type: 'recovery_kit', text: kit });
    else for (const line of kit.trimEnd().split('\n')) output.line(line);
    return EXIT_DONE;
  }
  const file = resolvePath(context.workingFolder, options.output);
  saveRecoveryKit(file, kit);
  if (output.json) output.data({ message_type: 'recovery_kit', file });
  else output.line(`${file} holds the password: keep it where it survives the loss of this computer`);
  return EXIT_DONE;
}

/** Opens the chosen repository, so that the kit holds a password that works. */
async function openWithPassword(
  context: CommandContext,
): Promise<{ readonly location: string; readonly password: string; readonly repository: Repository }> {
  const location = namedLocation(context);
  if (location === undefined) {
    const paths = defaultRepositoryPaths();
    const repository = await openDefaultRepository(paths);
    return { location: paths.repository, password: readDefaultPassword(paths), repository };
  }
  let password = '';
  const repository = await openNamedRepository(storageOf(context.options, location), {
    readPassword: async () => (password = await readPassword(context.options, context.signal)),
    onTrouble: context.output.onTrouble,
    signal: context.signal,
  });
  return { location, password, repository };
}
