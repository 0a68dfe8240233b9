import type { Node } from '../../src/repository/format/node.ts';

/** A node as `restic ls --json` (0.14) prints it, for comparing. */
export function toResticNode(path: string, node: Node): Record<string, unknown> {
  return {
    name: node.name.toWellFormed(),
    type: node.type,
    path: path.toWellFormed(),
    uid: node.uid,
    gid: node.gid,
    ...(node.type === 'file' && { size: node.size ?? 0 }),
    ...(node.mode && { mode: node.mode, permissions: goPermissions(node.mode) }),
    ...(!node.mode && { permissions: goPermissions(0) }),
    mtime: node.mtime,
    atime: node.atime,
    ctime: node.ctime,
    struct_type: 'node',
  };
}

/** As Go prints a file mode: a letter for each flag from the top bit on, then the permissions. */
function goPermissions(mode: number): string {
  const flags = [...'dalTLDpSugct?'].filter((_, at) => (mode / 2 ** (31 - at)) & 1).join('');
  const permissions = [...'rwxrwxrwx'].map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-')).join('');
  return (flags || '-') + permissions;
}
