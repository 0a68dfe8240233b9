import type { Repository } from '../../repository/repository.ts';
import { asId, type PackId } from '../../repository/format/ids.ts';
import type { IndexedPack } from '../../repository/format/indexFile.ts';
import { packFileSize, packHeaderToBytes } from '../../repository/format/pack.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import type { Damage } from './damage.ts';
import { countOf, type BlobKey, type Finding } from './findings.ts';

/** A pack that is there and can be read. */
export interface PackToRead {
  readonly id: PackId;
  /** Of the file. Bytes. */
  readonly size: number;
  /** The plain header that the pack must have, after the index. */
  readonly header: Uint8Array;
}

export interface PackCheck {
  readonly packs: readonly PackToRead[];
  /** Those of them that cannot be as the index says. */
  readonly suspects: ReadonlySet<PackId>;
  readonly unindexed: readonly { readonly id: PackId; readonly size: number }[];
  readonly findings: readonly Finding[];
}

/** Holds the index against the pack files, without reading any (format notes 10.3, step 2). */
export async function checkPacks(repository: Repository, index: BlobIndex, damage: Damage): Promise<PackCheck> {
  const files = new Map((await repository.backend.list('pack')).map(({ name, size }) => [asId<PackId>(name), size]));
  const packs: PackToRead[] = [];
  const suspects = new Set<PackId>();
  const findings: Finding[] = [];
  const mixed: PackId[] = [];
  for (const pack of index.packs()) {
    const size = files.get(pack.id);
    if (size === undefined) {
      damage.addMissingPack(pack.id);
      findings.push(missingFinding(pack));
      continue;
    }
    packs.push({ id: pack.id, size, header: packHeaderToBytes(pack.blobs) });
    const expected = packFileSize(pack.blobs);
    if (size !== expected || !isContiguous(pack)) {
      suspects.add(pack.id);
      findings.push(sizeFinding(pack, size, expected));
    }
    if (new Set(pack.blobs.map((blob) => blob.type)).size > 1) mixed.push(pack.id);
  }
  if (mixed.length > 0) findings.push(mixedFinding(mixed));
  const unindexed = [...files].filter(([id]) => !index.hasPack(id)).map(([id, size]) => ({ id, size }));
  if (unindexed.length > 0) findings.push(unindexedFinding(unindexed.map(({ id }) => id)));
  return { packs, suspects, unindexed, findings };
}

function isContiguous({ blobs }: IndexedPack): boolean {
  let end = 0;
  return blobs.every((blob) => {
    const follows = blob.offset === end;
    end += blob.length;
    return follows;
  });
}

function blobKeys({ blobs }: IndexedPack): BlobKey[] {
  return blobs.map(({ type, id }) => ({ type, id }));
}

function missingFinding(pack: IndexedPack): Finding {
  return {
    severity: 'error',
    kind: 'pack-missing',
    message: `The pack ${pack.id.slice(0, SHORT_ID_LENGTH)}, in which the index has ${countOf(pack.blobs.length, 'blob')}, is not there.`,
    files: [{ type: 'pack', name: pack.id }],
    blobs: blobKeys(pack),
  };
}

function sizeFinding(pack: IndexedPack, size: number, expected: number): Finding {
  const what =
    size === expected ? 'The index has gaps in' : `${size} bytes are there where the index says ${expected} of`;
  return {
    severity: 'error',
    kind: 'pack-size',
    message: `${what} the pack ${pack.id.slice(0, SHORT_ID_LENGTH)}.`,
    files: [{ type: 'pack', name: pack.id }],
  };
}

function mixedFinding(packs: readonly PackId[]): Finding {
  return {
    severity: 'hint',
    kind: 'pack-mixed',
    message: `${countOf(packs.length, 'pack')} hold both file content and folder lists, as very old versions of restic made them. "cairn prune" rewrites them.`,
    files: packs.map((name) => ({ type: 'pack', name })),
  };
}

function unindexedFinding(packs: readonly PackId[]): Finding {
  return {
    severity: 'hint',
    kind: 'pack-unindexed',
    message: `${countOf(packs.length, 'pack')} stand in no index file: left by something that was interrupted, or by a repair, or by a backup that is running. "cairn prune" removes what nobody needs.`,
    files: packs.map((name) => ({ type: 'pack', name })),
  };
}
