import type { StorageSettings } from '../../base/storageAccess.ts';
import type { MasterKeyData } from '../../repository/crypto/masterKey.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { SharedIndex } from '../../repository/index/blobTable.ts';
import type { Repository } from '../../repository/repository.ts';

/** What a codec thread must know of the open repository. Plain data and shared memory. */
export interface CodecSetup {
  /** Where a thread that reads packs finds them. */
  readonly storage: StorageSettings;
  /** What is kept of it on this machine is kept under this. */
  readonly repositoryId: string;
  readonly masterKey: MasterKeyData;
  /** Format version; 1 is stored without compression. */
  readonly version: 1 | 2;
  readonly chunkerPolynomial: bigint;
  readonly index: SharedIndex;
}

/** What threads must know to work for a session. */
export function codecSetupOf({ repository, index }: { repository: Repository; index: BlobIndex }): CodecSetup {
  return {
    storage: repository.backend.settings,
    repositoryId: repository.config.id,
    masterKey: repository.masterKey,
    version: repository.config.version,
    chunkerPolynomial: repository.config.chunkerPolynomial,
    index: index.shared,
  };
}
