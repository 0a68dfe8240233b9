import type { BlobId, BlobType, PackId } from '../../src/repository/format/ids.ts';
import { indexedPackToJson, indexFileToJson } from '../../src/repository/format/indexFile.ts';
import type { Node } from '../../src/repository/format/node.ts';
import { parsePackHeader, type PackEntry } from '../../src/repository/format/pack.ts';
import { nodeToJson } from '../../src/repository/format/tree.ts';
import { blobId } from '../../src/repository/hash.ts';
import { PackBuilder } from '../../src/repository/pack/packBuilder.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { saveSnapshot } from '../../src/repository/snapshots.ts';
import { createLocalRepository } from './localRepository.ts';

/** A node of which only what matters is given. */
export type PartialNode = Partial<Node> & { readonly name: string };

/** Makes repositories that no honest program would make. */
export class Craft {
  readonly repository: Repository;

  constructor(repository: Repository) {
    this.repository = repository;
  }

  /** In a folder that does not exist yet. */
  static async create(folder: string): Promise<Craft> {
    return new Craft(await createLocalRepository(folder));
  }

  /** Stores a blob in a pack of its own; `lie` changes what the index says about it. */
  async blob(type: BlobType, plain: Buffer, lie?: (entry: PackEntry) => PackEntry): Promise<BlobId> {
    const id = blobId(plain);
    await this.pack(type, [plain], lie);
    return id;
  }

  /** Stores blobs together in one pack. */
  async pack(type: BlobType, plains: readonly Buffer[], lie = (entry: PackEntry) => entry): Promise<PackId> {
    const { sealer, zstd, backend } = this.repository;
    const builder = new PackBuilder({ sealer, zstd, takeBuffer: (length) => Buffer.alloc(length) });
    for (const plain of plains) builder.add(type, blobId(plain), plain);
    const { id, bytes, header } = builder.finish();
    await backend.save({ type: 'pack', name: id }, [bytes]);
    const blobs = parsePackHeader(header).map(lie);
    await this.repository.writeFile('index', indexFileToJson([indexedPackToJson({ id, blobs })]));
    return id;
  }

  /** A file with this content. */
  async file(name: string, content: string, fields: Partial<Node> = {}): Promise<PartialNode> {
    const id = await this.blob('data', Buffer.from(content));
    return { name, type: 'file', size: Buffer.byteLength(content), content: [id], ...fields };
  }

  async folder(name: string, nodes: readonly PartialNode[]): Promise<PartialNode> {
    return { name, type: 'dir', mode: 2 ** 31 + 0o755, subtree: await this.tree(nodes) };
  }

  /** A tree of these nodes, in this order, whatever they are. */
  tree(nodes: readonly PartialNode[]): Promise<BlobId> {
    const time = '2024-05-06T07:08:09Z';
    const filled = nodes.map((node): Node => {
      const usual = { type: 'file', mode: 0o644, mtime: time, atime: time, ctime: time, uid: 0, gid: 0, content: null };
      return { ...usual, ...node } as Node;
    });
    return this.blob('tree', Buffer.from(`{"nodes":[${filled.map(nodeToJson).join(',')}]}\n`));
  }

  /** A snapshot of `/work`, which has these entries. */
  async snapshot(nodes: readonly PartialNode[], paths = ['/work']): Promise<void> {
    const tree = await this.tree([await this.folder('work', nodes)]);
    await saveSnapshot(this.repository, { time: new Date().toISOString(), tree, paths, hostname: 'crafted' });
  }
}
