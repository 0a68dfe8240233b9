import { CairnError } from '../base/errors.ts';
import { defaultRepositoryPaths, locationFolder, readSmallFile } from '../engine/index.ts';
import type { GlobalOptions } from './globalOptions.ts';

interface Choice {
  readonly options: GlobalOptions;
  readonly workingFolder: string;
}

/**
 * The location of the repository that the options name, or else the environment (RESTIC_REPOSITORY,
 * RESTIC_REPOSITORY_FILE); undefined for the default one. A folder comes out as an absolute path.
 * Throws `usage` if two are named in one place, or if `--repo` is empty.
 */
export function namedLocation({ options, workingFolder }: Choice): string | undefined {
  const { env } = process;
  if (options.repo === '') throw new CairnError('usage', '--repo is empty: say where the repository is.');
  const location =
    chooseOne('--repo', options.repo, '--repository-file', options.repositoryFile) ??
    chooseOne('RESTIC_REPOSITORY', env['RESTIC_REPOSITORY'], 'RESTIC_REPOSITORY_FILE', env['RESTIC_REPOSITORY_FILE']);
  return location === undefined ? undefined : (locationFolder(location, workingFolder) ?? location);
}

/** The folder in which the chosen repository lies, or undefined for storage of another kind. Absolute. */
export function chosenFolder(choice: Choice): string | undefined {
  const location = namedLocation(choice);
  return location === undefined ? defaultRepositoryPaths().repository : locationFolder(location, choice.workingFolder);
}

function chooseOne(
  name: string,
  location: string | undefined,
  fileName: string,
  file: string | undefined,
): string | undefined {
  if (location && file) throw new CairnError('usage', `${name} and ${fileName} are both given. Give one of them.`);
  if (location) return location;
  return file ? readLocation(file) : undefined;
}

function readLocation(file: string): string {
  let location: string;
  try {
    location = readSmallFile(file).toString('utf8').trim();
  } catch (cause) {
    throw new CairnError('usage', `The repository file ${file} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (location === '') throw new CairnError('usage', `The repository file ${file} is empty.`);
  return location;
}
