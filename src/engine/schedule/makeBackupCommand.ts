import { hasSecret, parseLocation } from '../../base/location.ts';
import { posix, win32 } from 'node:path';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';

/** What a scheduled backup needs. */
export interface BackupJob {
  /** How cairn is started: program (absolute) and its first arguments. */
  readonly program: readonly string[];
  /** Absolute paths to back up. */
  readonly paths: readonly string[];
  /** In restic's location syntax; the default repository if both this and the file are absent. */
  readonly repository?: string;
  /** Absolute; a file that holds the location. */
  readonly repositoryFile?: string;
  /** Absolute. */
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  /** Further options of `cairn backup`, such as `--exclude` or `--keep-last`. */
  readonly options?: readonly string[];
}

/**
 * The command line of a scheduled backup. Throws `usage` if a path is not absolute or cannot stand
 * in a schedule, and `refused` if the job could not run by itself or would hold a secret.
 */
export function makeBackupCommand(job: BackupJob, platform: NodeJS.Platform): string[] {
  checkJob(job, platform);
  const command = [...job.program, 'backup', '--trigger', 'schedule'];
  if (job.repository !== undefined) command.push('--repo', job.repository);
  if (job.repositoryFile !== undefined) command.push('--repository-file', job.repositoryFile);
  if (job.passwordFile !== undefined) command.push('--password-file', job.passwordFile);
  if (job.passwordCommand !== undefined) command.push('--password-command', job.passwordCommand);
  command.push(...(job.options ?? []), ...job.paths);
  command.forEach(refuseUnwritable);
  return command;
}

function checkJob(job: BackupJob, platform: NodeJS.Platform): void {
  const { repository, repositoryFile, passwordFile, passwordCommand } = job;
  if (job.paths.length === 0) throw new CairnError('usage', 'Say which folders are to be backed up.');
  const files = [repositoryFile, passwordFile].filter((path) => path !== undefined);
  for (const path of [job.program[0] ?? '', ...job.paths, ...files]) {
    if (platform === 'win32' ? win32.isAbsolute(path) : posix.isAbsolute(path)) continue;
    throw new CairnError(
      'usage',
      `A schedule starts in no particular folder: give the full path of "${displayPath(path)}".`,
    );
  }
  const isDefault = repository === undefined && repositoryFile === undefined;
  if (!isDefault && passwordFile === undefined && passwordCommand === undefined) {
    throw new CairnError(
      'refused',
      'Nobody will be there to type the password: give --password-file or --password-command for this repository.',
    );
  }
  if (repository !== undefined && (/:\/\/[^/]*:[^/@]*@/.test(repository) || hasSecret(parseLocation(repository)))) {
    throw new CairnError(
      'refused',
      'The location of the repository contains a password, which a schedule would show to others on this machine. ' +
        'Write the location into a file that only you can read, and give --repository-file.',
    );
  }
}

/** Schedulers keep text: a name that is not UTF-8, or that has line breaks, would not come back as it was. */
function refuseUnwritable(argument: string): void {
  if (argument.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(argument)) return;
  throw new CairnError(
    'usage',
    `"${displayPath(argument)}" has characters that cannot stand in a schedule. Back up the folder above it instead.`,
  );
}
