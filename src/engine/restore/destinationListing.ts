import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { systemCode } from '../../base/systemCode.ts';
import type { PathBelow } from '../../base/pathKinds.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import type { ListedEntry } from '../../disk/folders.ts';
import { foldName, whyNotHere } from '../../disk/names.ts';
import { statIfThere } from '../../disk/stats.ts';
import { joinPath } from '../../disk/paths.ts';
import { diskPathOf } from '../../disk/treePaths.ts';
import { isSafeNodeName } from '../../repository/format/tree.ts';
import type { Node } from '../../repository/format/node.ts';
import { isAllDrives, type DraftFolder, type PlanDraft } from './planDraft.ts';

/** What a folder of the destination has, by the snapshot's names. */
export interface DestinationListing {
  /** Each with the name that it is listed by. */
  readonly present: ReadonlyMap<PathBelow, PathBelow>;
  /** What the snapshot does not have. */
  readonly extra: readonly ListedEntry[];
}

const nothing: DestinationListing = { present: new Map(), extra: [] };

/**
 * What is in the destination's folder, beside the snapshot's `nodes`. On file systems that do not tell
 * upper from lower case, an entry may answer to a name that differs from the one it is listed by.
 */
export function listDestination(draft: PlanDraft, folder: DraftFolder, nodes: readonly Node[]): DestinationListing {
  if (!folder.exists) return nothing;
  if (isAllDrives(folder)) return { present: byThemselves(nodes.filter(({ name }) => isDriveThere(name))), extra: [] };
  const listed = listIfAllowed(draft, folder);
  if (!listed) {
    const isThere = ({ name }: Node) => isUsable(name) && draft.stat(folder, name) !== undefined;
    return { present: byThemselves(nodes.filter(isThere)), extra: [] };
  }
  const present = byThemselves(listed);
  const wanted = new Set(nodes.map((node) => node.name));
  const extra = new Map(listed.filter((entry) => !wanted.has(entry.name)).map((entry) => [entry.name, entry]));
  if (extra.size > 0) {
    const variants = new Map([...extra.keys()].map((name) => [foldName(name), name]));
    for (const { name } of nodes) {
      const variant = present.has(name) ? undefined : variants.get(foldName(name));
      if (variant === undefined || !isUsable(name) || !draft.stat(folder, name)) continue;
      present.set(name, variant);
      extra.delete(variant);
    }
  }
  return { present, extra: [...extra.values()] };
}

function byThemselves(entries: readonly { readonly name: PathBelow }[]): Map<PathBelow, PathBelow> {
  return new Map(entries.map(({ name }) => [name, name]));
}

function isDriveThere(name: PathBelow): boolean {
  const drive = diskPathOf([name]);
  return drive !== undefined && statIfThere(toFsPath(drive)) !== undefined;
}

/** Undefined for a folder that may be passed through but not listed, as `/home` on some systems. */
function listIfAllowed(draft: PlanDraft, folder: DraftFolder): readonly ListedEntry[] | undefined {
  try {
    return draft.list(folder.place);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code === 'EACCES') return undefined;
    const path = displayPath(joinPath(folder.place.root, folder.place.path));
    const message = `${path} cannot be listed (${code}). Check that drive and restore again, or restore to another folder.`;
    throw new CairnError('storage-error', message, { details: { path, reason: code }, cause: error });
  }
}

/** False for a name that must not reach this disk. */
function isUsable(name: string): boolean {
  return isSafeNodeName(name) && whyNotHere(name) === undefined;
}
