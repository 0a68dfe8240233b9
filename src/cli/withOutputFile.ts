import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { CairnError } from '../base/errors.ts';
import { displayPath } from '../base/rawName.ts';
import { toFsPath } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { resolvePath } from './resolvePath.ts';

/**
 * Gives `work` a stream into a file beside the one that is named, whose place it takes when all is written; what is not
 * whole is removed. Throws `storage-error` if that file cannot be made or written.
 */
export async function withOutputFile<T>(
  { workingFolder }: CommandContext,
  path: string,
  work: (file: Writable) => Promise<T>,
): Promise<T> {
  const target = resolvePath(workingFolder, path);
  const temporary = toFsPath(`${target}.${process.pid}.tmp`);
  const file = createWriteStream(temporary, { flags: 'wx', flush: true });
  const failed = once(file, 'error').then(([cause]) => {
    const message = `${displayPath(path)} cannot be written: ${(cause as Error).message}. Name another file with --target.`;
    throw new CairnError('storage-error', message, { cause });
  });
  failed.catch(() => {});
  try {
    const result = await Promise.race([work(file), failed]);
    file.end();
    await Promise.race([once(file, 'close'), failed]);
    await rename(temporary, toFsPath(target));
    return result;
  } catch (error) {
    file.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}
