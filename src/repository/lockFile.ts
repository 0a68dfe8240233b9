import { MAX_FILE_LENGTHS } from '../backend/backend.ts';
import type { ProcessIdentity } from '../disk/processIdentity.ts';
import { goJson } from './format/goJson.ts';
import { parseTimeToParts } from './format/time.ts';
import {
  decodeJson,
  parseJson,
  readCount,
  readObject,
  readString,
  readTime,
  wrongType,
  type Place,
} from './format/untrustedJson.ts';

/** The content of a lock file (format notes 9). */
export interface LockFile {
  /** When it was written, RFC 3339. */
  readonly time: string;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Who holds it, as far as that can be proved. In locks of Cairn only; restic passes over it. */
  readonly process?: ProcessIdentity;
}

/** A lock that is older than this is left behind, whoever held it. Milliseconds, format notes 9. */
export const STALE_AGE = 30 * 60_000;

/** Lock files have some 500 bytes. */
export const MAX_LOCK_BYTES = MAX_FILE_LENGTHS.lock;

const maxUint32 = 2 ** 32 - 1;

/** The JSON of a lock file: restic's fields in restic's order, our own last. */
export function lockFileToJson(lock: LockFile): string {
  return goJson({
    time: lock.time,
    exclusive: lock.exclusive,
    hostname: lock.hostname,
    username: lock.username,
    pid: lock.pid,
    uid: lock.uid || undefined,
    gid: lock.gid || undefined,
    cairn: lock.process,
  });
}

/** The lock in the JSON of its file. Throws `repository-damaged` or `repository-unsupported`. */
export function parseLockFile(bytes: Uint8Array): LockFile {
  const place: Place = { what: 'A lock of the repository' };
  const fields = readObject(parseJson(decodeJson(bytes, MAX_LOCK_BYTES, place), place), 'its content', place);
  const process = parseIdentity(fields['cairn']);
  const time = readTime(fields['time'], 'time', place);
  parseTimeToParts(time);
  return {
    time,
    exclusive: readBoolean(fields['exclusive'], 'exclusive', place),
    hostname: readString(fields['hostname'], 'hostname', place),
    username: readString(fields['username'], 'username', place),
    pid: readCount(fields['pid'], 'pid', place),
    uid: readCount(fields['uid'], 'uid', place, maxUint32),
    gid: readCount(fields['gid'], 'gid', place, maxUint32),
    ...(process && { process }),
  };
}

function readBoolean(value: unknown, field: string, place: Place): boolean {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null) return false;
  throw wrongType(value, field, 'true or false', place);
}

/** What a later version may write here in another form proves nothing, but does not make the lock unreadable. */
function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { platform, hostname, pid, machine, boot, pidNamespace, startTime, startedAt, thread } = value as Record<
    string,
    unknown
  >;
  if (typeof platform !== 'string' || typeof hostname !== 'string' || typeof pid !== 'number') return undefined;
  return {
    platform,
    hostname,
    pid,
    ...(typeof machine === 'string' && { machine }),
    ...(typeof boot === 'string' && { boot }),
    ...(typeof pidNamespace === 'string' && { pidNamespace }),
    ...(typeof startTime === 'string' && { startTime }),
    ...(typeof startedAt === 'number' && { startedAt }),
    ...(typeof thread === 'number' && { thread }),
  };
}
