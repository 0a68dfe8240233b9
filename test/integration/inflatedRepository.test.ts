/** A repository may be made to exhaust memory: a few KiB that claim, or become, more than any file of theirs may be. */
import { truncateSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileType } from '../../src/backend/backend.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import {
  asId,
  type BlobId,
  type BlobType,
  type IndexId,
  type LockId,
  type SnapshotId,
} from '../../src/repository/format/ids.ts';
import { indexedPackToJson, indexFileToJson } from '../../src/repository/format/indexFile.ts';
import { parsePackHeader } from '../../src/repository/format/pack.ts';
import { blobId, sha256Hex } from '../../src/repository/hash.ts';
import { PackBuilder } from '../../src/repository/pack/packBuilder.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { saveSnapshot } from '../../src/repository/snapshots.ts';
import {
  createLocalRepository,
  openLocalRepository,
  repositoryFile,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const GIB = 2 ** 30;
const BLOCK_LENGTH = 128 * 1024;

/** A zstd frame (RFC 8878) of so many spaces: four bytes for each block of 128 KiB. */
function frameOf(length: number, isStated: boolean): Buffer {
  const header = Buffer.from('28b52ffd', 'hex');
  // Either the content has 8 bytes for its length, or the window is 8 MiB.
  const about = Buffer.alloc(isStated ? 9 : 2);
  about[0] = isStated ? 0xe0 : 0x00;
  if (isStated) about.writeBigUInt64LE(BigInt(length), 1);
  else about[1] = 0x68;
  const count = length / BLOCK_LENGTH;
  const blocks = Buffer.alloc(4 * count, 0x20);
  for (let at = 0; at < count; at++)
    blocks.writeUIntLE((BLOCK_LENGTH << 3) | 2 | (at === count - 1 ? 1 : 0), 4 * at, 3);
  return Buffer.concat([header, about, blocks]);
}

let folder: string;
let repository: Repository;

beforeEach(async () => {
  folder = join(tempFolder(), 'repository');
  repository = await createLocalRepository(folder);
});

/** Stores a blob of a GiB of spaces. */
async function storeInflated(type: BlobType): Promise<BlobId> {
  const { sealer, zstd, backend } = repository;
  const builder = new PackBuilder({ sealer, zstd, takeBuffer: (length) => Buffer.alloc(length) });
  const id = blobId(Buffer.from(type));
  builder.addStored(type, id, frameOf(GIB, true), GIB);
  const { id: name, bytes, header } = builder.finish();
  await backend.save({ type: 'pack', name }, [bytes]);
  expect(bytes.length).toBeLessThan(100_000);
  await repository.writeFile(
    'index',
    indexFileToJson([indexedPackToJson({ id: name, blobs: parsePackHeader(header) })]),
  );
  return id;
}

/** Stores what is in a file of this type, sealed, under its hash. */
async function storeSealed(type: FileType, content: Buffer): Promise<string> {
  const sealed = repository.sealer.seal(content);
  const name = sha256Hex(sealed);
  await repository.backend.save({ type, name }, [sealed]);
  return name;
}

/** Fails unless this takes little memory: the process held never more than some MiB above what it did before. */
async function expectFrugal<T>(work: () => Promise<T>): Promise<T> {
  const before = process.resourceUsage().maxRSS;
  const result = await work();
  expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(150);
  return result;
}

test.each(['key', 'config'] as const)('a %s file of a GiB is not read', async (type) => {
  const path = type === 'config' ? join(folder, 'config') : repositoryFile(folder, 'keys', repository.keyId);
  chmodSync(path, 0o600);
  truncateSync(path, GIB);
  const message = expect.stringMatching(/1073741824 bytes are more than the 65536 that it may have/) as string;
  await expectFrugal(() =>
    expect(openLocalRepository(folder)).rejects.toMatchObject({ code: 'repository-damaged', message }),
  );
});

// The last of these is unpacked up to its limit: nothing after it could show that it takes little memory.
describe('what would inflate to a GiB is not unpacked', () => {
  test.each<BlobType>(['tree', 'data'])('a %s blob', async (type) => {
    const id = await storeInflated(type);
    const { reader } = await unlockedSession(repository);
    const refusal = {
      code: 'repository-unsupported',
      message: expect.stringMatching(/is said to have 1073741824 bytes/) as string,
    };
    await expectFrugal(() => expect(reader.load(type, id)).rejects.toMatchObject(refusal));
    if (type === 'tree') {
      await saveSnapshot(repository, { time: new Date().toISOString(), tree: id, paths: ['/'], hostname: 'crafted' });
    }
    const { findings } = await expectFrugal(() => verify(repository, testCodecs(), { readData: true, noLock: true }));
    expect(findings.map(({ message }) => message).join()).toContain('is said to have 1073741824 bytes');
  });

  test.each([
    ['snapshot', true],
    ['snapshot', false],
    ['lock', true],
    ['lock', false],
    ['index', true],
    ['index', false],
  ] as const)('a file of type %s, its length stated: %s', async (type, isStated) => {
    // Without a statement it is unpacked up to what such a file may have.
    const length = isStated ? GIB : type === 'index' ? 600 * 2 ** 20 : 128 * 2 ** 20;
    const id = await storeSealed(type, Buffer.concat([Buffer.of(2), frameOf(length, isStated)]));
    const read = () => repository.readFile(type, asId<IndexId & LockId & SnapshotId>(id));
    const refused = () => expect(read()).rejects.toMatchObject({ code: 'repository-damaged' });
    await (type === 'index' && !isStated ? refused() : expectFrugal(refused));
  });
});
