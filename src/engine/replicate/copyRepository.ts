import type { ProgressListener } from '../../base/progress.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { isDamage } from '../../repository/damage.ts';
import type { Repository } from '../../repository/repository.ts';
import { FileCopier } from './copyFiles.ts';
import { fileText } from './copyOne.ts';
import type { FileToCopy, ReplicaPlan } from './planReplica.ts';
import type { CopiedType, RepositoryFiles } from './replicaFiles.ts';
import { findBroken, readIndexOf } from './wholeSnapshots.ts';

export interface CopyRepositoryOptions {
  readonly source: Repository;
  readonly sourceFiles: RepositoryFiles;
  readonly replica: Repository;
  readonly replicaFiles: RepositoryFiles;
  readonly plan: ReplicaPlan;
  /** Awaited before each change; `look`: sees whether the locks are still there. */
  readonly checkLocks: (options?: { readonly look?: boolean }) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Copies what a plan says: packs, then index files, then those snapshots that are whole in the replica, then keys. What
 * is damaged in the source, and snapshots that need it, are noted as problems, and all else goes on. Throws what the
 * storage of the replica fails with, `lock-lost`, `aborted`; what is stored by then stays, and the next run goes on.
 */
export async function copyRepository(options: CopyRepositoryOptions): Promise<FileCopier> {
  const { source, replica, plan, checkLocks, signal, onProgress } = options;
  const copier = new FileCopier({
    source: source.backend,
    replica: replica.backend,
    total: plan.copy,
    checkLocks: () => checkLocks(),
    signal,
    onProgress,
  });
  const ofType = (type: CopiedType) => plan.copy.filter((file) => file.type === type);
  await copier.copy(ofType('pack'));
  await copier.copy(ofType('index'));
  const broken = await brokenSnapshots(options, copier);
  const snapshots = ofType('snapshot');
  if (snapshots.length > 0) await checkLocks({ look: true });
  await copier.copy(snapshots.filter(({ name }) => !broken.has(name)));
  await copier.copy(ofType('key'));
  return copier;
}

/**
 * The new snapshots that would not be whole in the replica. As long as every pack that the source lists is there, all
 * are; only otherwise their folders are looked through.
 */
async function brokenSnapshots(
  { source, sourceFiles, replicaFiles, plan, signal }: CopyRepositoryOptions,
  copier: FileCopier,
): Promise<ReadonlySet<string>> {
  const snapshots = plan.copy.filter(({ type }) => type === 'snapshot');
  if (snapshots.length + plan.surplus.length === 0) return new Set();
  const lacking = new Set(plan.copy.map(keyOf));
  for (const file of copier.copied) lacking.delete(keyOf(file));
  const copied = new Set(copier.copied.map(keyOf));
  const isThere = (type: CopiedType, name: string) =>
    copied.has(keyOf({ type, name })) || (replicaFiles[type].has(name) && !lacking.has(keyOf({ type, name })));
  // What could not be read a moment ago is not asked for again.
  const failed = new Set(copier.problems.map(keyOf));
  const names = [...sourceFiles.index.keys()].filter((name) => !failed.has(keyOf({ type: 'index', name })));
  const known = await readIndexOf(source, names, () => true, signal);
  const missing = [...known.listed].filter((id) => !isThere('pack', id));
  noteLost(copier, { missing, unreadable: known.unreadable });
  if (missing.length === 0 && known.unreadable.length === 0 && copier.problems.length === 0) return new Set();
  const stored = await readIndexOf(
    source,
    names.filter((name) => isThere('index', name)),
    (pack) => isThere('pack', pack),
    signal,
  );
  const group = { session: known.session, names: snapshots.map(({ name }) => name) };
  const broken = await findBroken([group], stored.session.index, signal);
  const refused = copier.problems.find(({ code }) => !isDamage(code))?.code;
  for (const name of broken) copier.problems.push(incomplete(name, source, refused));
  return new Set(broken);
}

function keyOf({ type, name }: Pick<FileToCopy, 'type' | 'name'>): string {
  return `${type} ${name}`;
}

/** What is damaged without being copied in this run. */
function noteLost(
  { problems }: FileCopier,
  { missing, unreadable }: { readonly missing: readonly string[]; readonly unreadable: readonly string[] },
): void {
  const known = new Set(problems.map(keyOf));
  const note = (type: 'pack' | 'index', name: string, what: string) => {
    if (known.has(keyOf({ type, name }))) return;
    const message = `The ${fileText({ type, name })} of the repository ${what}.`;
    problems.push({ type, name, code: 'repository-damaged', message });
  };
  for (const name of missing) note('pack', name, 'is in its index, but neither there nor in the replica');
  for (const name of unreadable) note('index', name, 'cannot be read');
}

/** @param refused why something could not be read now that may be whole. */
function incomplete(name: string, { backend: { location } }: Repository, refused: ErrorCode | undefined) {
  const why =
    refused === undefined
      ? `what it needs is damaged or missing in ${location}. "cairn verify" shows what is affected, and "cairn repair files" may mend it.`
      : `not all that it may need could be read from ${location}. The next run tries again.`;
  const message = `The ${fileText({ type: 'snapshot', name })} was not copied: ${why}`;
  return { type: 'snapshot', name, code: refused ?? 'repository-damaged', message } as const;
}
