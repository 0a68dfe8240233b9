/**
 * A mirror is a plain folder that is made equal to a source, one way. Planning lists the source by the
 * ignore rules and the copy as it is, and compares: what the manifest of the last run still describes on
 * both sides is unchanged, what looks changed is read, and only different content is copied. Executing
 * writes every file under a temporary name and renames it, deletes last, and ends with a new manifest.
 *
 * A dated copy is a mirror into a new folder, in which unchanged files are hard links to those of the copy
 * before.
 */
import { isDeepStrictEqual } from 'node:util';
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import { createIgnoreState, type IgnoreOptions } from '../../workspace/ignoreRules.ts';
import { joinPath } from '../../disk/paths.ts';
import { currentOwnerRules, hasMetadata } from '../../disk/entryMetadata.ts';
import { describeSource, isSameSource, showSource, type CopySource } from './copySource.ts';
import { isDescribedBy } from './compareFile.ts';
import { findCandidates, listDatedCopies, planDatedCopy, readEarlierCopies, sortCopies } from './datedCopies.ts';
import { readManifest, readManifestHeader, withoutStamps, type Manifest } from './manifestFile.ts';
import { isManifestLink, MANIFEST_NAME, type ManifestEntry, type ManifestHeader } from './manifestFormat.ts';
import { checkPlaces, strangerMessage } from './mirrorGuards.ts';
import { sumPlan, type MirrorPlan, type PlannedFile, type PlannedFolder, type PlannedLink } from './mirrorPlan.ts';
import { planDatedFile, planFile, plainStats, type FilePlanning } from './planFiles.ts';
import { planRemovals, type Removals } from './planRemovals.ts';
import { readTarget, scanSource, type SourceEntry, type SourceScan } from './scanSource.ts';
import { scanCopy, type CopyScan, type FoundEntry } from './scanCopy.ts';
import { statIfThere, exists } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';

export interface PlanMirrorOptions {
  /** What is left out; nothing, if absent. Places in `never` are not deleted in the copy, either. */
  readonly rules?: IgnoreOptions;
  /** Read every file on both sides, even where size and times are as recorded. */
  readonly forceHash?: boolean;
  /** Copy only. */
  readonly noDelete?: boolean;
  /** Make a new dated copy, and keep the newest `keep`; all, if absent. */
  readonly dated?: { readonly keep?: number };
  /** What time it is, for the name of a dated copy. */
  readonly now?: Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** What all steps of planning share. */
interface Planning extends FilePlanning {
  readonly options: PlanMirrorOptions;
  readonly destination: string;
  readonly identity: CopySource;
  readonly scan: SourceScan;
  readonly notices: string[];
}

type Draft = Omit<
  MirrorPlan,
  'totals' | 'source' | 'identity' | 'destination' | 'metadata' | 'skipped' | 'problems' | 'notices'
>;

/**
 * Says what would make `destination` equal to `source`; both are absolute. Writes nothing. Throws `refused`
 * for places with which a mirror could only do harm, and for a source with nothing in it;
 * `source-unreadable`; `usage` for wrong rules or a `keep` below 1; `aborted`.
 */
export async function planMirror(
  source: string,
  destination: string,
  options: PlanMirrorOptions = {},
): Promise<MirrorPlan> {
  const { keep } = options.dated ?? {};
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
    throw new CairnError('usage', 'The number of dated copies to keep must be a whole number, 1 or more.');
  }
  checkPlaces(source, destination);
  checkKind(destination, options.dated !== undefined);
  const state = createIgnoreState(source, source, options.rules ?? {});
  const scan = await scanSource(source, state, options.signal);
  if (scan.entries.size === 0) throw emptySource(source, scan);

  const { report, flush } = throttleProgress(options.onProgress);
  const planning = startPlanning(source, destination, options, scan, report);
  const draft = options.dated
    ? await planDated(planning, options.dated.keep)
    : await planPlain(planning, await scanPlain(planning, state));
  flush();
  return {
    ...draft,
    source,
    identity: planning.identity,
    destination,
    metadata: scan.metadata,
    skipped: scan.skipped,
    problems: planning.problems,
    notices: planning.notices,
    totals: sumPlan(draft),
  };
}

/** A plain mirror and dated copies cannot share a folder: each would be in the other's way. */
function checkKind(destination: string, isDated: boolean): void {
  const shown = displayPath(destination);
  if (isDated && readManifestHeader(destination)) {
    throw new CairnError('refused', `${shown} is a plain mirror. Name another folder for dated copies.`);
  }
  if (!isDated && listDatedCopies(destination).length > 0) {
    throw new CairnError('refused', `${shown} holds dated copies. Mirror with --dated, or name another folder.`);
  }
}

function emptySource(source: string, { skipped, problems }: SourceScan): CairnError {
  const shown = displayPath(source);
  const reason =
    problems.length > 0
      ? 'nothing in it can be read'
      : skipped.length > 0
        ? 'the rules leave out all that is in it'
        : 'it is empty. Is its disk mounted?';
  return new CairnError('refused', `${shown} is not mirrored: ${reason}`.replace(/([^?])$/, '$1.'));
}

function startPlanning(
  source: string,
  destination: string,
  options: PlanMirrorOptions,
  scan: SourceScan,
  report: ProgressListener,
): Planning {
  const files = [...scan.entries.values()].filter(({ kind }) => kind === 'file');
  let bytes = 0;
  let sliceEnd = 0;
  return {
    source,
    destination,
    identity: describeSource(source),
    options,
    scan,
    notices: [],
    owner: currentOwnerRules(),
    forceHash: options.forceHash ?? false,
    problems: [...scan.problems],
    claims: new Map(),
    leaders: new Map(),
    async afterChunk(count) {
      bytes += count;
      report({ phase: 'Comparing files', items: 0, totalItems: files.length, bytes });
      if (performance.now() < sliceEnd) return;
      await new Promise(setImmediate);
      throwIfAborted(options.signal);
      sliceEnd = performance.now() + 5;
    },
  };
}

interface PlainCopy {
  readonly manifest: Manifest | undefined;
  /** Of the manifest, also if the rest of it cannot be believed. */
  readonly header: ManifestHeader | undefined;
  readonly copy: CopyScan;
  readonly byPath: ReadonlyMap<string, FoundEntry>;
}

async function scanPlain(
  { destination, identity, scan, options, problems, notices }: Planning,
  state: Parameters<typeof scanCopy>[2],
): Promise<PlainCopy> {
  if (!exists(toFsPath(destination))) {
    return {
      manifest: undefined,
      header: undefined,
      copy: { found: [], leftovers: [], problems: [] },
      byPath: new Map(),
    };
  }
  const { signal } = options;
  const copy = await scanCopy(destination, scan, state, options.rules?.never ?? [], signal);
  problems.push(...copy.problems);
  const manifest = await readManifest(destination, signal).catch((error: unknown) => {
    if (errorCode(error) === 'aborted') throw error;
    // Nothing is taken from it, so all is compared by content, and a new one is written.
    const where = displayPath(joinPath(destination, MANIFEST_NAME));
    notices.push(`${(error as Error).message} All files are compared by their content, and ${where} is written anew.`);
    return undefined;
  });
  const header = manifest?.header ?? readManifestHeader(destination);
  const isOurs = header && isSameSource(header, identity);
  return {
    manifest: manifest && !isOurs ? withoutStamps(manifest) : manifest,
    header,
    copy,
    byPath: new Map(copy.found.map((entry) => [entry.path, entry])),
  };
}

async function planPlain(planning: Planning, plain: PlainCopy): Promise<Draft> {
  const { scan, destination, options } = planning;
  const { manifest, copy, byPath } = plain;
  const removals = planRemovals(copy.found, scan, options.noDelete ?? false);
  const folders: PlannedFolder[] = [];
  const files: PlannedFile[] = [];
  const links: PlannedLink[] = [];
  const blocked = blockedPaths(planning, byPath, removals);
  for (const entry of scan.entries.values()) {
    await planning.afterChunk(0);
    if (blocked(entry.path)) continue;
    const found = byPath.get(entry.path);
    if (entry.kind === 'dir') folders.push(planFolder(planning, entry, found));
    else if (entry.kind === 'symlink') links.push(planLink(planning, entry, found));
    else {
      const recorded = manifest?.entries.get(entry.path);
      const candidate =
        found?.kind === 'file' && found.stats
          ? {
              path: joinPath(destination, entry.path),
              stats: found.stats,
              recorded: recorded && !isManifestLink(recorded) ? recorded : undefined,
            }
          : undefined;
      const isTaken = found !== undefined && found.kind !== 'dir';
      const file = await planFile(planning, entry, candidate, isTaken);
      if (file) files.push(file);
    }
  }
  const { obstacles, deletions, kept } = removals;
  const { leftovers } = copy;
  const carried = carryOver(plain, [...folders, ...files, ...links, ...obstacles, ...deletions]);
  const draft = { folder: destination, folders, files, links, obstacles, deletions, leftovers, carried, kept };
  const needsForce = whyForce(planning, plain, draft);
  const done = isDone(draft, manifest) && isNamed(planning, manifest) && isRootRight(planning);
  return { ...draft, isDone: done, ...(needsForce !== undefined && { needsForce }) };
}

/** Whether a path cannot be copied since something stands in the way that must stay; that is noted once. */
function blockedPaths(
  { problems, destination }: Planning,
  byPath: ReadonlyMap<string, FoundEntry>,
  { conflicts }: Removals,
): (path: string) => boolean {
  const ways: string[] = [];
  const block = (path: string, message: string): true => {
    const fullPath = joinPath(destination, path);
    problems.push({ path: fullPath, code: 'CONFLICT', message: `${displayPath(fullPath)} ${message}` });
    ways.push(`${path}/`);
    return true;
  };
  return (path) => {
    if (ways.some((way) => path.startsWith(way))) return true;
    if (conflicts.has(path))
      return block(path, 'is a folder with something in it that must stay: it was not replaced.');
    const { keptBecause } = byPath.get(path) ?? {};
    return keptBecause !== undefined && block(path, `must stay as it is (${keptBecause}): it was not replaced.`);
  };
}

function planFolder(
  { owner }: Planning,
  { path, metadata }: SourceEntry,
  found: FoundEntry | undefined,
): PlannedFolder {
  if (found?.kind !== 'dir' || !found.stats) return { path, change: 'create', metadata };
  return { path, change: hasMetadata(plainStats(found.stats), metadata, owner) ? 'keep' : 'metadata', metadata };
}

function planLink(
  { owner, destination }: Planning,
  { path, metadata, target = '' }: SourceEntry,
  found: FoundEntry | undefined,
): PlannedLink {
  const link = (change: PlannedLink['change']): PlannedLink => ({ path, change, target, metadata });
  if (!found || found.kind === 'dir') return link('create');
  if (found.kind !== 'symlink' || !found.stats || tryReadTarget(joinPath(destination, path)) !== target) {
    return link('overwrite');
  }
  return link(hasMetadata(plainStats(found.stats), metadata, owner, true) ? 'keep' : 'metadata');
}

function tryReadTarget(path: string): string | undefined {
  try {
    return readTarget(path);
  } catch {
    return undefined;
  }
}

/** What the manifest knows of files that stay in the copy though the plan has nothing to do with them. */
function carryOver({ manifest, byPath }: PlainCopy, planned: readonly { readonly path: string }[]): ManifestEntry[] {
  if (!manifest) return [];
  const paths = new Set(planned.map(({ path }) => path));
  const carried: ManifestEntry[] = [];
  for (const [path, entry] of manifest.entries) {
    const found = byPath.get(path);
    if (paths.has(path) || !found?.stats) continue;
    const isThere = isManifestLink(entry) ? found.kind === 'symlink' : isDescribedBy(entry, found.stats);
    if (isThere) carried.push(entry);
  }
  return carried;
}

function whyForce(
  { destination, identity }: Planning,
  { manifest, header, copy }: PlainCopy,
  { files, links, obstacles, deletions }: Pick<Draft, 'files' | 'links' | 'obstacles' | 'deletions'>,
): string | undefined {
  if (header && !isSameSource(header, identity)) return strangerMessage(destination, header, identity);
  const shown = displayPath(destination);
  const lost = [...obstacles, ...deletions];
  const existing = copy.found.filter(({ kind }) => kind !== 'dir').length;
  const lostFiles = lost.filter(({ isFolder }) => !isFolder).length;
  const overwritten = [...files, ...links].filter(({ change }) => change === 'overwrite').length;
  if (!manifest && lost.length + overwritten > 0) {
    return `${header ? `The manifest of ${shown} is damaged` : `${shown} is not a mirror yet`}, and ${lost.length + overwritten} of the files and folders in it would be deleted or overwritten. That is done only if it is forced (--force).`;
  }
  if (lostFiles * 2 > existing) {
    return `${lostFiles} of the ${existing} files in ${shown} would be deleted, more than half. That is done only if it is forced (--force).`;
  }
  return undefined;
}

/** True if nothing has to be written, the manifest included. */
function isDone(draft: Omit<Draft, 'isDone'>, manifest: Manifest | undefined): boolean {
  const { folders, files, links, obstacles, deletions, leftovers, carried } = draft;
  if (!manifest?.header.isComplete || obstacles.length + deletions.length + leftovers.length > 0) return false;
  if ([...folders, ...files, ...links].some(({ change }) => change !== 'keep')) return false;
  if (manifest.entries.size !== files.length + links.length + carried.length) return false;
  return files.every(({ path, size, known }) => {
    const recorded = manifest.entries.get(path);
    return known !== undefined && isDeepStrictEqual({ path, size, ...known }, recorded);
  });
}

/** True if the manifest names the source as it would be named now. */
function isNamed({ identity }: Planning, manifest: Manifest | undefined): boolean {
  const { source, host, folder } = manifest?.header ?? {};
  return source === identity.source && host === identity.host && folder === identity.folder;
}

function isRootRight({ destination, scan, owner }: Planning): boolean {
  const stats = statIfThere(toFsPath(destination));
  return stats !== undefined && hasMetadata(stats, scan.metadata, owner);
}

async function planDated(planning: Planning, keep: number | undefined): Promise<Draft> {
  const { scan, destination, identity, options } = planning;
  const copies = sortCopies(destination, identity);
  const dated = planDatedCopy(destination, copies, options.now ?? new Date(), keep);
  const notice = (text: string) => planning.notices.push(text);
  const earlier = await readEarlierCopies(destination, copies, identity, notice, options.signal);
  const folders: PlannedFolder[] = [];
  const files: PlannedFile[] = [];
  const links: PlannedLink[] = [];
  for (const entry of scan.entries.values()) {
    await planning.afterChunk(0);
    if (entry.kind === 'dir') folders.push(planFolder(planning, entry, undefined));
    else if (entry.kind === 'symlink') links.push(planLink(planning, entry, undefined));
    else {
      const file = await planDatedFile(planning, entry, findCandidates(destination, earlier, entry.path));
      if (file) files.push(file);
    }
  }
  const nothing: readonly never[] = [];
  return {
    folder: joinPath(destination, dated.unfinishedName),
    folders,
    files,
    links,
    obstacles: nothing,
    deletions: nothing,
    leftovers: nothing,
    carried: nothing,
    kept: copies.others.map(({ name, header }) => ({
      path: name,
      reason: `a copy of ${showSource(header, identity)}`,
    })),
    isDone: false,
    dated,
    ...(copies.stranger && { needsForce: strangerMessage(destination, copies.stranger, identity, true) }),
  };
}
