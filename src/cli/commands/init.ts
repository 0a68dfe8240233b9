import type { Command } from 'commander';
import { openBackend } from '../../backend/openBackend.ts';
import { defaultRepositoryPaths, openDefaultRepository } from '../../engine/defaultRepository.ts';
import { initRepository } from '../../engine/init.ts';
import { PERSON_KEY_COST } from '../../repository/crypto/keyFile.ts';
import { CairnError } from '../../base/errors.ts';
import { absoluteLocation, namedRepository, type CommandContext } from '../context.ts';
import { createCommand } from '../globalOptions.ts';
import { readNewPassword } from '../passwordSource.ts';
import { runCommand } from '../runCommand.ts';

interface InitOptions {
  readonly repositoryVersion?: string;
  readonly copyChunkerParamsFrom?: string;
}

/** `cairn init`. */
export function initCommand(): Command {
  return createCommand('init', 'create a repository')
    .option('--repository-version <version>', 'format version, 1 or 2', '2')
    .action((_options, command: Command) => runCommand<InitOptions>(command, init))
    .addHelpText(
      'after',
      `
Examples:
  cairn init                            the default repository, with a password of its own
  cairn init -r /media/disk/backup      a repository on a disk; asks for a password
`,
    );
}

async function init(context: CommandContext, options: InitOptions): Promise<number> {
  const { output } = context;
  const location = namedRepository(context.options);
  if (location === undefined) {
    const paths = defaultRepositoryPaths();
    const { repository, created } = await openDefaultRepository(paths);
    if (!created) {
      throw new CairnError('repository-exists', `There is a repository at ${repository.backend.location} already.`);
    }
    output.line(`created the repository ${repository.backend.location}; its password is in ${paths.passwordFile}`);
    return 0;
  }
  const version = options.repositoryVersion === '1' ? 1 : options.repositoryVersion === '2' ? 2 : undefined;
  if (version === undefined) throw new CairnError('usage', '--repository-version must be 1 or 2.');
  const backend = openBackend(absoluteLocation(location));
  const password = await readNewPassword(context.options);
  const repository = await initRepository(backend, { password, keyCost: PERSON_KEY_COST, version });
  if (output.json) {
    output.data({ message_type: 'initialized', id: repository.config.id, repository: backend.location });
  } else {
    output.line(`created restic repository ${repository.config.id.slice(0, 10)} at ${backend.location}`);
    output.note('Keep the password: without it the repository cannot be opened, by nobody.');
  }
  return 0;
}
