import { CairnError } from '../base/errors.ts';
import { findObjects, placesOf, type FoundObject, type Session } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { EXIT_DONE, EXIT_FAILED } from './exitCodes.ts';
import { formatLocalTime } from './format.ts';
import { snapshotFilter, type FilterOptions } from './snapshotFilters.ts';
import { shortId } from './snapshotText.ts';

/** What `find` takes for ids in place of patterns. */
export interface FindObjectsOptions extends FilterOptions {
  readonly snapshot?: string[];
  readonly blob?: boolean;
  readonly tree?: boolean;
  readonly pack?: boolean;
  readonly showPackId?: boolean;
  readonly reverse?: boolean;
}

/** What the ids are of; nothing if patterns were given. Throws `usage` for several kinds. */
export function objectKind({ blob, tree, pack }: FindObjectsOptions): 'blob' | 'tree' | 'pack' | undefined {
  const kinds = [blob && 'blob', tree && 'tree', pack && 'pack'].filter(Boolean) as ('blob' | 'tree' | 'pack')[];
  if (kinds.length > 1) throw new CairnError('usage', 'Give one of --blob, --tree and --pack.');
  return kinds[0];
}

/** `find --blob`, `--tree` and `--pack`: prints who needs them, as restic does. */
export async function runFindObjects(
  context: CommandContext,
  options: FindObjectsOptions,
  session: Session,
  kind: 'blob' | 'tree' | 'pack',
  names: readonly string[],
): Promise<number> {
  const { output, signal } = context;
  let exitCode = EXIT_DONE;
  const search = {
    kind,
    names,
    filter: snapshotFilter(context, options),
    signal,
    ...(options.snapshot && { snapshots: options.snapshot }),
    ...(options.reverse && { isReverse: true }),
    onProblem: ({ path, code, message }: { path: string; code: string; message: string }) => {
      exitCode = EXIT_FAILED;
      output.warn(message, { item: path, code });
    },
  };
  for await (const object of findObjects(session, search)) {
    if (output.json) output.item(toData(object));
    else for (const line of describe(object, options.showPackId ? session : undefined)) output.line(line);
  }
  if (output.json) output.endItems();
  return exitCode;
}

function toData({ type, id, path, parentTree, stored }: FoundObject): object {
  return {
    object_type: type === 'tree' ? 'tree' : 'blob',
    id,
    path,
    ...(parentTree !== undefined && { parent_tree: parentTree }),
    snapshot: stored.id,
    time: stored.snapshot.time,
  };
}

function describe(object: FoundObject, session: Session | undefined): string[] {
  const { type, id, path, parentTree, stored } = object;
  const where = type === 'tree' ? [` ... path ${path}`] : [` ... in file ${path}`, `     (tree ${parentTree})`];
  const places = session ? placesOf(session, object) : [];
  return [
    `Found ${type === 'tree' ? 'tree' : 'blob'} ${id}`,
    ...where,
    ` ... in snapshot ${shortId(stored.id)} (${formatLocalTime(stored.snapshot.time)})`,
    ...places.map(
      ({ packId, offset, length }) => `Object belongs to pack ${packId}, offset ${offset}, length ${length}`,
    ),
  ];
}
