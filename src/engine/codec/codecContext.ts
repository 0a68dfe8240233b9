import type { Backend } from '../../backend/backend.ts';
import { withCache } from '../../backend/cache/withCache.ts';
import { openBackend } from '../../backend/openBackend.ts';
import type { TroubleListener } from '../../base/storageTrouble.ts';
import { Chunker, MAX_CHUNK_LENGTH } from '../../repository/chunker/chunker.ts';
import { masterKeyFromData } from '../../repository/crypto/masterKey.ts';
import { Sealer } from '../../repository/crypto/seal.ts';
import { BlobTable } from '../../repository/index/blobTable.ts';
import type { BlobKeys, BlobRooms } from '../../repository/pack/openBlob.ts';
import type { FinishedPack, PackBuilder } from '../../repository/pack/packBuilder.ts';
import type { ZstdContext } from '../../repository/zstd.ts';
import { createPackBuilder, createZstd } from './createPackBuilder.ts';
import { endWhenInterrupted } from './endWhenInterrupted.ts';
import type { CodecSetup, ReadSetup } from './codecSetup.ts';

/** What a codec thread has of the pool: a way to hand packs over, to get buffers, and to hear that it should stop. */
export interface CodecHost {
  takeBuffer(length: number): Buffer;
  give(pack: FinishedPack): void;
  /** True once the pool was interrupted: long jobs end early. */
  readonly isInterrupted: () => boolean;
  /** Hears of calls to the storage that failed and will be made again. */
  readonly onTrouble?: TroubleListener;
  /** True once the thread is needed for other things: files not read by then are given back. Never in a thread of the pool. */
  isTimeUp(): boolean;
}

/** What the jobs of one codec thread share, reused from job to job. */
export interface CodecContext {
  readonly setup: CodecSetup;
  /** The storage that packs are read from, opened once a thread, when it is needed first. */
  readonly storage: () => Backend;
  /** What opens the blobs in these packs. */
  readonly sourceKeys: BlobKeys;
  readonly sealer: Sealer;
  readonly zstd: ZstdContext;
  readonly host: CodecHost;
  readonly dataPacks: PackBuilder;
  readonly treePacks: PackBuilder;
  readonly chunker: Chunker;
  /** For what is needed only until the next blob or read: new memory for each would pile up as garbage. */
  readonly rooms: CodecRooms;
  /** Replaced when the index has grown. */
  table: BlobTable;
  /** Gives back what the storage needs. The context is of no use afterwards. */
  close(): Promise<void>;
}

export interface CodecRooms extends BlobRooms {
  /** For what is read of a pack at a time. */
  readonly read: Buffer;
}

/** Room for the largest blob, sealed or open. What is never used is never touched, and takes no memory. Bytes. */
const ROOM_LENGTH = MAX_CHUNK_LENGTH + 64 * 1024;

function openStorage({ storage, repositoryId }: ReadSetup, { onTrouble, isInterrupted }: CodecHost): Backend {
  // The person has had the first answer by now.
  const settings = { ...storage, access: { ...storage.access, isAwaited: false } };
  const backend = withCache(openBackend(settings, onTrouble && { onTrouble }), repositoryId);
  return endWhenInterrupted(backend, isInterrupted);
}

/** Called once a thread. */
export function createCodecContext(setup: CodecSetup, host: CodecHost): CodecContext {
  const sealer = new Sealer(masterKeyFromData(setup.masterKey));
  const { packing, version } = setup;
  const zstd = createZstd(packing);
  const takeBuffer = (length: number) => host.takeBuffer(length);
  const createBuilder = (isCompressed: boolean) =>
    createPackBuilder({ sealer, version, packing, zstd }, { isCompressed, takeBuffer });
  let storage: Backend | undefined;
  const source = setup.source ?? setup;
  return {
    setup,
    storage: () => (storage ??= openStorage(source, host)),
    close: async () => storage?.close(),
    sealer,
    sourceKeys: setup.source ? { sealer: new Sealer(masterKeyFromData(source.masterKey)), zstd } : { sealer, zstd },
    zstd,
    host,
    dataPacks: createBuilder(packing.compression !== 'off'),
    treePacks: createBuilder(true),
    chunker: new Chunker(setup.chunkerPolynomial),
    rooms: {
      stored: Buffer.allocUnsafeSlow(ROOM_LENGTH),
      plain: Buffer.allocUnsafeSlow(ROOM_LENGTH),
      read: Buffer.allocUnsafeSlow(ROOM_LENGTH),
    },
    table: new BlobTable(setup.index),
  };
}
