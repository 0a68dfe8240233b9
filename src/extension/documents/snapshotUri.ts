/**
 * What stands in snapshots has addresses of its own, `cairn://SNAPSHOT/PATH?TARGET`: the id of the snapshot,
 * the path of the file on the disk, so that its icon and its language are found, and the id of the target,
 * empty for the default repository.
 *
 * Two authorities are no snapshots: `empty` has an empty document at every path, for the side of a comparison
 * that is not there; `disk` has what is on the disk and the editor cannot open: symbolic links, which it would
 * follow, and files whose names are not UTF-8.
 */

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
  | { readonly kind: 'entry'; readonly snapshot: string; readonly path: string; readonly target: string }
  | { readonly kind: 'empty'; readonly path: string }
  | { readonly kind: 'disk'; readonly path: string };

/** The address of an entry of a snapshot. `snapshot` is the whole id, `path` is absolute on the disk. */
export function snapshotUri(snapshot: string, path: string, target: string): UriParts {
  return { scheme: SNAPSHOT_SCHEME, authority: snapshot, path: pathToUri(path), query: target };
}

/** An empty document in the name of a file that is not there. */
export function emptyUri(path: string): UriParts {
  return { scheme: SNAPSHOT_SCHEME, authority: EMPTY, path: pathToUri(path), query: '' };
}

/** A document with the content of a file on the disk, or with what a link there points to. */
export function diskUri(path: string): UriParts {
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

/** An absolute path as it stands in an address, with the names in it as {@link nameToUri} has them. */
export function pathToUri(path: string): string {
  return nameToUri(/^[A-Za-z]:[\\/]/.test(path) ? `/${path.replaceAll('\\', '/')}` : path);
}

/**
 * A name as it stands in an address, which cannot hold the lone surrogates of names that are not UTF-8: each
 * becomes U+FFFD and the two digits of its byte, and U+FFFD itself is followed by `00`.
 */
export function nameToUri(name: string): string {
  return name.replace(/[\ufffd\ud800-\udfff]/gu, (char) => ESCAPE + digitsOf(char));
}

/** The inverse of {@link pathToUri}; a path of Windows comes back with slashes, which Windows takes, too. */
export function pathFromUri(path: string): string {
  const unescaped = path.replace(/\ufffd(00|[89a-f][0-9a-f])/g, (_, digits: string) =>
    digits === '00' ? ESCAPE : String.fromCharCode(0xdc00 + parseInt(digits, 16)),
  );
  return unescaped.replace(/^\/(?=[A-Za-z]:\/)/, '');
}

/** A surrogate that stands for no byte never comes out of a backup; it is shown as what it is, an unknown sign. */
function digitsOf(char: string): string {
  const code = char.charCodeAt(0);
  return code >= 0xdc80 && code <= 0xdcff ? (code - 0xdc00).toString(16) : '00';
}
