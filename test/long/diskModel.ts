/**
 * A folder as a disk holds it, with what a program did to it and has not made durable yet. After a power cut POSIX
 * promises of a file what was there at its last fsync, and of a folder the names at its own; of each later change
 * nobody knows whether it is there. A rename is there as a whole or not at all.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { DiskCall } from './diskPlan.ts';

/** A change of names. */
interface Naming {
  readonly sets: readonly { readonly folder: FolderNode; readonly name: string; readonly node: DiskNode | undefined }[];
  isDurable: boolean;
}

interface FileNode {
  readonly kind: 'file';
  durable: Buffer;
  /** Not durable yet: what was written, or (no data) the length it was cut to. */
  pending: { readonly position: number; readonly data: Buffer | undefined }[];
}

interface FolderNode {
  readonly kind: 'folder';
  /** As the program sees it. */
  readonly names: Map<string, DiskNode>;
  durable: Map<string, DiskNode>;
  pending: Naming[];
}

interface LinkNode {
  readonly kind: 'link';
  readonly target: string;
}

type DiskNode = FileNode | FolderNode | LinkNode;

/** Says of each change that is not durable whether the power cut let it be. */
export interface Survival {
  naming(): boolean;
  /** Of the content of a file: how much of it, or zeros in its place. */
  content(): 'none' | 'all' | 'half' | 'zeros';
}

/** What lies at a path after the cut: content, a link's target, or (null) a folder. */
export type CutDisk = Map<string, Buffer | { readonly link: string } | null>;

export class DiskModel {
  readonly #root: FolderNode;
  readonly #place: string;

  /** @param place an existing folder, which counts as durable with all that is in it. */
  constructor(place: string) {
    this.#place = place;
    this.#root = readFolder(place);
  }

  /** Does what the program did. */
  apply(call: DiskCall): void {
    const { name, path, from, position = 0 } = call;
    const data = call.data === undefined ? undefined : Buffer.from(call.data, 'base64');
    if (name === 'open' && call.opened === 'new') this.#name(path, newFile());
    else if (name === 'open' && call.opened === 'emptied')
      this.#file(path)?.pending.push({ position: 0, data: undefined });
    else if (name === 'write' || name === 'writev') this.#file(path)?.pending.push({ position, data });
    else if (name === 'ftruncate' || name === 'truncate') this.#file(path)?.pending.push({ position, data: undefined });
    else if (name === 'copyFile') this.#name(path, { ...newFile(), pending: [{ position: 0, data }] });
    else if (name === 'symlink') this.#name(path, { kind: 'link', target: data!.toString() });
    else if (name === 'link') this.#name(path, this.#find(from!));
    else if (name === 'mkdir') this.#name(path, { kind: 'folder', names: new Map(), durable: new Map(), pending: [] });
    else if (name === 'unlink' || name === 'rmdir') this.#name(path, undefined);
    else if (name === 'rename') this.#rename(from!, path);
    else if (name === 'fsync' || name === 'fdatasync') this.#sync(path);
  }

  /** What is there after a power cut. */
  cut(survival: Survival): CutDisk {
    const disk: CutDisk = new Map();
    const chosen = new Map<Naming, boolean>();
    const visit = (folder: FolderNode, path: string) => {
      for (const [name, node] of namesAfterCut(folder, survival, chosen)) {
        const full = path === '' ? name : `${path}/${name}`;
        if (node.kind === 'link') disk.set(full, { link: node.target });
        else if (node.kind === 'file') disk.set(full, contentAfterCut(node, survival));
        else {
          disk.set(full, null);
          visit(node, full);
        }
      }
    };
    visit(this.#root, '');
    return disk;
  }

  #rename(from: string, to: string): void {
    const node = this.#find(from);
    const [source, target] = [this.#parent(from), this.#parent(to)];
    if (!source || !target || !node) return;
    change({
      sets: [
        { ...source, node: undefined },
        { ...target, node },
      ],
      isDurable: false,
    });
  }

  #name(path: string, node: DiskNode | undefined): void {
    const parent = this.#parent(path);
    if (parent) change({ sets: [{ ...parent, node }], isDurable: false });
  }

  #sync(path: string): void {
    const node = this.#find(path);
    if (node?.kind === 'file') {
      node.durable = written(node.durable, node.pending);
      node.pending = [];
    } else if (node?.kind === 'folder') {
      for (const naming of node.pending) makeDurable(naming);
      node.pending = [];
    }
  }

  #file(path: string): FileNode | undefined {
    const node = this.#find(path);
    return node?.kind === 'file' ? node : undefined;
  }

  #find(path: string): DiskNode | undefined {
    if (path === this.#place) return this.#root;
    const parent = this.#parent(path);
    return parent?.folder.names.get(parent.name);
  }

  #parent(path: string): { folder: FolderNode; name: string } | undefined {
    const parts = relative(this.#place, path).split('/');
    const name = parts.pop()!;
    let folder = this.#root;
    for (const part of parts) {
      const next = folder.names.get(part);
      if (next?.kind !== 'folder') return undefined;
      folder = next;
    }
    return { folder, name };
  }
}

function newFile(): FileNode {
  return { kind: 'file', durable: Buffer.alloc(0), pending: [] };
}

function change(naming: Naming): void {
  for (const { folder, name, node } of naming.sets) set(folder.names, name, node);
  for (const folder of new Set(naming.sets.map((one) => one.folder))) folder.pending.push(naming);
}

/** One sync of a folder settles a rename in both. */
function makeDurable(naming: Naming): void {
  if (naming.isDurable) return;
  naming.isDurable = true;
  for (const { folder, name, node } of naming.sets) set(folder.durable, name, node);
}

function set(names: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

function namesAfterCut(folder: FolderNode, survival: Survival, chosen: Map<Naming, boolean>): Map<string, DiskNode> {
  const names = new Map(folder.durable);
  for (const naming of folder.pending) {
    if (naming.isDurable) continue;
    if (!chosen.has(naming)) chosen.set(naming, survival.naming());
    if (!chosen.get(naming)) continue;
    for (const one of naming.sets) if (one.folder === folder) set(names, one.name, one.node);
  }
  return names;
}

function contentAfterCut({ durable, pending }: FileNode, survival: Survival): Buffer {
  if (pending.length === 0) return durable;
  const whole = written(durable, pending);
  switch (survival.content()) {
    case 'none':
      return durable;
    case 'all':
      return whole;
    case 'half':
      return written(durable, pending.slice(0, Math.floor(pending.length / 2)));
    case 'zeros':
      return Buffer.concat([
        durable.subarray(0, whole.length),
        Buffer.alloc(Math.max(0, whole.length - durable.length)),
      ]);
  }
}

function written(content: Buffer, changes: FileNode['pending']): Buffer {
  let result = content;
  for (const { position, data } of changes) {
    const end = data === undefined ? position : Math.max(result.length, position + data.length);
    const next = Buffer.alloc(end);
    result.copy(next, 0, 0, Math.min(end, result.length));
    data?.copy(next, position);
    result = next;
  }
  return result;
}

function readFolder(path: string): FolderNode {
  const names = new Map<string, DiskNode>();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const full = join(path, entry.name);
    if (entry.isDirectory()) names.set(entry.name, readFolder(full));
    else if (entry.isSymbolicLink()) names.set(entry.name, { kind: 'link', target: readlinkSync(full) });
    else names.set(entry.name, { ...newFile(), durable: readFileSync(full) });
  }
  return { kind: 'folder', names, durable: new Map(names), pending: [] };
}

/** Lays what a power cut left into an empty folder. */
export function layOut(disk: CutDisk, place: string): void {
  for (const [path, entry] of disk) {
    const full = join(place, path);
    if (entry === null) mkdirSync(full);
    else if (Buffer.isBuffer(entry)) writeFileSync(full, entry, { mode: 0o600 });
    else symlinkSync(entry.link, full);
  }
}
