/** Moments after which a person may want to go back, as the snapshots of a folder tell of them. */
import type { DiskPath } from '../../base/pathKinds.ts';
import { isInside } from '../../disk/paths.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { Actor } from '../actor.ts';
import { agentTitle, isAgentName } from '../agents/agentEvents.ts';
import { describeMassChange } from '../backup/massDeletion.ts';
import { parseSnapshotTags } from '../snapshotTags.ts';

export interface RiskMoment {
  /** What happened, in words. */
  readonly words: string;
  /** The newest snapshot before it: what was known last. */
  readonly before: StoredSnapshot;
  /** The snapshot that has what it left; absent for what no snapshot has yet. */
  readonly after?: StoredSnapshot;
  readonly actor?: Actor;
  /** Of all that differs, only what was deleted, or only what was written anew, counts. */
  readonly only?: 'removed' | 'modified';
}

/**
 * The snapshots of a folder that follow each other, the oldest first: of the same paths as the newest that has the folder.
 * @param snapshots those of this host, oldest first.
 */
export function lineOfFolder(snapshots: readonly StoredSnapshot[], folder: DiskPath): StoredSnapshot[] {
  const holding = snapshots.filter(({ snapshot }) => snapshot.paths.some((path) => isInside(folder, path)));
  const newest = holding.at(-1);
  return newest ? holding.filter((stored) => pathsKey(stored) === pathsKey(newest)) : [];
}

/**
 * The moments among snapshots that follow each other, the latest first: what git did, what the editor was told to delete or
 * rename, turns of agents, and whatever deleted or rewrote much. A turn is one moment, however many snapshots it has.
 */
export function findRiskMoments(line: readonly StoredSnapshot[]): RiskMoment[] {
  const moments = new Map<string, RiskMoment>();
  for (const [at, after] of line.entries()) {
    const before = line[at - 1];
    const found = before && describe(after);
    if (!found) continue;
    const { key = after.id, ...what } = found;
    // The latest is last, and a turn is as late as its last snapshot.
    const begun = moments.get(key);
    moments.delete(key);
    moments.set(key, { ...what, before: begun?.before ?? before, after });
  }
  return [...moments.values()].reverse();
}

function describe({
  snapshot,
}: StoredSnapshot): (Pick<RiskMoment, 'words' | 'actor'> & { readonly key?: string }) | undefined {
  const { actor, label, trigger } = parseSnapshotTags(snapshot.tags ?? []);
  const who = actor && { actor };
  if (actor?.kind === 'agent' && actor.session !== undefined) {
    const name = actor.name ?? 'an agent';
    const words = `a turn of ${isAgentName(name) ? agentTitle(name) : name}`;
    return { words, ...who, key: JSON.stringify([actor.name, actor.session, actor.turn]) };
  }
  const isNamed =
    (actor?.kind === 'git' && actor.name !== 'commit') ||
    (actor?.kind === 'editor' && (actor.name === 'delete' || actor.name === 'rename'));
  if (isNamed) return { words: label ?? `${actor.kind} ${actor.name ?? ''}`.trim(), ...who };
  // What is there before a restore, and after it, a person has seen.
  const mass = snapshot.summary && trigger !== 'restore' ? describeMassChange(snapshot.summary) : undefined;
  return mass === undefined ? undefined : { words: mass, ...who };
}

function pathsKey({ snapshot }: StoredSnapshot): string {
  return JSON.stringify(snapshot.paths);
}
