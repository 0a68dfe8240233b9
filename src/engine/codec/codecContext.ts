import { Chunker } from '../../repository/chunker/chunker.ts';
import { masterKeyFromData } from '../../repository/crypto/masterKey.ts';
import { initCrypto, Sealer } from '../../repository/crypto/seal.ts';
import { BlobTable } from '../../repository/index/blobIndex.ts';
import { PackBuilder, type FinishedPack } from '../../repository/pack/packBuilder.ts';
import { ZstdContext } from '../../repository/zstd.ts';
import type { CodecSetup } from './codecSetup.ts';

/** How a codec thread hands packs over and gets buffers for new ones. */
export interface PackExchange {
  takeBuffer(length: number): Buffer;
  give(pack: FinishedPack): void;
}

/** What the jobs of one codec thread share, reused from job to job. */
export interface CodecContext {
  readonly setup: CodecSetup;
  readonly sealer: Sealer;
  readonly zstd: ZstdContext;
  readonly exchange: PackExchange;
  readonly dataPacks: PackBuilder;
  readonly chunker: Chunker;
  /** Replaced when the index has grown. */
  table: BlobTable;
}

/** Called once a thread. */
export async function createCodecContext(setup: CodecSetup, exchange: PackExchange): Promise<CodecContext> {
  await initCrypto();
  const sealer = new Sealer(masterKeyFromData(setup.masterKey));
  const zstd = new ZstdContext();
  return {
    setup,
    sealer,
    zstd,
    exchange,
    dataPacks: new PackBuilder({
      sealer,
      ...(setup.version === 2 && { zstd }),
      takeBuffer: (length) => exchange.takeBuffer(length),
    }),
    chunker: new Chunker(setup.chunkerPolynomial),
    table: new BlobTable(setup.index),
  };
}
