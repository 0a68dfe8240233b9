import { execFile } from 'node:child_process';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { splitWords } from '../../base/splitWords.ts';

/** Milliseconds: it reads one file. */
const TIMEOUT = 10_000;

/**
 * The remotes of rclone's configuration, without the colon. `missing`: there is no such program. Nothing is known where
 * it fails, as when its configuration has a password.
 */
export function listRemotes(
  { environment, options }: Pick<StorageAccess, 'environment' | 'options'>,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | 'missing' | undefined> {
  const [program = 'rclone', ...first] = splitWords(options['rclone.program'] ?? 'rclone', '-o rclone.program');
  const settings = { env: { ...environment }, timeout: TIMEOUT, windowsHide: true, ...(signal && { signal }) };
  return new Promise((resolve) => {
    const child = execFile(program, [...first, 'listremotes'], settings, (error, stdout) => {
      if (error) resolve((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : undefined);
      else resolve(stdout.split(/\r?\n/).flatMap((line) => /^(.+):\s*$/.exec(line)?.[1] ?? []));
    });
    child.stdin?.end();
  });
}
