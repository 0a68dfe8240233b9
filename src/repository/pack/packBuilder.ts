import { freeMemory } from '../../base/freeMemory.ts';
import type { Sealer } from '../crypto/seal.ts';
import { asId, type BlobId, type BlobType, type PackId } from '../format/ids.ts';
import {
  MAX_PACK_ENTRIES,
  PACK_TRAILER_LENGTH,
  packHeaderToBytes,
  SEAL_OVERHEAD,
  type PackEntry,
} from '../format/pack.ts';
import { sha256Hex } from '../hash.ts';
import { compressBound, type ZstdContext } from '../zstd.ts';

/**
 * Packs are closed at this many bytes of blobs (format notes 4.2). Restic's least is 4 MiB and its usual 16:
 * each thread holds a pack in memory, and more files cost less than that.
 */
export const DEFAULT_PACK_TARGET = 6 * 1024 * 1024;
/** Room beyond the target: one more blob of the largest chunk, and a large header. */
const MARGIN = 12 * 1024 * 1024;

/** A complete pack in memory, ready to be stored under its id. */
export interface FinishedPack {
  readonly id: PackId;
  readonly bytes: Uint8Array;
  /** The plain header; `parsePackHeader` gives the entries. Compact, so that it crosses threads cheaply. */
  readonly header: Uint8Array;
}

export interface PackBuilderOptions {
  readonly sealer: Sealer;
  /** Absent: blobs are stored as they are (format version 1). */
  readonly zstd?: ZstdContext;
  readonly target?: number;
  /**
   * Bytes of memory with which a pack begins, which grows as needed: for packs that mostly stay small.
   * Unless stated, that of a full pack, so that nothing is ever copied.
   */
  readonly firstLength?: number;
  /** Gives a buffer of at least this many bytes; called once a pack, and each time that it grows. */
  readonly takeBuffer: (length: number) => Buffer;
}

/** Fills packs of one blob type: compresses, seals and lays blobs one after the other. */
export class PackBuilder {
  readonly #options: PackBuilderOptions;
  readonly #target: number;
  readonly #fullLength: number;
  #scratch = Buffer.alloc(0);
  #buffer: Buffer | undefined;
  #used = 0;
  #entries: PackEntry[] = [];

  constructor(options: PackBuilderOptions) {
    this.#options = options;
    this.#target = options.target ?? DEFAULT_PACK_TARGET;
    this.#fullLength = Math.max(this.#target, DEFAULT_PACK_TARGET) + MARGIN;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /**
   * Adds a blob and returns the packs that this completed (at most two: one that had no room left,
   * and the one that the blob filled), with the bytes that the sealed blob takes.
   */
  add(type: BlobType, id: BlobId, plain: Uint8Array): { packed: number; finished: FinishedPack[] } {
    return this.addStored(type, id, this.#compress(plain), this.#options.zstd ? plain.length : 0);
  }

  /**
   * As {@link add} for a blob as it is stored inside its seal: a zstd frame of `uncompressedLength` bytes,
   * or for 0 the plain blob itself.
   */
  addStored(
    type: BlobType,
    id: BlobId,
    stored: Uint8Array,
    uncompressedLength: number,
  ): { packed: number; finished: FinishedPack[] } {
    const finished: FinishedPack[] = [];
    const sealedLength = stored.length + SEAL_OVERHEAD;
    const reserve = sealedLength + this.#headerRoom(this.#entries.length + 1);
    this.#makeRoom(reserve, finished);
    this.#options.sealer.sealInto(stored, this.#buffer!, this.#used);
    this.#entries.push({ type, id, offset: this.#used, length: sealedLength, uncompressedLength });
    this.#used += sealedLength;
    if (this.#used >= this.#target || this.#entries.length >= MAX_PACK_ENTRIES) finished.push(this.finish());
    return { packed: sealedLength, finished };
  }

  /** Closes the pack at hand, whatever its size. Must not be called when it is empty. */
  finish(): FinishedPack {
    const buffer = this.#buffer!;
    const header = packHeaderToBytes(this.#entries);
    const headerLength = this.#options.sealer.sealInto(header, buffer, this.#used);
    const end = buffer.writeUInt32LE(headerLength, this.#used + headerLength);
    const bytes = buffer.subarray(0, end);
    this.#buffer = undefined;
    this.#used = 0;
    this.#entries = [];
    return { id: asId<PackId>(sha256Hex(bytes)), bytes, header };
  }

  /** Makes the buffer such that `reserve` more bytes fit, in a new pack if that one would be too large. */
  #makeRoom(reserve: number, finished: FinishedPack[]): void {
    const { takeBuffer, firstLength = this.#fullLength } = this.#options;
    const needed = this.#used + reserve;
    if (this.#buffer && needed > this.#buffer.length) {
      if (needed > this.#fullLength) finished.push(this.finish());
      else this.#grow(takeBuffer(Math.min(this.#fullLength, Math.max(needed, this.#buffer.length * 4))));
    }
    this.#buffer ??= takeBuffer(Math.max(firstLength, reserve));
  }

  #grow(larger: Buffer): void {
    const smaller = this.#buffer!;
    smaller.copy(larger, 0, 0, this.#used);
    freeMemory(smaller);
    this.#buffer = larger;
  }

  #headerRoom(entries: number): number {
    return entries * 41 + SEAL_OVERHEAD + PACK_TRAILER_LENGTH;
  }

  #compress(plain: Uint8Array): Uint8Array {
    const { zstd } = this.#options;
    if (!zstd || plain.length === 0) return plain;
    const bound = compressBound(plain.length);
    if (this.#scratch.length < bound) this.#scratch = Buffer.allocUnsafeSlow(bound);
    return this.#scratch.subarray(0, zstd.compress(plain, this.#scratch, 0));
  }
}
