/**
 * What stands in snapshots has addresses of its own, `cairn://SNAPSHOT/PATH?TARGET`: the id of the snapshot,
 * the path of the file on the disk, so that its icon and its language are found, and the id of the target,
 * empty for the default repository.
 *
 * Two authorities are no snapshots: `empty` has an empty document at every path, for the side of a comparison
 * that is not there; `disk` has what is on the disk and the editor cannot open: symbolic links, which it would
 * follow, and files whose names are not UTF-8.
 */

import type { DiskPath } from '../../base/pathKinds.ts';
import { isWindowsPath } from '../../base/samePlace.ts';
import { pathOf } from '../diskPaths.ts';

/** Of all documents of Cairn. */
export const SNAPSHOT_SCHEME = 'cairn';

const EMPTY = 'empty';
const DISK = 'disk';

/** The parts of an address, as `vscode.Uri.from` takes them and a `vscode.Uri` has them. */
export interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/** What an address leads to. Paths are as in `base/rawName.ts`. */
export type SnapshotPlace =
  | { readonly kind: 'entry'; readonly snapshot: string; readonly path: DiskPath; readonly target: string }
  | { readonly kind: 'empty'; readonly path: DiskPath }
  | { readonly kind: 'disk'; readonly path: DiskPath };

/** The address of an entry of a snapshot. `snapshot` is the whole id, `path` is absolute on the disk. */
export function snapshotUri(snapshot: string, path: DiskPath, target: string): UriParts {
  return { scheme: SNAPSHOT_SCHEME, authority: snapshot, path: pathToUri(path), query: target };
}

/** An empty document in the name of a file that is not there. */
export function emptyUri(path: DiskPath): UriParts {
  return { scheme: SNAPSHOT_SCHEME, authority: EMPTY, path: pathToUri(path), query: '' };
}

/** A document with the content of a file on the disk, or with what a link there points to. */
export function diskUri(path: DiskPath): UriParts {
  return { scheme: SNAPSHOT_SCHEME, authority: DISK, path: pathToUri(path), query: '' };
}

/** The inverse of the others; undefined for what is no address of a document of Cairn. */
export function parseSnapshotUri({ scheme, authority, path, query }: UriParts): SnapshotPlace | undefined {
  if (scheme !== SNAPSHOT_SCHEME) return undefined;
  const onDisk = pathFromUri(path);
  if (authority === EMPTY) return { kind: 'empty', path: onDisk };
  if (authority === DISK) return { kind: 'disk', path: onDisk };
  const isId = /^[0-9a-f]{64}$/.test(authority);
  return isId ? { kind: 'entry', snapshot: authority, path: onDisk, target: targetOf(query) } : undefined;
}

/** Viewers of pictures add a `version=…` of their own. */
function targetOf(query: string): string {
  return query.split('&').find((part) => !part.includes('=')) ?? '';
}

const ESCAPE = '\ufffd';

/**
 * An absolute path as it stands in an address, with the names in it as {@link nameToUri} has them: `/C:/…` of a
 * drive, `//server/share/…` of a share.
 */
export function pathToUri(path: DiskPath): string {
  if (!isWindowsPath(path)) return nameToUri(path);
  const slashed = nameToUri(path.replaceAll('\\', '/'));
  return slashed.startsWith('/') ? slashed : `/${slashed}`;
}

/**
 * A name as it stands in an address, which cannot hold the lone surrogates of names that are not UTF-8: each
 * becomes U+FFFD and the two digits of its byte, and U+FFFD itself is followed by `00`.
 */
export function nameToUri(name: string): string {
  return name.replace(/[\ufffd\ud800-\udfff]/gu, (char) => ESCAPE + digitsOf(char));
}

/** The inverse of {@link pathToUri}. The editor may have written the letter of a drive in lower case. */
export function pathFromUri(path: string): DiskPath {
  const unescaped = path.replace(/\ufffd(00|[89a-f][0-9a-f])/g, (_, digits: string) =>
    digits === '00' ? ESCAPE : String.fromCharCode(0xdc00 + parseInt(digits, 16)),
  );
  if (unescaped.startsWith('//')) return unescaped.replaceAll('/', '\\');
  if (!/^\/[A-Za-z]:\//.test(unescaped)) return unescaped;
  return pathOf({ fsPath: unescaped.slice(1).replaceAll('/', '\\') });
}

/** A surrogate that stands for no byte never comes out of a backup; it is shown as what it is, an unknown sign. */
function digitsOf(char: string): string {
  const code = char.charCodeAt(0);
  return code >= 0xdc80 && code <= 0xdcff ? (code - 0xdc00).toString(16) : '00';
}
