/**
 * What Cairn remembers of a replica, in the user's data folder: since when the source lacks files that the replica has.
 * It does not lie in the replica, since servers take nothing but a repository's own files. Who loses it loses nothing but
 * time: all delays begin anew.
 */
import envPaths from 'env-paths';
import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { makeFolder, writeDurably } from '../../disk/durableWrite.ts';
import { joinName } from '../../disk/paths.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { isId } from '../../repository/format/ids.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { goneKey, type GoneSince } from './goneFiles.ts';
import { removalOrder, type CopiedType } from './replicaFiles.ts';

/** What is known of one replica. */
export interface ReplicaRecord {
  readonly gone: GoneSince;
}

/** Which replica: the id of the repository, and the place of the replica for people. */
export interface ReplicaName {
  readonly repository: string;
  readonly location: string;
}

/** The folder of all records. */
export function replicaRecordFolder(): DiskPath {
  return joinName(envPaths('cairn', { suffix: '' }).data, 'replicas');
}

/** What is known of a replica; nothing if none was made there, and nothing gone if it cannot be read. */
export function readReplicaRecord(folder: DiskPath, name: ReplicaName): ReplicaRecord | undefined {
  let text: string;
  try {
    text = readSmallFile(recordFile(folder, name)).toString('utf8');
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? undefined : { gone: new Map() };
  }
  return { gone: parseGone(text) };
}

interface GoneGroup {
  /** RFC 3339. */
  readonly since: string;
  readonly files: Readonly<Record<CopiedType, readonly string[]>>;
}

function parseGone(text: string): Map<string, number> {
  const gone = new Map<string, number>();
  try {
    for (const { since, files } of (JSON.parse(text) as { gone: readonly GoneGroup[] }).gone) {
      const time = Date.parse(since);
      if (Number.isNaN(time)) continue;
      for (const type of removalOrder)
        for (const name of files[type]) if (isId(name)) gone.set(goneKey({ type, name }), time);
    }
  } catch {
    return new Map();
  }
  return gone;
}

/** Writes down what is known. Throws `storage-error`. */
export async function saveReplicaRecord(folder: DiskPath, name: ReplicaName, record: ReplicaRecord): Promise<void> {
  const file = recordFile(folder, name);
  const content = { version: 1, ...name, gone: groupByTime(record.gone) };
  try {
    await makeFolder(folder, 0o700);
    await writeDurably(file, [Buffer.from(`${JSON.stringify(content)}\n`)], { mode: 0o600, canReplace: true });
  } catch (cause) {
    const { message } = cause as Error;
    throw new CairnError(
      'storage-error',
      `The file ${file}, in which Cairn notes what it knows of the replica ${name.location}, cannot be written (${message}). What was copied is in the replica; nothing was removed from it.`,
      { cause, details: { file } },
    );
  }
}

function groupByTime(gone: GoneSince): GoneGroup[] {
  const groups = new Map<number, Record<CopiedType, string[]>>();
  for (const [key, since] of gone) {
    const [type, name] = key.split(' ') as [CopiedType, string];
    let files = groups.get(since);
    if (!files) groups.set(since, (files = { snapshot: [], index: [], pack: [], key: [] }));
    files[type].push(name);
  }
  return [...groups].map(([since, files]) => ({ since: new Date(since).toISOString(), files }));
}

function recordFile(folder: DiskPath, { repository, location }: ReplicaName): DiskPath {
  return joinName(folder, `${sha256Hex(`${repository}\n${location}`)}.json`);
}
