/** What a repository is made of, as restic's `cat` and `list` show it: for whoever looks into the format. */
import { CairnError, errorCode } from '../base/errors.ts';
import { masterKeyToJson } from '../repository/crypto/masterKey.ts';
import { keyFileToJson } from '../repository/crypto/keyFile.ts';
import { configToJson } from '../repository/format/config.ts';
import { indentJson } from '../repository/format/goJson.ts';
import { asId, isId, type BlobId, type BlobType, type IndexId, type KeyId } from '../repository/format/ids.ts';
import { snapshotToJson } from '../repository/format/snapshot.ts';
import { sha256Hex } from '../repository/hash.ts';
import { loadKeyFile } from '../repository/keys.ts';
import { lockFileToJson, parseLockFile } from '../repository/lockFile.ts';
import { lockStore } from '../repository/lockStore.ts';
import type { Repository } from '../repository/repository.ts';
import { findSnapshot, SHORT_ID_LENGTH, type SnapshotFilter } from '../repository/snapshots.ts';
import { withLock, withSession, type Session, type SessionOptions } from './session.ts';
import { resolveSnapshotPath } from './snapshotPath.ts';

/** What {@link readObject} reads, by restic's names. */
export const OBJECT_TYPES = [
  'config',
  'index',
  'snapshot',
  'key',
  'masterkey',
  'lock',
  'pack',
  'blob',
  'tree',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** What {@link listObjects} lists, by restic's names. */
export const LISTED_TYPES = ['blobs', 'packs', 'index', 'snapshots', 'keys', 'locks'] as const;
export type ListedObjects = (typeof LISTED_TYPES)[number];

export interface ReadObjectOptions extends SessionOptions {
  readonly type: ObjectType;
  /**
   * The full id; of a snapshot also the beginning of one or `latest`, and of a tree `SNAPSHOT` or `SNAPSHOT:FOLDER`.
   * Not needed for `config` and `masterkey`, of which there is one each.
   */
  readonly name?: string;
  /** For `latest`. */
  readonly filter?: SnapshotFilter;
  /** Hears, as a sentence, that a pack is not what its name says; it is returned all the same. */
  readonly onDamaged?: (message: string) => void;
}

/**
 * An object as restic's `cat` prints it: JSON in lines of its own, an index as it is stored, and packs, blobs and trees
 * byte for byte. Throws `usage` for a name that is none, `snapshot-not-found`, `ambiguous-id`, `path-not-in-snapshot`,
 * `file-not-found`, and what is damaged.
 */
export async function readObject(given: Repository, options: ReadObjectOptions): Promise<Uint8Array> {
  const { type, name, filter, onDamaged, ...session } = options;
  if (type === 'config') return locked(given, session, async ({ config }) => asLines(configToJson(config)));
  if (type === 'masterkey') return locked(given, session, async ({ masterKey }) => asLines(masterKeyToJson(masterKey)));
  if (name === undefined) throw new CairnError('usage', `Which ${type}? ${howToName(type)}`);
  if (type === 'tree') return withSession(given, session, (opened) => readTree(opened, name, filter));
  if (type === 'snapshot') {
    return locked(given, session, async (repository) =>
      asLines(snapshotToJson((await findSnapshot(repository, name, filter)).snapshot)),
    );
  }
  if (!isId(name)) throw new CairnError('usage', `"${name}" is no full id of 64 digits. ${howToName(type)}`);
  if (type === 'blob') return withSession(given, session, (opened) => readBlob(opened, asId<BlobId>(name)));
  return locked(given, session, (repository) => readFileOf(repository, type, name, onDamaged));
}

function locked<T>(
  given: Repository,
  options: SessionOptions,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  return withLock(given, options, async ({ repository, confirmed }) => {
    await confirmed;
    return work(repository);
  });
}

function howToName(type: Exclude<ObjectType, 'config' | 'masterkey'>): string {
  if (type === 'tree') return 'Give SNAPSHOT or SNAPSHOT:FOLDER.';
  return `"cairn list ${type === 'index' ? type : `${type}s`}" prints their ids.`;
}

function asLines(json: string): Uint8Array {
  return Buffer.from(`${indentJson(json)}\n`);
}

async function readTree(session: Session, name: string, filter: SnapshotFilter | undefined): Promise<Uint8Array> {
  const place = await resolveSnapshotPath(session, name, filter);
  if (place.tree !== undefined) return session.reader.load('tree', place.tree);
  throw new CairnError('refused', `"${place.path}" is no folder, so it has no tree. Name a folder.`);
}

async function readBlob({ repository, index, reader }: Session, id: BlobId): Promise<Uint8Array> {
  const type = (['data', 'tree'] as const).find((known) => index.isStored(known, id));
  if (type) return reader.load(type, id);
  throw notFound(repository, 'blob', id);
}

async function readFileOf(
  repository: Repository,
  type: 'index' | 'key' | 'lock' | 'pack',
  name: string,
  onDamaged: ((message: string) => void) | undefined,
): Promise<Uint8Array> {
  try {
    if (type === 'key') return asLines(keyFileToJson(await loadKeyFile(repository, asId<KeyId>(name))));
    if (type === 'lock') {
      return asLines(lockFileToJson(parseLockFile(await lockStore(repository).load(asId(name)))));
    }
    if (type === 'index') {
      return Buffer.concat([await repository.readFile('index', asId<IndexId>(name)), Buffer.from('\n')]);
    }
    const pack = await repository.backend.load({ type, name });
    if (sha256Hex(pack) !== name) {
      onDamaged?.(
        `The pack ${name.slice(0, SHORT_ID_LENGTH)} is damaged: it is not what its name says. "cairn verify --read-data" shows what that affects.`,
      );
    }
    return pack;
  } catch (error) {
    throw errorCode(error) === 'file-not-found' ? notFound(repository, type, name) : error;
  }
}

function notFound({ backend }: Repository, type: 'index' | 'key' | 'lock' | 'pack' | 'blob', name: string): CairnError {
  return new CairnError('file-not-found', `There is no ${type} ${name} in ${backend.location}. ${howToName(type)}`);
}

/** An entry of {@link listObjects}. */
export interface ListedObject {
  readonly id: string;
  /** Of blobs. */
  readonly type?: BlobType;
}

/** All objects of a type, in no order; blobs are those that the index lists, each place of one. Locks take no lock. */
export async function listObjects(
  given: Repository,
  type: ListedObjects,
  options: SessionOptions,
): Promise<Iterable<ListedObject>> {
  if (type === 'blobs') return withSession(given, options, async ({ index }) => index.entries());
  const file = fileTypes[type];
  const lock = file === 'lock' ? 'none' : options.lock;
  return locked(given, { ...options, lock }, async ({ backend }) =>
    (await backend.list(file)).map(({ name: id }) => ({ id })),
  );
}

const fileTypes = { packs: 'pack', index: 'index', snapshots: 'snapshot', keys: 'key', locks: 'lock' } as const;
