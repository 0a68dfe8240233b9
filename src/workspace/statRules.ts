import { joinName } from '../disk/paths.ts';
import { readPlainFile } from '../disk/plainFile.ts';

/** A file that says of its folder that it is not to be backed up, if it begins with `header`. */
export interface FolderMarker {
  readonly name: string;
  readonly header: string;
}

/** What a look at an entry tells. */
export interface EntryFacts {
  readonly size: bigint;
  readonly dev: bigint;
}

/** What of a folder decides about its entries. */
interface FolderFacts {
  readonly isMountPoint?: boolean;
  readonly marker: FolderMarker | undefined;
}

interface StatRules {
  readonly maxFileSize: number;
  readonly device: bigint | undefined;
}

/** Bytes. */
const MAX_MARKER = 16 * 1024 * 1024;

/** What restic's options that are no patterns leave out, and why; nothing for an entry that they keep. */
export function leftOutByStats(
  rules: StatRules,
  { isMountPoint, marker }: FolderFacts,
  name: string,
  isFolder: boolean,
  { size, dev }: EntryFacts,
): { readonly reason: 'device' | 'marker' | 'size'; readonly detail: string } | undefined {
  // The folder in which something is mounted is kept, so that there is a place for it.
  const isElsewhere = rules.device !== undefined && dev !== rules.device && !isFolder;
  if (isMountPoint || isElsewhere) return { reason: 'device', detail: 'another file system' };
  if (marker && name !== marker.name) return { reason: 'marker', detail: marker.name };
  if (!isFolder && size > rules.maxFileSize)
    return { reason: 'size', detail: `larger than ${rules.maxFileSize} bytes` };
  return undefined;
}

/** The marker that a folder has, if it has one. */
export function markerIn(
  folder: string,
  has: (name: string) => boolean,
  markers: readonly FolderMarker[],
): FolderMarker | undefined {
  return markers.find(({ name, header }) => has(name) && beginsWith(joinName(folder, name), header));
}

/** As restic reads it: an empty header asks for nothing. */
function beginsWith(file: string, header: string): boolean {
  if (header === '') return true;
  const wanted = Buffer.from(header);
  return readPlainFile(file, MAX_MARKER, false)?.subarray(0, wanted.length).equals(wanted) ?? false;
}
