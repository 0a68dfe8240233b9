import { modeToStat, type Node } from '../engine/index.ts';
import { formatBytes, formatLocalTime } from './format.ts';

/** An entry of a snapshot with restic's field names; the path may hold bytes as `base/rawName.ts` has them. */
export function nodeToData(path: string, node: Node): object {
  return {
    name: node.name,
    type: typeName(node),
    path,
    uid: node.uid,
    gid: node.gid,
    ...(node.user !== undefined && { user: node.user }),
    ...(node.group !== undefined && { group: node.group }),
    ...(node.type === 'file' && { size: node.size ?? 0 }),
    mode: node.mode,
    permissions: goPermissions(node),
    mtime: node.mtime,
    atime: node.atime,
    ctime: node.ctime,
    ...(node.inode !== undefined && { inode: node.inode }),
    ...(node.linkTarget !== undefined && { linktarget: node.linkTarget }),
  };
}

/** An entry that `find` found: as it stands in the repository, but for what says where its content is. */
export function matchToData(path: string, node: Node): object {
  return {
    path,
    permissions: goPermissions(node),
    name: node.name,
    type: typeName(node),
    mode: node.mode,
    mtime: node.mtime,
    atime: node.atime,
    ctime: node.ctime,
    uid: node.uid,
    gid: node.gid,
    ...(node.user !== undefined && { user: node.user }),
    ...(node.group !== undefined && { group: node.group }),
    ...(node.inode !== undefined && { inode: node.inode }),
    ...(node.deviceId !== undefined && { device_id: node.deviceId }),
    ...(node.size !== undefined && { size: node.size }),
    ...(node.links !== undefined && { links: node.links }),
    ...(node.linkTarget !== undefined && { linktarget: node.linkTarget }),
    ...(node.device !== undefined && { device: node.device }),
    ...(node.extendedAttributes && { extended_attributes: node.extendedAttributes }),
    ...(node.genericAttributes && { generic_attributes: node.genericAttributes }),
  };
}

/** Of an irregular entry, what the repository says. */
function typeName({ type, foreign }: Node): string {
  const recorded = foreign?.['type'];
  return typeof recorded === 'string' ? recorded : type;
}

/** An entry as `ls -l` shows it. */
export function longLine(path: string, node: Node): string {
  const user = (node.user ?? String(node.uid)).padEnd(8);
  const group = (node.group ?? String(node.gid)).padEnd(8);
  const size = (node.type === 'file' ? formatBytes(node.size ?? 0) : '').padStart(10);
  const target = node.linkTarget === undefined ? '' : ` -> ${node.linkTarget}`;
  return `${permissions(node)} ${user} ${group} ${size} ${formatLocalTime(node.mtime)} ${path}${target}`;
}

const typeLetters = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  dev: 'b',
  chardev: 'c',
  fifo: 'p',
  socket: 's',
  irregular: '?',
};

const goLetters: Readonly<Record<string, string>> = {
  file: '',
  dir: 'd',
  symlink: 'L',
  dev: 'D',
  chardev: 'Dc',
  fifo: 'p',
  socket: 'S',
  irregular: '?',
};

/** As Go, and so restic, writes modes: letters in front for the type and for special bits. */
function goPermissions({ type, mode }: Node): string {
  const bits = modeToStat(mode);
  const special = (bits & 0o4000 ? 'u' : '') + (bits & 0o2000 ? 'g' : '');
  const letters = (type === 'chardev' ? `D${special}c` : goLetters[type] + special) + (bits & 0o1000 ? 't' : '');
  const permissionBits = [...'rwxrwxrwx'].map((letter, at) => (bits & (0o400 >> at) ? letter : '-')).join('');
  return (letters || '-') + permissionBits;
}

/** `drwxr-sr-x`. */
function permissions({ type, mode }: Node): string {
  const bits = modeToStat(mode);
  const triple = (shift: number, special: number, letter: string) => {
    const [read, write, execute] = [4, 2, 1].map((bit) => ((bits >> shift) & bit) !== 0);
    const last = bits & special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
    return `${read ? 'r' : '-'}${write ? 'w' : '-'}${last}`;
  };
  return typeLetters[type] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't');
}
