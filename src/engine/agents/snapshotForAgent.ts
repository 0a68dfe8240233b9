import { CairnError, errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { isFolder } from '../../disk/durableWrite.ts';
import { joinName } from '../../disk/paths.ts';
import { ensureFolder } from '../../disk/places.ts';
import { sha256Hex } from '../../repository/hash.ts';
import type { Repository } from '../../repository/repository.ts';
import type { Actor } from '../actor.ts';
import { backup } from '../backup/backup.ts';
import type { BackupResult } from '../backup/backupOptions.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { locksFolder } from '../ownFolders.ts';
import { withSession, type Session, type SessionOptions } from '../session.ts';
import { buildSnapshotTags, type SnapshotFacts, type Trigger } from '../snapshotTags.ts';
import { withLockFile } from '../withLockFile.ts';
import { identifyWorkspace } from '../workspaceIdentity.ts';
import { agentTitle, type AgentEvent } from './agentEvents.ts';
import { agentAtWork, hasOtherTurn } from './agentTurns.ts';
import { noteSource, pathsOf, readSources, sourcesOf, type KnownSource } from './knownSources.ts';

/** What an agent asks for itself. */
export interface AskedSnapshot {
  readonly place: DiskPath;
  readonly label: string;
  readonly trigger: 'manual' | 'restore';
  /** Make a snapshot even when nothing changed. */
  readonly evenIfUnchanged?: boolean;
}

/** What a hook asks for. Plain data. */
export interface AgentSnapshotOrder {
  readonly event: AgentEvent;
  /** The turn that has been going on since the last snapshot; absent if that is not known. */
  readonly turn?: string;
}

export interface AgentSnapshotOptions {
  readonly dataFolder: DiskPath;
  readonly programVersion: string;
  readonly signal: AbortSignal;
  /** Runs the work on the repository; in a session of its own, unless stated. */
  readonly useSession?: <T>(options: SessionOptions, work: (session: Session) => Promise<T>) => Promise<T>;
}

/** What was backed up, and what came of it. */
export interface MadeForAgent {
  readonly source: KnownSource;
  readonly result: BackupResult;
}

/** So long one snapshot waits for another of the same folder. Milliseconds. */
const LONGEST_WAIT = 120_000;

/**
 * Makes a snapshot of what changed where an agent is at work, by the rules of the last backup of it. Undefined if that
 * was never backed up to this repository. Throws `locked` if somebody waits to do the same, which then has all that
 * this one would have; and what a backup throws.
 */
export async function snapshotForAgent(
  repository: Repository,
  openCodecs: OpenCodecs,
  order: AgentSnapshotOrder,
  options: AgentSnapshotOptions,
): Promise<MadeForAgent | undefined> {
  const { event, turn } = order;
  return snapshotOf(repository, openCodecs, event.places, options, (paths) => ({
    trigger: 'outside',
    label: labelOf(event),
    actor: actorOf(event, turn, paths, options.dataFolder),
  }));
}

/** As {@link snapshotForAgent}, for an agent that asks for one by itself. */
export function snapshotAskedFor(
  repository: Repository,
  openCodecs: OpenCodecs,
  { place, label, trigger, evenIfUnchanged = false }: AskedSnapshot,
  options: AgentSnapshotOptions,
): Promise<MadeForAgent | undefined> {
  const facts = (paths: readonly DiskPath[]): SnapshotWords => ({
    trigger,
    label,
    actor: agentAtWork(options.dataFolder, paths, Date.now()) ?? { kind: 'unknown' },
  });
  return snapshotOf(repository, openCodecs, [place], { ...options, evenIfUnchanged }, facts);
}

type SnapshotWords = Required<Pick<SnapshotFacts, 'label' | 'actor'>> & { readonly trigger: Trigger };

async function snapshotOf(
  repository: Repository,
  openCodecs: OpenCodecs,
  places: readonly DiskPath[],
  options: AgentSnapshotOptions & { readonly evenIfUnchanged?: boolean },
  wordsFor: (paths: readonly DiskPath[]) => SnapshotWords,
): Promise<MadeForAgent | undefined> {
  const own = readSources(options.dataFolder).filter((source) => source.repository === repository.config.id);
  const [source] = sourcesOf(own, places);
  if (!source) return undefined;
  const paths = pathsOf(source);
  const workspace = paths.length === 1 && isFolder(paths[0]!) ? paths[0] : undefined;
  const identity = workspace === undefined ? undefined : await identifyWorkspace(workspace, options.dataFolder);
  const key = identity ? `workspace-${identity.id}` : `source-${sha256Hex(JSON.stringify(paths))}`;
  const tags = buildSnapshotTags({ ...wordsFor(paths), ...(identity && { workspace: identity.id }) });
  const useSession: NonNullable<AgentSnapshotOptions['useSession']> =
    options.useSession ?? ((how, work) => withSession(repository, how, work));
  const result = await oneAtATime(options, key, () =>
    useSession({ lock: 'shared', beginsEarly: true, signal: options.signal }, (session) =>
      backup(session, openCodecs, {
        targets: source.targets,
        workingFolder: source.workingFolder,
        rules: source.rules,
        tags,
        programVersion: options.programVersion,
        excludes: [
          ...(source.rules.excludeGlobs ?? []),
          ...(source.rules.excludePatterns?.patterns ?? []),
          ...(source.rules.excludePatterns?.anyCase ?? []),
        ],
        skipIfUnchanged: !options.evenIfUnchanged,
        signal: options.signal,
      }),
    ),
  );
  // A work tree that goes is known by this.
  noteSource(options.dataFolder, source);
  return { source, result };
}

/** Never a wrong name: where the turn did not begin with a snapshot, or two turns go on at once, nobody knows. */
function actorOf(
  { agent, session }: AgentEvent,
  turn: string | undefined,
  paths: readonly DiskPath[],
  dataFolder: DiskPath,
): Actor {
  if (turn === undefined || session === undefined) return { kind: 'unknown' };
  if (hasOtherTurn(dataFolder, session, paths, Date.now())) return { kind: 'unknown' };
  return { kind: 'agent', name: agent, session, turn };
}

/** Never what a tool was called with: that may hold secrets. */
function labelOf({ agent, moment, tool }: AgentEvent): string {
  const who = agentTitle(agent);
  switch (moment) {
    case 'turn-begins':
      return `Before a turn of ${who}`;
    case 'before-tool':
      return tool === undefined ? `Before ${who} used a tool` : `Before ${who} used ${tool}`;
    case 'turn-ends':
      return `After a turn of ${who}`;
    case 'worktree-goes':
      return `Before ${who} removed a worktree`;
  }
}

/**
 * Runs work while nobody else, an editor included, backs up the same. At most one more waits: what it will find is what
 * a third one would find, too.
 */
async function oneAtATime<T>(
  { dataFolder, signal }: AgentSnapshotOptions,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const folder = ensureFolder(locksFolder(dataFolder));
  const begun = Promise.withResolvers<void>();
  let done: Promise<T> | undefined;
  const wait = async () => {
    done = withLockFile(
      joinName(folder, key),
      () => {
        begun.resolve();
        return work();
      },
      { longestWait: LONGEST_WAIT, signal },
    );
    done.catch(begun.reject);
    await begun.promise;
  };
  try {
    await withLockFile(joinName(folder, `${key}-waiting`), wait, { longestWait: 0, signal });
  } catch (error) {
    if (done !== undefined || errorCode(error) !== 'locked') throw error;
    throw new CairnError('locked', 'Another snapshot of the same folder is waiting already, and will have all of it.', {
      cause: error,
    });
  }
  return done!;
}
