import { MAX_FILE_LENGTHS, type Backend } from '../../backend/backend.ts';
import { CairnError, errorCode, strikesEveryCall } from '../../base/errors.ts';
import { isDamage } from '../../repository/damage.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import type { CopiedType, StoredFile } from './replicaFiles.ts';

/** Files are held in memory whole. restic's packs have up to 128 MiB. Bytes. */
const MAX_COPIED = 512 * 1024 * 1024;

/** What people call the files of each type. */
const typeNames: Readonly<Record<CopiedType, string>> = {
  key: 'key file',
  snapshot: 'snapshot',
  index: 'index file',
  pack: 'pack',
};

/** A file for people: `pack 0123abcd`. */
export function fileText({ type, name }: Pick<StoredFile, 'type' | 'name'>): string {
  return `${typeNames[type]} ${name.slice(0, SHORT_ID_LENGTH)}`;
}

/**
 * The bytes of a file, proven to be what its name says. What is wrong is read once more before it is called damaged:
 * `repository-damaged`.
 */
export async function loadProven(backend: Backend, file: StoredFile, signal: AbortSignal | undefined): Promise<Buffer> {
  const { type, name, size } = file;
  const most = Math.min(MAX_FILE_LENGTHS[type], MAX_COPIED);
  if (size > most) throw damaged(backend, file, `has ${size} bytes, more than the ${most} that Cairn copies`);
  const load = () => backend.load({ type, name }, signal ? { signal } : {});
  let bytes = await load();
  if (sha256Hex(bytes) !== name) bytes = await load();
  if (sha256Hex(bytes) === name) return bytes;
  throw damaged(backend, file, 'does not have the content that its name stands for: it is damaged');
}

function damaged({ location }: Backend, file: StoredFile, what: string): CairnError {
  return new CairnError('repository-damaged', `The ${fileText(file)} in ${location} ${what}.`, {
    details: { type: file.type, name: file.name },
  });
}

/** Whether what failed is about one file of the storage only, so that others may still be read. */
export function isAboutOneFile(error: unknown): boolean {
  if (strikesEveryCall(error)) return false;
  const code = errorCode(error);
  return isDamage(code) || code === 'permission-denied' || code === 'storage-error';
}

/** Whether the storage forbids to remove or replace, as one does that only takes what is new. */
export function isForbidden(error: unknown): boolean {
  return !strikesEveryCall(error) && ['permission-denied', 'read-only'].includes(errorCode(error));
}
