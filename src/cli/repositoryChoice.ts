import { CairnError } from '../base/errors.ts';
import { defaultRepositoryPaths, locationFolder, readSmallFile } from '../engine/index.ts';
import type { GlobalOptions } from './globalOptions.ts';

interface Choice {
  readonly options: GlobalOptions;
  readonly workingFolder: string;
}

/**
 * The location of the repository that the options name, or else the environment (RESTIC_REPOSITORY,
 * RESTIC_REPOSITORY_FILE, with FROM for a source); undefined for the default one. A folder comes out as an absolute path.
 * Throws `usage` if two are named in one place, or if `--repo` is empty.
 */
export function namedLocation({ options, workingFolder }: Choice): string | undefined {
  const { env } = process;
  const [option, variable] = options.isSource ? ['--from-', 'RESTIC_FROM_'] : ['--', 'RESTIC_'];
  if (options.repo === '') throw new CairnError('usage', `${option}repo is empty: say where the repository is.`);
  const inEnvironment = [`${variable}REPOSITORY`, `${variable}REPOSITORY_FILE`] as const;
  const location =
    chooseOne(`${option}repo`, options.repo, `${option}repository-file`, options.repositoryFile) ??
    chooseOne(inEnvironment[0], env[inEnvironment[0]], inEnvironment[1], env[inEnvironment[1]]);
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
