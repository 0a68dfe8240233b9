import type { StorageSettings } from '../../base/storageAccess.ts';
import type { MasterKeyData } from '../../repository/crypto/masterKey.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { SharedIndex } from '../../repository/index/blobTable.ts';
import type { PackingOptions, Repository } from '../../repository/repository.ts';

/** A repository that threads read. */
export interface ReadSetup {
  readonly storage: StorageSettings;
  /** What is kept of it on this machine is kept under this. */
  readonly repositoryId: string;
  readonly masterKey: MasterKeyData;
}

/** What a codec thread must know of the open repository. Plain data and shared memory. */
export interface CodecSetup extends ReadSetup {
  /** Packs are read in this one, where it is another. */
  readonly source?: ReadSetup;
  /** So many packs may be on their way to the storage at the same time, of all threads. */
  readonly packsAway: number;
  /** Format version; 1 is stored without compression. */
  readonly version: 1 | 2;
  readonly packing: PackingOptions;
  readonly chunkerPolynomial: bigint;
  readonly index: SharedIndex;
}

/** What threads must know to work for a session. */
export function codecSetupOf({ repository, index }: { repository: Repository; index: BlobIndex }): CodecSetup {
  const { settings, properties } = repository.backend;
  return {
    storage: settings,
    repositoryId: repository.config.id,
    packsAway: properties.isFar ? properties.connections : 1,
    masterKey: repository.masterKey,
    version: repository.config.version,
    packing: repository.packing,
    chunkerPolynomial: repository.config.chunkerPolynomial,
    index: index.shared,
  };
}
