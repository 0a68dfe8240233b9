/**
 * On which disk a place is, so that two places can be told to lie on one. Linux says so in `/sys`: of a partition, of
 * what LVM, LUKS and RAID lay over disks, and of an image that is mounted. Elsewhere a volume stands for its disk.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DiskPath } from '../base/pathKinds.ts';
import { listNames } from './folders.ts';
import { toFsPath } from './fsPath.ts';
import { resolveLinks } from './paths.ts';
import { readSmallFile } from './smallFile.ts';
import { stat, statExact, statIfThere } from './stats.ts';
import { isLinux, isWindows } from './system.ts';

/** Where the system tells of its devices. */
export interface DeviceFolders {
  readonly sys: string;
  readonly proc: string;
}

const usual: DeviceFolders = { sys: '/sys', proc: '/proc' };

/** So many devices may lie over each other: more are a circle. */
const DEEPEST = 16;

/** Types of file systems that lie on another machine. */
const networkTypes =
  /^(nfs4?|cifs|smb3|smbfs|ncpfs|afs|ceph|glusterfs|lustre|davfs|fuse\.(sshfs|rclone|davfs2?|s3fs|glusterfs|ceph|smbnetfs))$/;

/**
 * The disks of a place, or of the nearest folder above it that exists: several for what spans them. The same text means
 * the same disk, or the same machine for a drive of the network. Nothing where that is not known: memory, what another
 * machine passes on to this one, and layers of containers. Throws nothing.
 */
export function disksOfPlace(path: DiskPath, folders: DeviceFolders = usual): readonly string[] | undefined {
  return disksBelow(path, folders, 0);
}

function disksBelow(path: DiskPath, folders: DeviceFolders, depth: number): readonly string[] | undefined {
  try {
    const existing = nearestExisting(path);
    if (isLinux || folders !== usual) return linuxDisks(existing, folders, depth);
    const share = isWindows ? /^\\\\(?:\?\\UNC\\)?([^\\/]+)/.exec(existing)?.[1] : undefined;
    return [share === undefined ? `volume:${statExact(toFsPath(existing)).dev}` : hostId(share)];
  } catch {
    return undefined;
  }
}

/** How a machine of the network is called among disks. */
export function hostId(host: string): string {
  return `host:${host.toLowerCase()}`;
}

function nearestExisting(path: DiskPath): DiskPath {
  if (statIfThere(toFsPath(path))) return path;
  const parent = dirname(path);
  return parent === path ? path : nearestExisting(parent);
}

function linuxDisks(path: DiskPath, folders: DeviceFolders, depth: number): readonly string[] | undefined {
  const number = deviceName(statExact(toFsPath(path)).dev);
  const ids = number.startsWith('0:') ? undefined : disksOf(join(folders.sys, 'dev/block', number), folders, depth);
  return ids ?? disksOfMount(resolveLinks(path), number, folders);
}

/** `major:minor`, as the C library takes a number apart. */
export function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn & 0xffffffffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

/** The disks under a block device, by its folder in `/sys`. */
function disksOf(place: string, folders: DeviceFolders, depth: number): readonly string[] | undefined {
  if (depth > DEEPEST || !statIfThere(toFsPath(place))) return undefined;
  const found = realpathSync(place);
  const device = statIfThere(toFsPath(join(found, 'partition'))) ? dirname(found) : found;
  const image = readText(join(device, 'loop/backing_file'));
  if (image !== undefined) return disksBelow(image, folders, depth + 1);
  const under = namesIn(join(device, 'slaves'));
  if (under.length > 0) {
    const all = under.map((name) => disksOf(join(device, 'slaves', name), folders, depth + 1));
    return all.includes(undefined) ? undefined : [...new Set(all.flatMap((ids) => ids!))].sort();
  }
  if (/^z?ram\d/.test(basename(device))) return undefined;
  const names = ['wwid', 'device/wwid', 'device/serial', 'serial', 'device/cid'];
  const own = names.map((name) => readText(join(device, name))).find((text) => text !== undefined);
  return [`disk:${own ?? basename(device)}`];
}

/** What the table of mounts says of a place that has no device of its own. */
function disksOfMount(path: DiskPath, number: string, folders: DeviceFolders): readonly string[] | undefined {
  const mounts = (readText(join(folders.proc, 'self/mountinfo')) ?? '').split('\n').flatMap(parseMount);
  const isAbove = ({ at }: Mount) => at === path || path.startsWith(at.endsWith('/') ? at : `${at}/`);
  const above = mounts.filter(isAbove);
  const own = above.filter((mount) => mount.number === number);
  // The last of those that lie over each other is the one that is seen.
  const mount = longest(own.length > 0 ? own : above);
  if (!mount) return undefined;
  const { type, source } = mount;
  if (networkTypes.test(type)) return [hostId(hostIn(source))];
  if (type === 'zfs') return [`zfs:${source.split('/')[0]}`];
  if (!source.startsWith('/dev/')) return undefined;
  const device = deviceName(BigInt(stat(toFsPath(source)).rdev));
  return disksOf(join(folders.sys, 'dev/block', device), folders, 0);
}

interface Mount {
  readonly number: string;
  readonly at: string;
  readonly type: string;
  readonly source: string;
}

/** A line of `mountinfo`; see proc(5). */
function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , number, , at] = before.split(' ');
  const [type, source] = after.split(' ');
  if (number === undefined || at === undefined || type === undefined || source === undefined) return [];
  return [{ number, at: unescape(at), type, source: unescape(source) }];
}

function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function longest(mounts: readonly Mount[]): Mount | undefined {
  return mounts.reduce<Mount | undefined>(
    (best, mount) => (best && best.at.length > mount.at.length ? best : mount),
    undefined,
  );
}

/** The machine in `nas:/export`, `//nas/share` or `me@nas:folder`. */
function hostIn(source: string): string {
  return /^\/\/([^/]+)/.exec(source)?.[1] ?? /^(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+):/.exec(source)?.[1] ?? source;
}

function readText(path: string): string | undefined {
  try {
    return readSmallFile(path).toString('utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return listNames(toFsPath(folder));
  } catch {
    return [];
  }
}
