import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import { createIgnoreState } from '../../workspace/ignoreRules.ts';
import { walk } from '../../workspace/walk.ts';
import { joinPath } from '../../disk/paths.ts';
import { listDatedCopies } from './datedCopies.ts';
import { hashFile } from '../../disk/hashFile.ts';
import { readManifest, readManifestHeader } from './manifestFile.ts';
import { isManifestLink, MANIFEST_NAME, type ManifestEntry } from './manifestFormat.ts';
import { LOCK_NAME } from './mirrorLock.ts';
import { readTarget, relativePath } from './scanSource.ts';
import { exists, type ExactStats } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { createPathFinder } from '../../engine/mirror/otherCase.ts';

/**
 * `corrupt`: not what was copied there; `missing`: gone; `unreadable`: nobody can tell; `extra`: there, but
 * not by a mirror.
 */
export interface MirrorFinding {
  readonly kind: 'corrupt' | 'missing' | 'unreadable' | 'extra';
  /** Relative to the folder that was verified. */
  readonly path: string;
  /** For a person, where there is more to say. */
  readonly detail?: string;
}

export interface MirrorVerification {
  /** Files and links that are right. */
  readonly good: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** In the order of the folders. */
  readonly findings: readonly MirrorFinding[];
  /** False if a run was cut off, or is under way: then what it has copied is found as `extra`. */
  readonly isComplete: boolean;
  /** True if nothing is corrupt, missing or unreadable. */
  readonly isGood: boolean;
}

export interface VerifyMirrorOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** True if a folder is a mirror or holds dated copies, so that it can be verified. */
export function isMirrorFolder(path: string): boolean {
  return findMirrors(path).length > 0;
}

/** The folders with a manifest of ours: this one, or else the dated copies in it; relative, the folder itself empty. */
function findMirrors(path: string): string[] {
  return readManifestHeader(path) ? [''] : listDatedCopies(path).map(({ name }) => name);
}

/**
 * Reads every file of a mirror, or of all dated copies in a folder, and compares it with what was copied
 * there. The files are found by looking for them, never by a path that stands in a manifest. Throws
 * `file-not-found` if there is no mirror, `repository-damaged` if its manifest cannot be believed, `aborted`.
 */
export async function verifyMirror(
  destination: string,
  { signal, onProgress }: VerifyMirrorOptions = {},
): Promise<MirrorVerification> {
  const mirrors = findMirrors(destination);
  const progress = throttleProgress(onProgress);
  const giveWay = createGiveWay(signal);
  const state = { good: 0, bytes: 0, totalItems: 0, totalBytes: 0, isComplete: true };
  const findings: MirrorFinding[] = [];
  const afterChunk = async (bytes: number) => {
    state.bytes += bytes;
    const { good: items, bytes: done, totalItems, totalBytes } = state;
    progress.report({ phase: 'Verifying files', items, totalItems, bytes: done, totalBytes });
    await giveWay();
  };
  if (mirrors.length === 0) await readManifestStrictly(destination, signal);
  for (const mirror of mirrors) {
    const folder = joinPath(destination, mirror);
    const { header, entries } = await readManifestStrictly(folder, signal);
    state.isComplete &&= header.isComplete;
    state.totalItems += entries.size;
    for (const entry of entries.values()) state.totalBytes += isManifestLink(entry) ? 0 : entry.size;
    for await (const { kind, ...finding } of verifyFolder(folder, new Map(entries), afterChunk, signal)) {
      if (kind === 'good') state.good++;
      else findings.push({ ...finding, kind, path: mirror === '' ? finding.path : `${mirror}/${finding.path}` });
    }
  }
  progress.flush();
  const isGood = findings.every(({ kind }) => kind === 'extra');
  return { good: state.good, bytes: state.bytes, findings, isComplete: state.isComplete, isGood };
}

async function readManifestStrictly(folder: string, signal: AbortSignal | undefined) {
  const manifest = await readManifest(folder, signal);
  if (manifest) return manifest;
  const shown = displayPath(folder);
  const message = exists(toFsPath(folder))
    ? `${shown} is no mirror: there is no ${MANIFEST_NAME} in it. For a repository give -r.`
    : `${shown} does not exist.`;
  throw new CairnError('file-not-found', message);
}

type Checked = { readonly kind: MirrorFinding['kind'] | 'good'; readonly path: string; readonly detail?: string };

/** Compares all that is in a folder; what is left of `expected` then is missing. */
async function* verifyFolder(
  folder: string,
  expected: Map<string, ManifestEntry>,
  afterChunk: (bytes: number) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Checked> {
  const unreadable: string[] = [];
  const pathOf = createPathFinder(folder, expected.keys());
  for (const step of walk(folder, createIgnoreState(folder, folder, {}), signal)) {
    if (step.step === 'enter') {
      for (const { path } of step.listing.skipped) yield { kind: 'extra', path: relativePath(folder, path) };
      for (const { path: fullPath, error } of step.listing.errors) {
        const path = relativePath(folder, fullPath);
        unreadable.push(path);
        yield { kind: 'unreadable', path, detail: systemCode(error) ?? 'EIO' };
      }
    }
    if (step.step !== 'entry') continue;
    const path = pathOf(step.path);
    if (path === MANIFEST_NAME || path === LOCK_NAME) continue;
    const entry = expected.get(path);
    expected.delete(path);
    yield entry
      ? await checkEntry(entry, step.entry.kind, step.entry.stats, step.path, afterChunk)
      : { kind: 'extra', path };
  }
  for (const path of expected.keys()) {
    const isHidden = unreadable.some((folderPath) => path === folderPath || path.startsWith(`${folderPath}/`));
    yield { kind: isHidden ? 'unreadable' : 'missing', path };
  }
}

async function checkEntry(
  entry: ManifestEntry,
  kind: string,
  { size }: ExactStats,
  fullPath: string,
  afterChunk: (bytes: number) => Promise<void>,
): Promise<Checked> {
  const { path } = entry;
  await afterChunk(0);
  const corrupt = (detail: string): Checked => ({ kind: 'corrupt', path, detail });
  try {
    if (isManifestLink(entry)) {
      if (kind !== 'symlink') return corrupt('it is no symbolic link');
      return readTarget(fullPath) === entry.target ? { kind: 'good', path } : corrupt('it leads elsewhere');
    }
    if (kind !== 'file') return corrupt('it is no file');
    if (Number(size) !== entry.size) return corrupt(`it has ${size} bytes instead of ${entry.size}`);
    const hashed = await hashFile(fullPath, afterChunk);
    if (!hashed) return { kind: 'unreadable', path, detail: 'it was written meanwhile' };
    return hashed.sha256 === entry.sha256 ? { kind: 'good', path } : corrupt('its content is not what was copied');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || error instanceof CairnError) throw error;
    return { kind: 'unreadable', path, detail: code };
  }
}
