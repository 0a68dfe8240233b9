import type { Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import type { CommandContext } from './context.ts';
import { namedLocation } from './repositoryChoice.ts';

/** The options that {@link addFromOptions} adds. */
export interface FromOptions {
  readonly fromRepo?: string;
  readonly fromRepositoryFile?: string;
  readonly fromPasswordFile?: string;
  readonly fromPasswordCommand?: string;
  readonly fromKeyHint?: string;
  readonly fromInsecureNoPassword?: boolean;
}

/** Adds restic's options for a second repository, from which something is taken. */
export function addFromOptions(command: Command): Command {
  return command
    .option('--from-repo <location>', 'the source (RESTIC_FROM_REPOSITORY)')
    .option('--from-repository-file <file>', 'its location in a file (RESTIC_FROM_REPOSITORY_FILE)')
    .option('--from-password-file <file>', 'its password in a file (RESTIC_FROM_PASSWORD_FILE)')
    .option('--from-password-command <command>', 'prints its password (RESTIC_FROM_PASSWORD_COMMAND)')
    .option('--from-insecure-no-password', 'its password is empty')
    .option('--from-key-hint <id>', 'try this key of the source first (RESTIC_FROM_KEY_HINT)');
}

/** What names the other repository, of which the source has its own. */
const ownOptions = ['repo', 'repositoryFile', 'passwordFile', 'passwordCommand', 'keyHint', 'insecureNoPassword'];

/** The context in which the source is opened like any other repository. */
export function sourceContext(context: CommandContext, options: FromOptions): CommandContext {
  const shared = Object.entries(context.options).filter(([name]) => !ownOptions.includes(name));
  return {
    ...context,
    options: {
      ...Object.fromEntries(shared),
      isSource: true,
      ...(options.fromRepo !== undefined && { repo: options.fromRepo }),
      ...(options.fromRepositoryFile && { repositoryFile: options.fromRepositoryFile }),
      ...(options.fromPasswordFile && { passwordFile: options.fromPasswordFile }),
      ...(options.fromPasswordCommand && { passwordCommand: options.fromPasswordCommand }),
      ...(options.fromInsecureNoPassword && { insecureNoPassword: true }),
      ...(options.fromKeyHint && { keyHint: options.fromKeyHint }),
    },
  };
}

/** Throws `usage` if neither repository is named: the one that is not is the default one. */
export function requireTwo(context: CommandContext, source: CommandContext): void {
  if (namedLocation(context) !== undefined || namedLocation(source) !== undefined) return;
  throw new CairnError(
    'usage',
    'Name the source with --from-repo, or the repository to copy to with -r. The one that is not named is the default one.',
  );
}
