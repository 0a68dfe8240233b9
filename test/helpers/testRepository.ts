import { compareRaw } from '../../src/base/rawName.ts';
import type { Session } from '../../src/engine/session.ts';
import type { BlobId, BlobType } from '../../src/repository/format/ids.ts';
import type { Node } from '../../src/repository/format/node.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { treeToJson } from '../../src/repository/format/tree.ts';
import { blobId } from '../../src/repository/hash.ts';
import { BlobIndex } from '../../src/repository/index/blobIndex.ts';
import { PackBuilder } from '../../src/repository/pack/packBuilder.ts';
import { PackSaver } from '../../src/repository/pack/packSaver.ts';
import { createRepository, type Repository } from '../../src/repository/repository.ts';
import { saveSnapshot, type StoredSnapshot } from '../../src/repository/snapshots.ts';
import { MemoryBackend } from './memoryBackend.ts';
import { TEST_PASSWORD } from './restic.ts';
import { sessionOf } from './session.ts';

/** A folder as a literal: `{ 'a.txt': 'content', sub: { b: file(['chunk', 'chunk'], { mode: 0o600 }) }, l: link('a.txt') }`. */
export interface FolderLiteral {
  readonly [name: string]: string | EntryLiteral | FolderLiteral;
}

class EntryLiteral {
  readonly fields: Partial<Node>;
  readonly chunks: readonly string[] | undefined;
  readonly folder: FolderLiteral | undefined;

  constructor(fields: Partial<Node>, chunks?: readonly string[], folder?: FolderLiteral) {
    this.fields = fields;
    this.chunks = chunks;
    this.folder = folder;
  }
}

/** A file of these chunks. */
export function file(content: string | readonly string[], fields: Partial<Node> = {}): EntryLiteral {
  return new EntryLiteral({ type: 'file', links: 1, ...fields }, typeof content === 'string' ? [content] : content);
}

export function link(linkTarget: string): EntryLiteral {
  return new EntryLiteral({ type: 'symlink', linkTarget });
}

/** A folder with fields of its own; a plain literal has the usual ones. */
export function folder(content: FolderLiteral, fields: Partial<Node> = {}): EntryLiteral {
  return new EntryLiteral({ type: 'dir', ...fields }, undefined, content);
}

/** An entry with nothing but these fields. */
export function other(fields: Partial<Node>): EntryLiteral {
  return new EntryLiteral(fields);
}

/** When every entry was modified, unless a literal says otherwise. */
const TEST_TIME = '2024-05-06T07:08:09.123456789Z';

/** A repository in memory, made of literals. */
export interface TestRepository {
  readonly backend: MemoryBackend;
  readonly repository: Repository;
  /** One minute apart, unless `fields` has a time. */
  addSnapshot(tree: FolderLiteral, fields?: Partial<Snapshot>): Promise<StoredSnapshot>;
  openSession(): Promise<Session>;
}

export async function createTestRepository(version: 1 | 2 = 2): Promise<TestRepository> {
  const backend = new MemoryBackend();
  const repository = await createRepository(backend, {
    password: TEST_PASSWORD,
    keyCost: { N: 2, r: 8, p: 1 },
    owner: { hostname: 'test-host', username: 'tester' },
    created: TEST_TIME,
    version,
  });
  const index = new BlobIndex(1024);
  let count = 0;
  const addSnapshot: TestRepository['addSnapshot'] = async (tree, fields = {}) => {
    const writer = new Writer(repository, index);
    const snapshot: Snapshot = {
      time: `2024-06-01T${String(Math.floor(count / 60)).padStart(2, '0')}:${String(count++ % 60).padStart(2, '0')}:00Z`,
      tree: writer.addFolder(tree),
      paths: ['/work'],
      hostname: 'test-host',
      ...fields,
    };
    await writer.flush();
    return { id: await saveSnapshot(repository, snapshot), snapshot };
  };
  return { backend, repository, addSnapshot, openSession: () => sessionOf(repository) };
}

class Writer {
  readonly #index: BlobIndex;
  readonly #saver: PackSaver;
  readonly #builders: Record<BlobType, PackBuilder>;

  constructor(repository: Repository, index: BlobIndex) {
    this.#index = index;
    this.#saver = new PackSaver(repository, index);
    const options = {
      sealer: repository.sealer,
      ...(repository.config.version === 2 && { zstd: repository.zstd }),
      target: 64 * 1024,
      takeBuffer: (length: number) => Buffer.alloc(length),
    };
    this.#builders = { data: new PackBuilder(options), tree: new PackBuilder(options) };
  }

  addFolder(literal: FolderLiteral): BlobId {
    const names = Object.keys(literal).sort(compareRaw);
    return this.#add('tree', treeToJson(names.map((name) => this.#node(name, literal[name]!))));
  }

  async flush(): Promise<void> {
    for (const builder of Object.values(this.#builders)) {
      if (!builder.isEmpty) await this.#saver.submit(builder.finish());
    }
    await this.#saver.flush();
  }

  #node(name: string, literal: FolderLiteral[string]): Node {
    if (typeof literal === 'string') return this.#node(name, file(literal));
    if (!(literal instanceof EntryLiteral)) return this.#node(name, folder(literal));
    const size = literal.chunks?.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
    return {
      name,
      type: 'file',
      mode: 0o644,
      mtime: TEST_TIME,
      atime: TEST_TIME,
      ctime: TEST_TIME,
      uid: 0,
      gid: 0,
      ...(size && { size }),
      ...(literal.folder && { subtree: this.addFolder(literal.folder) }),
      content: literal.chunks?.map((chunk) => this.#add('data', Buffer.from(chunk))) ?? null,
      ...literal.fields,
    };
  }

  #add(type: BlobType, plain: Buffer): BlobId {
    const id = blobId(plain);
    if (this.#index.reserve(type, id) === 'known') return id;
    this.#index.ensureRoom(1024);
    for (const pack of this.#builders[type].add(type, id, plain).finished) void this.#saver.submit(pack);
    return id;
  }
}
