import { aheadOf } from '../../base/atOnce.ts';
import { CairnError } from '../../base/errors.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import type { DiskPath, TreePath } from '../../base/pathKinds.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinTreePath } from '../../base/treePath.ts';
import { joinPath } from '../../disk/paths.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from '../chooseSnapshots.ts';
import { idOfContent, type HistoryWorkspace } from '../fileHistory.ts';
import { compileGlob } from '../pathGlob.ts';
import { readFileContent, type BlobLoader } from '../readFile.ts';
import type { Session } from '../session.ts';
import { toTreeProblem, type TreeProblem } from '../walkTree.ts';
import { ContentVerdicts } from './contentVerdicts.ts';
import { DistinctFiles } from './distinctFiles.ts';
import { folderStates, placesWithStates, type FolderState } from './folderStates.ts';
import { RecentTrees } from './recentTrees.ts';
import { isSurelyWithout, searchText, type MatchingLine, type TextSearchResult } from './searchText.ts';
import { compilePattern, type SearchPattern, type TextPattern } from './textPattern.ts';

export interface SearchOptions extends SnapshotChoice {
  readonly workspace?: HistoryWorkspace;
  /** Only files that one of these globs matches, and none that one with `!` before it does. */
  readonly globs?: readonly string[];
  /** Search binary files, too. */
  readonly anyContent?: boolean;
  /** Hears of what cannot be read, or searched in time. */
  readonly onProblem?: (problem: TreeProblem) => void;
  readonly onProgress?: ProgressListener;
}

/** A version of a file that matches. */
export interface FoundContent {
  /** Where the file is or was. Of a workspace that was moved: where it would be today. */
  readonly path: DiskPath;
  /** The newest snapshot that has this version. */
  readonly stored: StoredSnapshot;
  readonly pathInTree: TreePath;
  readonly node: Node;
  /** As `fileHistory` has it. */
  readonly contentId: string;
  readonly lines: readonly MatchingLine[];
  /** More lines match. */
  readonly isCut: boolean;
}

/** So many files that a pattern takes too long for, and it is given up. */
const MOST_TOO_LONG = 3;
/** So many files are looked up together, so that what is far away comes with few calls. */
const BATCH = 32;

/**
 * Searches the files of all chosen snapshots for lines, newest snapshot first, and gives each version of a file that
 * matches once, as it is found. Each content is read once, however many files and snapshots have it.
 * Throws `usage` for a pattern or glob that cannot be used, `refused` for a pattern that takes too long, and as
 * `placesWithStates` does.
 */
export async function* searchContent(
  session: Session,
  pattern: SearchPattern,
  places: readonly DiskPath[],
  options: SearchOptions = {},
): AsyncGenerator<FoundContent, void, void> {
  const compiled = compilePattern(pattern);
  const isWanted = compileGlobs(options.globs ?? []);
  const snapshots = await chooseSnapshots(session.repository, options);
  const search = new ContentSearch(session, compiled, options);
  const all = places.flatMap((place) => placesWithStates(snapshots, place, options.workspace));
  for (const place of new Set(all)) {
    for await (const batch of inBatches(search.filesIn(snapshots, place, isWanted))) yield* search.searchBatch(batch);
  }
}

function compileGlobs(globs: readonly string[]): (path: TreePath, name: string) => boolean {
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map((glob) => compileGlob(glob, false));
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => compileGlob(glob.slice(1), false));
  return (path, name) =>
    (wanted.length === 0 || wanted.some((glob) => glob.matches(path, name))) &&
    !unwanted.some((glob) => glob.matches(path, name));
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[], void, void> {
  let batch: T[] = [];
  for await (const item of items) {
    if (batch.push(item) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Candidate = Pick<FoundContent, 'path' | 'stored' | 'pathInTree' | 'node'>;

class ContentSearch {
  readonly #session: Session;
  readonly #pattern: TextPattern;
  readonly #options: SearchOptions;
  readonly #trees: RecentTrees;
  readonly #giveWay: GiveWay;
  readonly #verdicts: ContentVerdicts;
  readonly #told = new Set<string>();
  readonly #onProblem: (problem: TreeProblem) => void;
  #tooLong = 0;
  #searched = 0;
  #bytes = 0;

  constructor(session: Session, pattern: TextPattern, options: SearchOptions) {
    this.#session = session;
    this.#pattern = pattern;
    this.#options = options;
    this.#trees = new RecentTrees(session.reader);
    this.#giveWay = createGiveWay(options.signal);
    this.#verdicts = new ContentVerdicts(session.index);
    this.#onProblem = options.onProblem ?? (() => {});
  }

  /** The files in a place that may match and were not told of, newest snapshot first. */
  async *filesIn(
    snapshots: readonly StoredSnapshot[],
    place: DiskPath,
    isWanted: (path: TreePath, name: string) => boolean,
  ): AsyncGenerator<Candidate, void, void> {
    const { workspace, signal } = this.#options;
    const files = new DistinctFiles(this.#trees, this.#giveWay, this.#onProblem);
    const followed = { onProblem: this.#onProblem, ...(workspace && { workspace }), ...(signal && { signal }) };
    for await (const state of folderStates(this.#trees, snapshots, place, followed)) {
      if (!state.entry) continue;
      for await (const { way, node } of files.walk(state.entry)) {
        const candidate = { ...placeOf(state, place, way), stored: state.stored, node };
        const isOpen = node.content?.length && this.#verdicts.get(node.content) !== 'none';
        if (isOpen && isWanted(candidate.pathInTree, node.name) && !this.#told.has(keyOf(candidate))) yield candidate;
      }
    }
  }

  async *searchBatch(batch: readonly Candidate[]): AsyncGenerator<FoundContent, void, void> {
    const { connections } = this.#session.repository.backend.properties;
    const contents = new Map(batch.map((candidate) => [keyOf({ ...candidate, path: '' }), candidate]));
    const results = new Map<string, TextSearchResult>();
    const search = async ([key, candidate]: [string, Candidate]) => {
      await this.#giveWay();
      return [key, await this.#resultOf(candidate)] as const;
    };
    for await (const [key, result] of aheadOf(contents, connections, search)) results.set(key, result);
    for (const candidate of batch) {
      const { lines, isCut } = results.get(keyOf({ ...candidate, path: '' }))!;
      const key = keyOf(candidate);
      if (lines.length === 0 || this.#told.has(key)) continue;
      this.#told.add(key);
      yield { ...candidate, contentId: idOfContent(candidate.node), lines, isCut };
    }
  }

  async #resultOf(candidate: Candidate): Promise<TextSearchResult> {
    const content = candidate.node.content!;
    const known = this.#verdicts.resultOf(content);
    if (known) return known;
    const result = await this.#search(candidate, content);
    this.#verdicts.set(content, result);
    this.#options.onProgress?.({
      phase: 'Searching',
      items: ++this.#searched,
      bytes: this.#bytes,
      current: candidate.path,
    });
    return result;
  }

  async #search(candidate: Candidate, content: readonly BlobId[]): Promise<TextSearchResult> {
    const { path, pathInTree, node } = candidate;
    const nothing: TextSearchResult = { kind: 'searched', lines: [], isCut: false };
    const { anyContent = false, signal } = this.#options;
    try {
      let loader: BlobLoader = this.#session.reader;
      if (content.length === 1) {
        const whole = await loader.load('data', content[0]!);
        if (isSurelyWithout(whole, this.#pattern)) return this.#count(whole, nothing);
        loader = { load: async () => whole };
      }
      const parts = this.#counted(readFileContent(loader, { path: pathInTree, node }, signal));
      const result = await searchText(parts, this.#pattern, { anyContent });
      if (result.kind === 'too-long') this.#noteTooLong(path);
      return result;
    } catch (error) {
      this.#onProblem(toTreeProblem(error, path));
      return nothing;
    }
  }

  #count<T>(part: Buffer, result: T): T {
    this.#bytes += part.length;
    return result;
  }

  async *#counted(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const part of parts) {
      await this.#giveWay();
      yield this.#count(part, part);
    }
  }

  #noteTooLong(path: DiskPath): void {
    const advice = 'What takes so long is a repetition in a repetition, as in (a+)+: write it in a simpler way.';
    if (++this.#tooLong >= MOST_TOO_LONG) {
      const message = `The search was ended: the regular expression takes too long, last for ${displayPath(path)}. ${advice}`;
      throw new CairnError('refused', message, { details: { path: displayPath(path) } });
    }
    const message = `${displayPath(path)} was left out, in part: the regular expression takes too long. ${advice}`;
    this.#onProblem({ path, code: 'refused', message });
  }
}

function placeOf({ path }: FolderState, place: DiskPath, way: string): Pick<Candidate, 'path' | 'pathInTree'> {
  return { path: joinPath(place, way), pathInTree: way === '' ? path : joinTreePath(path, way) };
}

function keyOf({ path, node }: Pick<Candidate, 'path' | 'node'>): string {
  const content = node.content!;
  return `${content.length === 1 ? content[0]! : idOfContent(node)}${path}`;
}
