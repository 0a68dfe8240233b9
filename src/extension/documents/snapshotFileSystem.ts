import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { encodeRaw } from '../../base/rawName.ts';
import type { RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import type { EntryRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { readOnDisk, statOnDisk, type DocumentRefusal } from './diskDocument.ts';
import { RecentCache } from './recentCache.ts';
import { nameToUri, parseSnapshotUri, SNAPSHOT_SCHEME, type SnapshotPlace } from './snapshotUri.ts';

/** Larger files are not opened: the editor would hold them in memory several times. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

/** So many entries and folders are remembered; they never change. */
const CACHED = 2_000;

/** What the engine is asked about an entry of a snapshot. */
interface EntryQuestion {
  readonly repository: RepositoryRef;
  readonly snapshot: string;
  readonly path: DiskPath;
}

/** Makes snapshots readable as `cairn:` documents (see `snapshotUri.ts`). */
export function registerSnapshotFileSystem(cairn: Cairn): vscode.Disposable {
  const isReadonly = new vscode.MarkdownString(vscode.l10n.t('This is part of a snapshot, which nothing can change.'));
  return vscode.workspace.registerFileSystemProvider(SNAPSHOT_SCHEME, new SnapshotFileSystem(cairn), {
    isReadonly,
    isCaseSensitive: true,
  });
}

class SnapshotFileSystem implements vscode.FileSystemProvider {
  readonly #cairn: Pick<Cairn, 'engine' | 'targets'>;
  readonly #stats = new RecentCache<vscode.FileStat>(CACHED);
  readonly #lists = new RecentCache<[string, vscode.FileType][]>(CACHED);
  // Snapshots never change.
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(cairn: Pick<Cairn, 'engine' | 'targets'>) {
    this.#cairn = cairn;
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#find(uri, async (place) => {
      if (place.kind === 'empty') return emptyFile;
      if (place.kind === 'disk') {
        const { mtimeMs, ctimeMs, size } = shown(await statOnDisk(place.path, foldersOfWorkspace()));
        return { ...emptyFile, mtime: mtimeMs, ctime: ctimeMs, size };
      }
      const key = uri.toString();
      const known = this.#stats.get(key);
      if (known) return known;
      const stat = statOf(await this.#cairn.engine.call('statEntry', await this.#ask(place)));
      this.#stats.set(key, stat);
      return stat;
    });
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#find(uri, async (place) => {
      if (place.kind !== 'entry') throw vscode.FileSystemError.FileNotADirectory(uri);
      const key = uri.toString();
      const known = this.#lists.get(key);
      if (known) return known;
      const entries = await this.#cairn.engine.call('listFolder', await this.#ask(place));
      const list = entries.map(({ name, type }): [string, vscode.FileType] => [nameToUri(name), fileTypes[type]]);
      this.#lists.set(key, list);
      return list;
    });
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#find(uri, async (place) => {
      if (place.kind === 'empty') return new Uint8Array();
      if (place.kind === 'disk') {
        return shown(await readOnDisk(place.path, foldersOfWorkspace(), MAX_FILE_BYTES));
      }
      const question = await this.#ask(place);
      const { type, size, linkTarget } = await this.#cairn.engine.call('statEntry', question);
      if (type === 'dir') throw vscode.FileSystemError.FileIsADirectory(uri);
      if (type === 'symlink') return encodeRaw(linkTarget ?? '');
      if (type !== 'file') return new Uint8Array();
      if (size > MAX_FILE_BYTES) throw vscode.FileSystemError.Unavailable(describeTooLarge());
      return this.#cairn.engine.call('readFile', { ...question, maxBytes: MAX_FILE_BYTES });
    });
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  /** The editor tells what is not there from what failed, by the class of the error. */
  async #find<T>(uri: vscode.Uri, look: (place: SnapshotPlace) => Promise<T>): Promise<T> {
    const place = parseSnapshotUri(uri);
    if (!place) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      return await look(place);
    } catch (error) {
      if (error instanceof vscode.FileSystemError) throw error;
      const isMissing = notThere.has(systemCode(error) ?? errorCode(error));
      if (isMissing) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  async #ask({ snapshot, path, target: id }: SnapshotPlace & { readonly kind: 'entry' }): Promise<EntryQuestion> {
    const { targets } = this.#cairn;
    const target = targets.find(id);
    if (!target) {
      throw vscode.FileSystemError.Unavailable(vscode.l10n.t('The target of this snapshot is not set up any more.'));
    }
    return { repository: await targets.repositoryRef(target, { ask: false }), snapshot, path };
  }
}

const notThere = new Set(['path-not-in-snapshot', 'snapshot-not-found', 'ENOENT', 'ENOTDIR']);

const emptyFile: vscode.FileStat = {
  type: vscode.FileType.File,
  ctime: 0,
  mtime: 0,
  size: 0,
  permissions: vscode.FilePermission.Readonly,
};

/** Links are not followed: their content is where they point to. */
const link = vscode.FileType.File | vscode.FileType.SymbolicLink;

const fileTypes: Readonly<Record<EntryRow['type'], vscode.FileType>> = {
  file: vscode.FileType.File,
  dir: vscode.FileType.Directory,
  symlink: link,
  dev: vscode.FileType.Unknown,
  chardev: vscode.FileType.Unknown,
  fifo: vscode.FileType.Unknown,
  socket: vscode.FileType.Unknown,
  irregular: vscode.FileType.Unknown,
};

function statOf({ type, size, mtime, ctime, linkTarget }: EntryRow): vscode.FileStat {
  return {
    type: fileTypes[type],
    ctime: Date.parse(ctime),
    mtime: Date.parse(mtime),
    size: type === 'symlink' ? encodeRaw(linkTarget ?? '').length : size,
    permissions: vscode.FilePermission.Readonly,
  };
}

function foldersOfWorkspace(): DiskPath[] {
  return workspaceFolders().map(({ uri }) => pathOf(uri));
}

/** Throws for a document that is not to be shown. */
function shown<T extends object>(found: T | DocumentRefusal): T {
  if (found === 'too-large') throw vscode.FileSystemError.Unavailable(describeTooLarge());
  if (found !== 'outside') return found;
  const message = vscode.l10n.t('Only files and links in the folders of the workspace are shown here.');
  throw vscode.FileSystemError.NoPermissions(message);
}

function describeTooLarge(): string {
  return vscode.l10n.t('The file is too large to be opened here. Restore it, or save a copy of it.');
}
