import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { contextKeys } from '../contributions.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { parentFolder } from '../diskPaths.ts';
import { setContext } from '../setContext.ts';

/** What it takes to undo a restore; kept in the state of the workspace, so it outlives the window. */
export interface UndoRecord {
  /** Id of the target that has the safety snapshots. */
  readonly target: string;
  /** What was restored, for people. */
  readonly what: string;
  readonly gitFolders: boolean;
  readonly parts: readonly {
    /** URI of the workspace folder. */
    readonly folder: string;
    readonly safety: SnapshotRow;
    /** As in a restore. */
    readonly paths: readonly DiskPath[];
  }[];
}

const KEY = 'restore.undo';

/** The record of the last restore of this workspace. */
export class UndoStore {
  readonly #state: vscode.Memento;

  constructor({ context }: Pick<Cairn, 'context'>) {
    this.#state = context.workspaceState;
    this.#tell();
  }

  get record(): UndoRecord | undefined {
    return this.#state.get<UndoRecord>(KEY);
  }

  async set(record: UndoRecord | undefined): Promise<void> {
    await this.#state.update(KEY, record);
    this.#tell();
  }

  #tell(): void {
    setContext(contextKeys.canUndoRestore, this.record !== undefined);
  }
}

/** What an undo must look at: of a path that is not there yet, the topmost folder that a restore would make. */
export async function undoPaths(folder: DiskPath, paths: readonly DiskPath[]): Promise<DiskPath[]> {
  // Many files of a few folders may have been chosen.
  const known = new Map<DiskPath, Promise<boolean>>();
  const isKnown = (path: DiskPath) => {
    if (!known.has(path)) known.set(path, isThere(path));
    return known.get(path)!;
  };
  return [...new Set(await Promise.all(paths.map((path) => topmostNew(folder, path, isKnown))))];
}

async function topmostNew(folder: DiskPath, path: DiskPath, isKnown: (path: DiskPath) => Promise<boolean>) {
  for (let top = path; ;) {
    const above = parentFolder(top);
    const isTop = above === top || isSamePlace(top, folder) || isSamePlace(above, folder);
    if (isTop || (await isKnown(above))) return top;
    top = above;
  }
}

async function isThere(path: DiskPath): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(path));
    return true;
  } catch {
    return false;
  }
}
