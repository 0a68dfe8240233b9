import type { Sealer } from '../../repository/crypto/seal.ts';
import { PackBuilder, type PackBuilderOptions } from '../../repository/pack/packBuilder.ts';
import type { PackingOptions } from '../../repository/repository.ts';
import { BEST_LEVEL, ZstdContext } from '../../repository/zstd.ts';

/** What the packs of a repository have in common. */
interface Packing {
  readonly sealer: Sealer;
  /** Format version; 1 is stored without compression. */
  readonly version: 1 | 2;
  readonly packing: PackingOptions;
  readonly zstd: ZstdContext;
}

interface PackUse extends Pick<PackBuilderOptions, 'takeBuffer' | 'firstLength'> {
  /** Where the format can do so. */
  readonly isCompressed: boolean;
}

/** Fills packs as the format of a repository, and the options for it, say. */
export function createPackBuilder({ sealer, version, packing, zstd }: Packing, use: PackUse): PackBuilder {
  const { isCompressed, ...memory } = use;
  return new PackBuilder({
    sealer,
    ...(version === 2 && isCompressed && { zstd }),
    ...(packing.packTarget !== undefined && { target: packing.packTarget }),
    ...memory,
  });
}

/** Compresses contents as well as the options ask for. */
export function createZstd({ compression }: PackingOptions): ZstdContext {
  return new ZstdContext(compression === 'max' ? { level: BEST_LEVEL } : {});
}
