import { defaultRepositoryPaths, type BackupJob } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { namedLocation } from './repositoryChoice.ts';
import { resolvePath } from './resolvePath.ts';

/** Which repository another program is to name when it starts this one. */
export type LastingChoice = Pick<BackupJob, 'repository' | 'repositoryFile' | 'passwordFile' | 'passwordCommand'>;

/** The repository and its password, in a form that holds where neither the shell nor its variables are. */
export function describeRepository(context: CommandContext): LastingChoice {
  const { options, workingFolder } = context;
  const { env } = process;
  const location = namedLocation(context);
  if (location === undefined) {
    if (!env['XDG_DATA_HOME']) return {};
    // The scheduler may not know the variable, and would make another default repository.
    const { repository, passwordFile } = defaultRepositoryPaths();
    return { repository, passwordFile };
  }
  const repositoryFile = options.repo ? undefined : (options.repositoryFile ?? env['RESTIC_REPOSITORY_FILE']);
  const passwordFile = options.passwordFile ?? env['RESTIC_PASSWORD_FILE'];
  const passwordCommand = options.passwordCommand ?? env['RESTIC_PASSWORD_COMMAND'];
  return {
    ...(repositoryFile ? { repositoryFile: resolvePath(workingFolder, repositoryFile) } : { repository: location }),
    ...(passwordFile
      ? { passwordFile: resolvePath(workingFolder, passwordFile) }
      : passwordCommand && { passwordCommand }),
  };
}
