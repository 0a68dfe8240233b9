/** Bringing a repository to a newer version of the format, as restic's `migrate` does. */
import { CairnError, errorCode } from '../../base/errors.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { configToJson, parseConfig } from '../../repository/format/config.ts';
import type { Repository } from '../../repository/repository.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { withLock, type SessionOptions } from '../session.ts';
import { verify } from '../verify/verify.ts';

/** A migration, by restic's name. */
export interface Migration {
  readonly name: 'upgrade_repo_v2';
  readonly does: string;
}

/** All that are known. */
export const MIGRATIONS: readonly Migration[] = [
  { name: 'upgrade_repo_v2', does: 'upgrade a repository to version 2' },
];

/** Those that can be applied. */
export function availableMigrations({ config }: Repository): readonly Migration[] {
  return config.version === 1 ? MIGRATIONS : [];
}

export interface UpgradeOptions extends Omit<SessionOptions, 'lock'> {
  readonly onProgress?: ProgressListener;
}

/**
 * Makes a repository of version 1 one of version 2, under an exclusive lock and only if nothing in it is damaged. What
 * is there stays as it is, and what comes is compressed. The config is replaced at once, so that there is always one.
 * Throws `refused` for another version and for storage that cannot do that, `verification-failed`, `locked`, `aborted`.
 */
export async function upgradeRepository(
  given: Repository,
  openCodecs: OpenCodecs,
  options: UpgradeOptions,
): Promise<void> {
  await withLock(given, { ...options, lock: 'exclusive' }, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const { backend, config, sealer } = repository;
    const { location } = backend;
    if (config.version !== 1) {
      const message = `The repository ${location} has version ${config.version}; only one of version 1 can be upgraded.`;
      throw new CairnError('refused', message);
    }
    const { signal, onProgress } = options;
    const how = { noLock: true, ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const { errors } = (await verify(repository, openCodecs, how)).counts;
    if (errors > 0) {
      const message = `Something in ${location} is damaged, so it stays as it is. "cairn verify" shows what, and what to do.`;
      throw new CairnError('verification-failed', message);
    }
    await checkLock({ look: true });
    const handle = { type: 'config', name: '' } as const;
    const sealed = sealer.seal(Buffer.from(configToJson({ ...config, version: 2 })));
    try {
      await backend.save(handle, [sealed], { replaces: true });
    } catch (error) {
      if (errorCode(error) !== 'repository-exists') throw error;
      const message = `The storage of ${location} cannot put a new config in the place of the old one at once, and without one all would be lost. "restic migrate upgrade_repo_v2" does it in two steps: first copy the file "config" to a safe place.`;
      throw new CairnError('refused', message, { cause: error });
    }
    parseConfig(sealer.open(await backend.load(handle, { fresh: true })));
  });
}
