import { isGitData } from '../../base/gitData.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { joinPath } from '../../disk/paths.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Session } from '../session.ts';
import { treesAhead } from '../treesAhead.ts';
import { walkTree } from '../walkTree.ts';
import type { ChangeTally } from './alarm/changeTally.ts';
import { isInRoutineFolder, isRoutineFolder } from './alarm/fileKinds.ts';
import type { ChangedPlace } from './changedPlace.ts';
import type { OpenFolder } from './treeAssembler.ts';

/** With these, there is nothing any more; with any other failure it is not known what is there. */
const goneCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

interface GoneFolder {
  readonly path: DiskPath;
  readonly tree: BlobId;
  readonly isGit: boolean;
  readonly isRoutine: boolean;
}

/** Counts the files that the parent snapshot has and the backup does not find any more. */
export class RemovedFiles {
  readonly #unread = new Set<DiskPath>();
  /** Trees of folders that are gone, with all that was in them. */
  readonly #folders: GoneFolder[] = [];
  readonly #files = { all: 0, git: 0 };
  readonly #place: ChangedPlace;
  readonly #tally: ChangeTally;

  /** `place` hears where they were, `tally` of each of them. */
  constructor(place: ChangedPlace, tally: ChangeTally) {
    this.#place = place;
    this.#tally = tally;
  }

  /** Something could not be read: that does not mean that it was deleted. */
  noteProblem(path: DiskPath, code: string): void {
    if (!goneCodes.has(code)) this.#unread.add(path);
  }

  /** Compares a folder, all of whose entries are there, with what was recorded. */
  noteFolder({ path, nodes, recorded, isRoutine }: OpenFolder): void {
    if (path === undefined || !recorded || recorded.isFoundAgain) return;
    const present = new Map(nodes.flatMap((node) => (node ? [[node.name, node] as const] : [])));
    for (const [name, before] of recorded.nodes ?? []) {
      const now = present.get(name);
      if (before.type === 'dir') {
        const isThere = now && ('json' in now || now.type === 'dir');
        if (!isThere && before.subtree && !this.#isUnread(path, name))
          this.#noteGone(path, name, isRoutine, before.subtree);
      } else if (!now && before.type === 'file' && !this.#isUnread(path, name)) this.#noteGone(path, name, isRoutine);
    }
  }

  #noteGone(folder: DiskPath, name: string, isRoutine: boolean, tree?: BlobId): void {
    const isGit = isGitData(`${folder}/${name}/`);
    const path = joinPath(folder, name);
    // A repository that is gone whole, nothing brings back.
    if (tree)
      this.#folders.push({ path, tree, isGit, isRoutine: isRoutine || (name !== '.git' && isRoutineFolder(name)) });
    else {
      this.#files.all++;
      this.#tally.noteRemoved(path, isRoutine);
      if (isGitData(`${folder}/${name}`)) this.#files.git++;
      else this.#place.note(path);
    }
  }

  /** All of them, and those of git's own among them. Reads the lists of folders that are gone. */
  async count(
    session: Session,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly all: number; readonly git: number }> {
    const files = { ...this.#files };
    const options = { ...(signal && { signal }) };
    const trees = this.#folders.map(({ tree }) => tree);
    const reader = treesAhead(session, trees, options);
    for (const { path, tree, isGit, isRoutine } of this.#folders) {
      for await (const found of walkTree(reader, tree, options)) {
        if (found.kind !== 'entry' || found.node.type !== 'file') continue;
        files.all++;
        this.#tally.noteRemoved(joinPath(path, found.path.slice(1)), isRoutine || isInRoutineFolder(found.path));
        if (isGit || isGitData(found.path)) files.git++;
        else this.#place.note(path);
      }
    }
    return files;
  }

  #isUnread(folder: DiskPath, name: string): boolean {
    return this.#unread.size > 0 && this.#unread.has(joinPath(folder, name));
  }
}
