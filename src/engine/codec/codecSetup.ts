import type { MasterKeyData } from '../../repository/crypto/masterKey.ts';
import type { SharedIndex } from '../../repository/index/blobIndex.ts';

/** What a codec thread must know of the open repository. Plain data and shared memory. */
export interface CodecSetup {
  /** Where a thread that reads packs finds them: what `openBackend` takes. */
  readonly address: string;
  readonly masterKey: MasterKeyData;
  /** Format version; 1 is stored without compression. */
  readonly version: 1 | 2;
  readonly chunkerPolynomial: bigint;
  readonly index: SharedIndex;
}
