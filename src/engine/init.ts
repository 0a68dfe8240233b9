import type { Backend } from '../backend/backend.ts';
import type { KeyCost } from '../repository/crypto/keyFile.ts';
import { formatTime } from '../repository/format/time.ts';
import { createRepository, type Repository } from '../repository/repository.ts';
import { currentOwner } from './session.ts';

export interface InitOptions {
  readonly password: string;
  /** What guessing the password shall cost: `PERSON_KEY_COST`, or `RANDOM_PASSWORD_KEY_COST` for a random one. */
  readonly keyCost: KeyCost;
  /** Format version; 2 unless stated. */
  readonly version?: 1 | 2;
  /** That of another repository, to share content with it: the same files give the same ids in both. */
  readonly chunkerPolynomial?: bigint;
}

/** Makes an empty repository. Throws `repository-exists`. */
export async function initRepository(backend: Backend, options: InitOptions): Promise<Repository> {
  const { hostname, username } = currentOwner();
  return createRepository(backend, {
    password: options.password,
    keyCost: options.keyCost,
    owner: { hostname, username },
    created: formatTime(BigInt(Date.now()) * 1_000_000n),
    ...(options.version && { version: options.version }),
    ...(options.chunkerPolynomial !== undefined && { chunkerPolynomial: options.chunkerPolynomial }),
  });
}
