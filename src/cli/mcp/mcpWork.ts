/** What the tools of `cairn mcp` do: the engine's commands, for one folder, and nothing that removes. */
import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import {
  currentOwner,
  dataFolder,
  diffSnapshots,
  diffWithDisk,
  executeRestore,
  findPlace,
  findSnapshot,
  isInside,
  listSnapshots,
  matchesActor,
  openInlineCodecs,
  parseActor,
  parseSnapshotTags,
  planLines,
  planRestore,
  readFileContent,
  readSources,
  resolvePath,
  snapshotAskedFor,
  sourcesOf,
  type Change,
  type RestorePlan,
  type Session,
  type StoredSnapshot,
} from '../../engine/index.ts';
import { commandLineCodecs, lockOptions, withOpenRepository, withReading, type CommandContext } from '../context.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { shortId } from '../snapshotText.ts';
import type { AskPerson, McpWork, RestoreArguments } from './mcpServer.ts';

/** As many lines as an agent, or a person who is asked, reads. */
const MOST_LINES = 500;
const LINES_ASKED = 20;
/** Bytes of a file that an agent is given. */
const MOST_TEXT = 256 * 1024;

/** The work for one folder. Absolute. */
export function mcpWork(context: CommandContext, folder: DiskPath): McpWork {
  const within = (signal: AbortSignal): FolderWork =>
    new FolderWork({ ...context, signal: AbortSignal.any([context.signal, signal]) }, folder);
  return {
    createSnapshot: ({ label }, signal) => within(signal).createSnapshot(label),
    listSnapshots: ({ limit, actor }, signal) => within(signal).listSnapshots(limit, actor),
    listChanges: ({ snapshot }, signal) => within(signal).listChanges(snapshot),
    readFileVersion: ({ snapshot, path }, signal) => within(signal).readFileVersion(snapshot, path),
    diff: ({ snapshot, later }, signal) => within(signal).diff(snapshot, later),
    previewRestore: (args, signal) => within(signal).previewRestore(args),
    requestRestore: (args, ask, signal) => within(signal).requestRestore(args, ask),
  };
}

/** The work of one call. */
class FolderWork {
  readonly #context: CommandContext;
  readonly #folder: DiskPath;

  constructor(context: CommandContext, folder: DiskPath) {
    this.#context = context;
    this.#folder = folder;
  }

  async createSnapshot(label: string): Promise<object> {
    const { result } = await this.#snapshot({ label, trigger: 'manual' });
    const { snapshotId, parent } = result;
    return snapshotId === undefined
      ? { created: false, snapshot: parent, why: 'Nothing has changed since this snapshot.' }
      : { created: true, snapshot: snapshotId };
  }

  listSnapshots(limit: number, actor: string | undefined): Promise<object> {
    const wanted = actor === undefined ? undefined : [parseActor(actor)];
    return this.#read(async (session) => {
      const all = (await this.#snapshots(session)).reverse();
      const chosen = all.filter((stored) => !wanted || matchesActor(factsOf(stored).actor, wanted));
      return { total: chosen.length, snapshots: chosen.slice(0, limit).map(describeSnapshot) };
    });
  }

  listChanges(name: string): Promise<object> {
    return this.#read(async (session) => {
      const stored = await this.#find(session, name);
      const all = await this.#snapshots(session);
      const before = all[all.findIndex(({ id }) => id === stored.id) - 1];
      return this.#compare(session, before, stored);
    });
  }

  diff(name: string, later: string | undefined): Promise<object> {
    return this.#read(async (session) => {
      const stored = await this.#find(session, name);
      if (later !== undefined) return this.#compare(session, stored, await this.#find(session, later));
      const changes = new ChangeLines();
      const { problems } = await diffWithDisk(session, stored, {
        rules: this.#source().rules,
        paths: [this.#folder],
        signal: this.#context.signal,
        onChange: changes.add,
      });
      return { snapshot: stored.id, with: 'the disk', ...changes.list(problems) };
    });
  }

  readFileVersion(name: string, path: string): Promise<object> {
    return this.#read(async (session) => {
      const stored = await this.#find(session, name);
      const place = await findPlace(session.reader, stored, this.#inside(path));
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of readFileContent(session.reader, place, this.#context.signal)) {
        parts.push(part);
        length += part.length;
        if (length > MOST_TEXT) break;
      }
      const bytes = Buffer.concat(parts).subarray(0, MOST_TEXT);
      const about = { snapshot: stored.id, path: place.path, size: Number(place.node?.size ?? 0) };
      if (bytes.includes(0)) return { ...about, isBinary: true };
      return { ...about, isCutOff: length > MOST_TEXT, text: bytes.toString('utf8') };
    });
  }

  previewRestore(args: RestoreArguments): Promise<object> {
    return this.#read(async (session) => {
      const stored = await this.#find(session, args.snapshot);
      return { snapshot: stored.id, ...describePlan(await this.#plan(session, stored, args)) };
    });
  }

  /** Plan, person, safety snapshot, and the same plan again: what was agreed to, or nothing. */
  async requestRestore(args: RestoreArguments, ask: AskPerson): Promise<object> {
    const asked = await this.#read(async (session) => {
      const stored = await this.#find(session, args.snapshot);
      const plan = await this.#plan(session, stored, args);
      return { stored, lines: linesOf(plan), plan };
    });
    const { stored, lines, plan } = asked;
    if (lines.length === 0) return nothingToDo(plan);
    const consent = await ask({ text: questionOf(stored, lines) }, this.#context.signal);
    if (consent !== 'yes') return refused(consent, stored, args, this.#folder);
    const label = `Before restore of ${shortId(stored.id)}`;
    const safety = await this.#snapshot({ label, trigger: 'restore', evenIfUnchanged: true });
    const result = await this.#read(async (session) => {
      const now = await this.#plan(session, stored, args);
      if (linesOf(now).join('\n') !== lines.join('\n')) {
        throw new CairnError(
          'refused',
          'The files changed after the person was asked, so nothing was restored. Ask again.',
        );
      }
      const { signal } = this.#context;
      return executeRestore(session, commandLineCodecs(this.#context), now, { signal });
    });
    const { files, links, others } = result;
    return {
      restored: true,
      files: files + links + others,
      safety_snapshot: safety.result.snapshotId,
      problems: problemsOf(result),
    };
  }

  async #plan(session: Session, stored: StoredSnapshot, { paths }: RestoreArguments): Promise<RestorePlan> {
    const wanted = paths.length > 0 ? paths.map((path) => this.#inside(path)) : [this.#folder];
    const include: string[] = [];
    for (const path of wanted) include.push((await findPlace(session.reader, stored, path)).path);
    const place = await findPlace(session.reader, stored, '');
    return planRestore(session, { place, include, signal: this.#context.signal });
  }

  async #compare(session: Session, before: StoredSnapshot | undefined, after: StoredSnapshot): Promise<object> {
    const place = await findPlace(session.reader, after, this.#folder);
    const earlier = before && (await findPlace(session.reader, before, this.#folder).catch(() => undefined));
    if (place.tree === undefined) throw new CairnError('refused', `${this.#folder} is no folder in this snapshot.`);
    const changes = new ChangeLines();
    const { problems } = await diffSnapshots(session, earlier?.tree, place.tree, {
      path: place.path,
      signal: this.#context.signal,
      onChange: changes.add,
    });
    return { snapshot: after.id, with: before?.id ?? 'nothing: it is the first', ...changes.list(problems) };
  }

  #read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return withReading(this.#context, { lock: true }, work);
  }

  #snapshot(asked: {
    readonly label: string;
    readonly trigger: 'manual' | 'restore';
    readonly evenIfUnchanged?: boolean;
  }) {
    const context = this.#context;
    return withOpenRepository(context, {}, async (repository) => {
      const options = { dataFolder: dataFolder(), programVersion: PROGRAM_NAME, signal: lockOptions(context).signal! };
      const codecs = openInlineCodecs(commandLineCodecs(context));
      const made = await snapshotAskedFor(repository, codecs, { place: this.#folder, ...asked }, options);
      if (made) return made;
      throw this.#unprotected();
    });
  }

  #source() {
    const [source] = sourcesOf(readSources(dataFolder()), [this.#folder]);
    if (source) return source;
    throw this.#unprotected();
  }

  #unprotected(): CairnError {
    const message = `${this.#folder} was never backed up to this repository. A person begins: cairn backup --workspace FOLDER.`;
    return new CairnError('refused', message);
  }

  /** Oldest first, those that have the folder. */
  async #snapshots({ repository }: Session): Promise<StoredSnapshot[]> {
    const all = await listSnapshots(repository, { onDamaged: () => {}, signal: this.#context.signal });
    return all.filter((stored) => this.#has(stored));
  }

  #has({ snapshot }: StoredSnapshot): boolean {
    if (snapshot.hostname !== currentOwner().hostname) return false;
    return snapshot.paths.some((path) => isInside(this.#folder, path));
  }

  async #find(session: Session, name: string): Promise<StoredSnapshot> {
    const newest = name === 'latest' ? (await this.#snapshots(session)).at(-1) : undefined;
    const stored = newest ?? (await findSnapshot(session.repository, name));
    if (this.#has(stored)) return stored;
    throw new CairnError('refused', `The snapshot ${shortId(stored.id)} is not one of ${this.#folder}.`);
  }

  #inside(path: string): DiskPath {
    const absolute = resolvePath(path, this.#folder);
    if (isInside(absolute, this.#folder)) return absolute;
    throw new CairnError('refused', `${absolute} is not in ${this.#folder}, which is all that this server is for.`);
  }
}

/** The first of many changes, and their number. */
class ChangeLines {
  readonly #lines: object[] = [];
  #total = 0;

  readonly add = ({ path, kind, before, after }: Change): void => {
    if ((after ?? before)?.type === 'dir' && kind !== 'typeChanged') return;
    if (this.#total++ < MOST_LINES) this.#lines.push({ path, change: kind });
  };

  list(problems: readonly { readonly message: string }[]): object {
    return {
      total: this.#total,
      changes: this.#lines,
      ...(problems.length > 0 && { problems: problems.map(({ message }) => message) }),
    };
  }
}

function factsOf({ snapshot }: StoredSnapshot) {
  return parseSnapshotTags(snapshot.tags ?? []);
}

function describeSnapshot(stored: StoredSnapshot): object {
  const { label, actor, commit, trigger } = factsOf(stored);
  const { id, snapshot } = stored;
  return { id: shortId(id), time: snapshot.time, label, trigger, commit, actor };
}

/** What it does, without what stays. */
function linesOf(plan: RestorePlan): string[] {
  return [...planLines(plan)].flatMap(({ change, path }) => (change === 'unchanged' ? [] : `${change}  ${path}`));
}

function describePlan(plan: RestorePlan): object {
  const lines = linesOf(plan);
  const { create, overwrite, bytesToWrite } = plan.totals;
  return {
    create,
    overwrite,
    bytes: bytesToWrite,
    lines: lines.slice(0, MOST_LINES),
    problems: problemsOf(plan),
  };
}

/** Without the option to delete, a plan leaves alone what stands in its way, and names it. */
function nothingToDo(plan: RestorePlan): object {
  const problems = problemsOf(plan);
  const why = problems.length > 0 ? 'None of it can be restored.' : 'All of it is on the disk as the snapshot has it.';
  return { restored: false, why, ...(problems.length > 0 && { problems }) };
}

function problemsOf({ problems }: Pick<RestorePlan, 'problems'>): string[] {
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

function questionOf(stored: StoredSnapshot, lines: readonly string[]): string {
  const { label } = factsOf(stored);
  const more = lines.length > LINES_ASKED ? [`… and ${lines.length - LINES_ASKED} more`] : [];
  const what = label === undefined ? '' : ` (${label})`;
  return [
    `An agent asks to restore from the snapshot ${shortId(stored.id)} of ${stored.snapshot.time}${what}:`,
    ...lines.slice(0, LINES_ASKED),
    ...more,
    'What is there now is put into a snapshot first.',
  ].join('\n');
}

function refused(
  consent: 'no' | 'cannot-ask',
  { id }: StoredSnapshot,
  { paths }: RestoreArguments,
  folder: DiskPath,
): object {
  if (consent === 'no') return { restored: false, why: 'The person did not agree. Nothing was changed.' };
  const command = ['cairn', 'restore', shortId(id), ...(paths.length > 0 ? paths : [folder]), '--in-place'].join(' ');
  return {
    restored: false,
    why: `Nobody can be asked here, so nothing was changed. In ${folder} a person can run it: ${command}`,
  };
}
