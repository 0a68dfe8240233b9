import type { Command } from 'commander';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import {
  chooseSnapshots,
  currentOwner,
  dataFolder,
  executeRestore,
  findMomentOnDisk,
  findRiskMoments,
  isFolder,
  lineOfFolder,
  pathsOf,
  planLines,
  planUndo,
  readSources,
  snapshotAskedFor,
  sourcesOf,
  withSession,
  type IgnoreOptions,
  type OpenCodecs,
  type Repository,
  type RiskMoment,
  type Session,
  type UndoPlan,
} from '../../engine/index.ts';
import { lockOptions, withCodecsAhead, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatLocalTime, table } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_VERSION } from '../programVersion.ts';
import { ask, canAsk } from '../prompt.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

interface UndoCommandOptions {
  readonly list?: boolean;
  readonly moment?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** As many lines as a person reads before answering, or looks through for a moment. */
const LINES_SHOWN = 30;

/** `cairn undo`. */
export function undoCommand(): Command {
  return createCommand(
    'undo',
    'take back what the last moment of risk changed: a git reset, a mass deletion, a turn of an agent',
    'Shows what the moment changed and what would come back, asks, and makes a snapshot of what is there now first. What was changed once more since then stays as it is. Branches and commits stay where they are: files come back.',
  )
    .argument('[path]', 'only in this folder; the working folder unless given')
    .option('--list', 'list the last moments, newest first, and change nothing')
    .option('-m, --moment <snapshot>', 'the moment of this snapshot, instead of the last one')
    .option('--force', 'take back also what was changed once more since then')
    .option('-n, --dry-run', 'write nothing, list what would be done')
    .option('-y, --yes', 'do not ask')
    .action(runs<UndoCommandOptions, [string | undefined]>(undo))
    .addHelpText(
      'after',
      `
Examples:
  cairn undo                            what happened last here, with a question
  cairn undo --dry-run                  what it would do
  cairn undo --list                     what else happened
  cairn undo --moment 1a2b3c4d src      one of these, in one folder
`,
    );
}

function undo(context: CommandContext, options: UndoCommandOptions, path: string | undefined): Promise<number> {
  const folder = resolvePath(context.workingFolder, path ?? '.');
  return withCodecsAhead(context, (openCodecs, onPassword) =>
    withOpenRepository(context, { onPassword }, (repository) =>
      withSession(repository, { lock: 'shared', ...lockOptions(context) }, (session) =>
        new Undo(context, options, folder, repository, session).run(openCodecs),
      ),
    ),
  );
}

/** One run of the command. */
class Undo {
  readonly #context: CommandContext;
  readonly #options: UndoCommandOptions;
  readonly #folder: DiskPath;
  readonly #repository: Repository;
  readonly #session: Session;

  constructor(
    context: CommandContext,
    options: UndoCommandOptions,
    folder: DiskPath,
    repository: Repository,
    session: Session,
  ) {
    this.#context = context;
    this.#options = options;
    this.#folder = folder;
    this.#repository = repository;
    this.#session = session;
  }

  async run(openCodecs: OpenCodecs): Promise<number> {
    const moments = await this.#moments();
    if (this.#options.list) return this.#list(moments);
    const { moment, plan } = await this.#choose(moments);
    this.#tellMoment(moment, plan);
    const { create, overwrite, delete: deleted, metadata, createFolders } = plan.restore.totals;
    if (create + overwrite + deleted + metadata + createFolders === 0) {
      const what =
        plan.kept.length > 0 ? 'What is left of it was changed once more since then' : 'Nothing is left of it';
      return this.#finish(moment, plan, 0, `${what}: nothing was changed. --list shows other moments.`);
    }
    if (this.#options.dryRun) {
      for (const line of linesOf(plan)) this.#print(line);
      return this.#finish(moment, plan, 0, 'dry run: nothing was written');
    }
    await this.#requireConsent(plan);
    return this.#do(openCodecs, moment, plan);
  }

  async #do(openCodecs: OpenCodecs, moment: RiskMoment, plan: UndoPlan): Promise<number> {
    const { signal } = this.#context;
    // Where nothing is left, nothing can be lost.
    const safety = isFolder(this.#folder)
      ? await this.#snapshot(openCodecs, `Before undoing ${moment.words}`)
      : undefined;
    const result = await executeRestore(this.#session, openCodecs, plan.restore, { signal });
    for (const { path, code, message } of result.problems) this.#context.output.warn(message, { item: path, code });
    // What is there now is what the next moment would otherwise lack.
    await this.#snapshot(openCodecs, `After undoing ${moment.words}`).catch(({ message }: Error) =>
      this.#context.output.warn(`There is no snapshot of what came back: ${message}`),
    );
    const was = safety === undefined ? '' : ` What was there is in the snapshot ${shortId(safety)}.`;
    const text = `brought back ${count(result.files, 'file')}, deleted ${result.deleted}.${was}`;
    const code = this.#finish(moment, plan, result.files, text, {
      files_deleted: result.deleted,
      safety_snapshot: safety,
    });
    return result.problems.length > 0 ? EXIT_FAILED : code;
  }

  /** The latest first. */
  async #moments(): Promise<RiskMoment[]> {
    const filter = { hosts: [currentOwner().hostname] };
    const snapshots = await chooseSnapshots(this.#repository, { filter, signal: this.#context.signal });
    const line = lineOfFolder(snapshots.reverse(), this.#folder);
    const newest = line.at(-1);
    if (!newest) {
      const message = `This repository has no snapshot of ${this.#folder} that was made here. "cairn snapshots" lists what it has.`;
      throw new CairnError('refused', message);
    }
    const now =
      this.#options.moment === undefined && (await findMomentOnDisk(this.#session, newest, this.#undoOptions()));
    return [...(now ? [now] : []), ...findRiskMoments(line)];
  }

  /** The moment that is named, or the last that changed anything in the folder. */
  async #choose(moments: readonly RiskMoment[]): Promise<{ readonly moment: RiskMoment; readonly plan: UndoPlan }> {
    const { moment: name } = this.#options;
    const named = moments.filter(({ after }) => name === undefined || (name !== '' && after?.id.startsWith(name)));
    for (const moment of named) {
      try {
        const plan = await planUndo(this.#session, moment, this.#undoOptions());
        if (plan.changed > 0 || name !== undefined) return { moment, plan };
      } catch (error) {
        // The folder is younger than the moment.
        if (errorCode(error) !== 'path-not-in-snapshot' || name !== undefined) throw error;
      }
    }
    const what = name === undefined ? 'No moment of risk is known' : `No moment of risk has the snapshot ${name}`;
    throw new CairnError(
      'refused',
      `${what} in ${this.#folder}. "cairn undo --list" shows those that are known; "cairn restore" brings back any snapshot.`,
    );
  }

  #undoOptions() {
    const { force = false } = this.#options;
    return { folder: this.#folder, rules: this.#rules(), force, signal: this.#context.signal };
  }

  #rules(): IgnoreOptions {
    const own = readSources(dataFolder()).filter(({ repository }) => repository === this.#repository.config.id);
    const [source] = sourcesOf(own, [this.#folder]);
    if (source && pathsOf(source).length > 0) return source.rules;
    const message = `It is not known by which rules ${this.#folder} was backed up, since that was not done here. "cairn backup" does it once more, "cairn restore" brings back any snapshot.`;
    throw new CairnError('refused', message);
  }

  async #snapshot(openCodecs: OpenCodecs, label: string): Promise<string | undefined> {
    const asked = { place: this.#folder, label, trigger: 'restore', evenIfUnchanged: true } as const;
    const how = { dataFolder: dataFolder(), programVersion: PROGRAM_VERSION, signal: this.#context.signal };
    return (await snapshotAskedFor(this.#repository, openCodecs, asked, how))?.result.snapshotId;
  }

  async #requireConsent(plan: UndoPlan): Promise<void> {
    const { output, signal } = this.#context;
    if (this.#options.yes) return;
    const lines = linesOf(plan);
    if (output.json || !canAsk()) {
      const message = `This would change ${count(lines.length, 'entry', 'entries')}. Nothing was changed. --dry-run lists them, --yes does it without asking.`;
      throw new CairnError('refused', message, { details: { entries: lines.length } });
    }
    for (const { text } of lines.slice(0, LINES_SHOWN)) output.note(text);
    if (lines.length > LINES_SHOWN) output.note(`… and ${lines.length - LINES_SHOWN} more; --dry-run lists all`);
    output.close();
    const answer = await ask('Take that back? What is there now is put into a snapshot first. [y/N] ', signal);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CairnError('aborted', 'Nothing was changed.');
  }

  #tellMoment(moment: RiskMoment, plan: UndoPlan): void {
    const { output } = this.#context;
    if (output.json) return;
    const when = moment.after ? `, ${formatLocalTime(moment.after.snapshot.time)}` : '';
    output.note(
      `${moment.words}${when}: changed ${count(plan.changed, 'file')}; before it: snapshot ${shortId(moment.before.id)}`,
    );
    for (const path of plan.kept)
      output.note(`stays      ${path} (changed once more since then; --force takes it back)`);
  }

  #print({ text, change, path }: UndoLine): void {
    const { output } = this.#context;
    if (output.json) output.data({ message_type: 'verbose_status', action: change, item: path });
    else output.line(text);
  }

  #finish(moment: RiskMoment, plan: UndoPlan, files: number, text: string, more: object = {}): number {
    const { output } = this.#context;
    const { problems } = plan.restore;
    for (const { path, code, message } of problems) output.warn(message, { item: path, code });
    if (output.json) {
      output.data({
        message_type: 'summary',
        ...(this.#options.dryRun && { dry_run: true }),
        moment: momentToData(moment),
        files_changed: plan.changed,
        files_restored: files,
        kept: plan.kept,
        ...more,
      });
    } else if (output.verbosity >= 0) output.line(text);
    return problems.length > 0 ? EXIT_FAILED : EXIT_DONE;
  }

  #list(moments: readonly RiskMoment[]): number {
    const { output } = this.#context;
    if (output.json) {
      for (const moment of moments) output.data({ message_type: 'moment', ...momentToData(moment) });
      return EXIT_DONE;
    }
    const shown = moments.slice(0, LINES_SHOWN);
    const rows = shown.map(({ after, words }) => [
      after ? shortId(after.id) : '-',
      after ? formatLocalTime(after.snapshot.time) : 'now',
      words,
    ]);
    if (rows.length > 0) for (const line of table([['Snapshot', 'Time', 'What happened'], ...rows])) output.line(line);
    output.line(`${count(moments.length, 'moment')} of risk in ${this.#folder}`);
    return EXIT_DONE;
  }
}

interface UndoLine {
  readonly change: string;
  readonly path: string;
  readonly text: string;
}

function linesOf({ restore }: UndoPlan): UndoLine[] {
  return [...planLines(restore)].flatMap(({ change, path, isFolder }) =>
    change === 'unchanged' ? [] : [{ change, path, text: `${change.padEnd(9)}  ${path}${isFolder ? '/' : ''}` }],
  );
}

function momentToData({ words, before, after, actor }: RiskMoment): object {
  return {
    what: words,
    before: before.id,
    ...(after && { after: after.id, time: after.snapshot.time }),
    ...(actor && { actor }),
  };
}
