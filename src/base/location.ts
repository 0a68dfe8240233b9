/**
 * How restic writes places that are not folders. Anything else before a colon is a part of a folder's name, as
 * for restic; a single letter is a drive of Windows.
 */
const otherScheme = /^(sftp|s3|rest|rclone|b2|azure|gs|swift|https?|ssh|ftp|webdavs?):/i;

/** What a location in restic's syntax names. */
export type Location =
  /** A folder, as it was written: it may be relative, or empty. */
  { readonly folder: string; readonly scheme?: never } | { readonly scheme: string; readonly folder?: never };

/** Reads a location in restic's syntax: a folder, with or without `local:` in front, or storage of another kind. */
export function parseLocation(location: string): Location {
  if (location.startsWith('local:')) return { folder: location.slice('local:'.length) };
  const scheme = otherScheme.exec(location)?.[1]?.toLowerCase();
  return scheme === undefined ? { folder: location } : { scheme };
}
