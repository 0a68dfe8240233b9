/** POSIX access control lists, as Linux keeps them in extended attributes (acl(5), `linux/posix_acl_xattr.h`). */
import type { ExtendedAttribute } from './entryMetadata.ts';

export const ACCESS_ACL = 'system.posix_acl_access';
export const DEFAULT_ACL = 'system.posix_acl_default';

const VERSION = 2;
const HEADER_LENGTH = 4;
/** Bytes: tag, permissions, id. */
const ENTRY_LENGTH = 8;
const TAG = { user: 0x02, owningGroup: 0x04, group: 0x08, mask: 0x10 } as const;

/**
 * The mode for an entry whose list is not there: it gives nobody but the owner more than mode and list together do.
 * Where there is a list, the group's part of the mode is the list's mask, the most that anybody named in it can get,
 * and not what the group has. Undefined if there is no list.
 */
export function modeWithoutList(mode: number, attributes: readonly ExtendedAttribute[]): number | undefined {
  const list = attributes.find(({ name }) => name === ACCESS_ACL);
  if (!list) return undefined;
  const bytes = Buffer.from(list.value, 'base64');
  const isUnderstood =
    bytes.length >= HEADER_LENGTH &&
    (bytes.length - HEADER_LENGTH) % ENTRY_LENGTH === 0 &&
    bytes.readUInt32LE(0) === VERSION;
  if (!isUnderstood) return mode & ~0o077;
  let group = (mode >> 3) & 0o7;
  let other = mode & 0o7;
  const mask = group;
  for (let at = HEADER_LENGTH; at < bytes.length; at += ENTRY_LENGTH) {
    const tag = bytes.readUInt16LE(at);
    const permissions = bytes.readUInt16LE(at + 2);
    if (tag === TAG.owningGroup) group &= permissions;
    // Without the list they are members of the owning group, or others.
    if (tag === TAG.user) group &= permissions;
    if (tag === TAG.user || tag === TAG.group) other &= permissions & mask;
  }
  return (mode & ~0o077) | (group << 3) | other;
}
