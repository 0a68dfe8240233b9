/**
 * Extended attributes, by the program `setfattr`: Node has no calls for them. One process does a batch; it
 * gets the entries as open descriptors, and their attributes in the format of `getfattr --dump`.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';
import { O_PATH } from './destinationFolders.ts';
import { setPathMode, withPinned } from './entryMetadata.ts';
import type { EntryMetadata, PlannedEntry } from './restorePlan.ts';
import { plannedPath } from './restorePlan.ts';
import { entryKey, type RestoreRun } from './restoreRun.ts';

/** Descriptors for one process, beside the three that each has. */
const BATCH = 100;

interface Bearer {
  /** The name is empty for the folder itself. */
  readonly folder: number;
  readonly name: string;
  readonly metadata: EntryMetadata;
  /** It was written anew, and waits for its mode. */
  readonly needsMode: boolean;
}

/** Sets the extended attributes of all restored entries, and then the modes that had to wait for them. */
export function restoreExtendedAttributes(run: RestoreRun): void {
  const bearers = findBearers(run);
  if (bearers.length === 0) return;
  if (process.platform !== 'linux' || !setAll(run, bearers)) {
    run.warnings.push(
      `${bearers.length} files and folders lack their extended attributes: that takes Linux and the program setfattr. Install the package "attr" and restore again.`,
    );
  }
  for (const bearer of bearers) {
    if (!bearer.needsMode) continue;
    const action = () =>
      withPinned(run.enter(bearer.folder), bearer.name, (path) => setPathMode(path, bearer.metadata, run.owner));
    run.attempt(() => run.path(bearer), action);
  }
}

function findBearers(run: RestoreRun): Bearer[] {
  const { folders, files, others, links } = run.plan;
  const bearers: Bearer[] = [];
  const add = (entry: Pick<PlannedEntry, 'folder' | 'name' | 'metadata'>, needsMode: boolean) => {
    if (!entry.metadata.extendedAttributes || run.failedFolders.has(entry.folder)) return;
    if (run.failedFiles.has(entryKey(entry))) return;
    bearers.push({ folder: entry.folder, name: entry.name, metadata: entry.metadata, needsMode });
  };
  for (const [folder, { metadata }] of folders.entries()) if (metadata) add({ folder, name: '', metadata }, false);
  for (const file of files) add(file, file.change !== 'metadata');
  for (const link of links) if (run.copiedLinks.has(link)) add(link, true);
  for (const other of others) add(other, false);
  return bearers;
}

/** False if there is no such program. */
function setAll(run: RestoreRun, bearers: readonly Bearer[]): boolean {
  for (let start = 0; start < bearers.length; start += BATCH) {
    run.throwIfAborted();
    if (!setBatch(run, bearers.slice(start, start + BATCH))) return false;
  }
  return true;
}

function setBatch(run: RestoreRun, bearers: readonly Bearer[]): boolean {
  const opened: { readonly fd: number; readonly bearer: Bearer }[] = [];
  try {
    for (const bearer of bearers) {
      const open = () => {
        const path = run.enter(bearer.folder).at(bearer.name);
        // Without a name it is the folder itself, by its descriptor, which is no link to be refused.
        const flags = bearer.name === '' ? O_PATH : O_PATH | constants.O_NOFOLLOW;
        opened.push({ fd: openSync(path, flags), bearer });
      };
      run.attempt(() => pathOf(run, bearer), open);
    }
    const input = opened.map(({ bearer }, at) => dump(bearer.metadata, at + 3)).join('\n');
    const { error, stderr } = spawnSync('setfattr', ['--restore=-'], {
      input,
      stdio: ['pipe', 'ignore', 'pipe', ...opened.map(({ fd }) => fd)],
      encoding: 'utf8',
    });
    if (error && systemCode(error) === 'ENOENT') return false;
    if (error) throw error;
    reportFailures(
      run,
      opened.map(({ bearer }) => bearer),
      stderr,
    );
    return true;
  } finally {
    for (const { fd } of opened) closeSync(fd);
  }
}

function pathOf(run: RestoreRun, { folder, name }: Bearer): string {
  return plannedPath(run.plan.folders, folder, name);
}

function dump({ extendedAttributes = [] }: EntryMetadata, fd: number): string {
  const lines = extendedAttributes.map(({ name, value }) => `${escapeName(name)}=0s${value}\n`);
  return `# file: /proc/self/fd/${fd}\n${lines.join('')}`;
}

/** All but harmless characters as `\ooo`, so that no name can pass for a line of its own. */
function escapeName(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const char = String.fromCharCode(byte);
    text += /[A-Za-z0-9._-]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

/** One problem an entry; the lines look like `setfattr: /proc/self/fd/7: reason`. */
function reportFailures(run: RestoreRun, bearers: readonly Bearer[], stderr: string): void {
  const reasons = new Map<number, string>();
  for (const [, fd, reason] of stderr.matchAll(/\/proc\/self\/fd\/(\d+): (.*)/g)) reasons.set(Number(fd), reason!);
  for (const [fd, reason] of reasons) {
    const bearer = bearers[fd - 3];
    if (!bearer) continue;
    const message = `Restored, but not all of its extended attributes: ${reason}.`;
    run.fail(pathOf(run, bearer), { code: 'XATTR', message });
  }
}
