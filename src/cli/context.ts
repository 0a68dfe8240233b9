import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { openBackend } from '../backend/openBackend.ts';
import type { OpenCodecs } from '../engine/codec/codecPool.ts';
import { defaultRepositoryPaths, openDefaultRepository } from '../engine/defaultRepository.ts';
import type { SessionOptions } from '../engine/session.ts';
import { openRepository, requireRepository, type Repository } from '../repository/repository.ts';
import { codecPoolOpener } from '../worker/codecPool.ts';
import type { Output } from './output.ts';
import { readPassword } from './passwordSource.ts';

/** The options that every command has; commander fills them in. */
export interface GlobalOptions {
  readonly repo?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  readonly keyHint?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: number;
  readonly retryLock?: number;
}

/** What a command works with. */
export interface CommandContext {
  readonly options: GlobalOptions;
  readonly output: Output;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** At most so many threads work for one command; more do not make a disk faster. */
const MAX_THREADS = 4;

/** Where the person's repository is, or undefined for the default one. `--repo` reads RESTIC_REPOSITORY itself. */
export function namedRepository(options: GlobalOptions): string | undefined {
  return options.repo === '' ? undefined : options.repo;
}

/** Opens the named repository; without a name the default one, which is made at first use. */
export async function openNamedRepository({ options, output }: CommandContext): Promise<Repository> {
  const location = namedRepository(options);
  if (location === undefined) {
    const { repository, created } = await openDefaultRepository(defaultRepositoryPaths());
    if (created) output.note(`created the repository ${repository.backend.location}; its password is in the file beside it`);
    return repository;
  }
  const backend = openBackend(absoluteLocation(location));
  // A missing repository is told before anybody is asked for its password.
  await requireRepository(backend);
  const password = await readPassword(options);
  return openRepository(backend, { password, ...(options.keyHint !== undefined && { keyHint: options.keyHint }) });
}

/** How a command of this line locks the repository. */
export function sessionOptions({ options, signal }: CommandContext, lock: SessionOptions['lock']): SessionOptions {
  return { lock, signal, ...(options.retryLock !== undefined && { retryLockMs: options.retryLock * 60_000 }) };
}

/** A location of the local kind as an absolute path; others are left alone. */
export function absoluteLocation(location: string): string {
  const path = location.startsWith('local:') ? location.slice('local:'.length) : location;
  return /^[a-z0-9]{2,}:/i.test(path) ? path : resolve(path);
}

/** The codec threads of the command line: one a core, since the person waits. */
export function commandLineCodecs(): OpenCodecs {
  return codecPoolOpener({
    threadFile: join(__dirname, 'codec.js'),
    size: Math.min(MAX_THREADS, Math.max(1, availableParallelism())),
  });
}
