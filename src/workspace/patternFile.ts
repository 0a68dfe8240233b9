import { decodeRaw } from '../base/rawName.ts';
import { lowerAscii } from './byteString.ts';
import { matchesGitPattern, parseGitPattern, type GitPattern } from './gitPattern.ts';
import { readPlainFile } from '../disk/plainFile.ts';
import { PatternBudget, type PatternCost } from './patternBudget.ts';

/** What the patterns of a file are about. */
export interface PatternScope {
  /** Length of the byte string of the folder below which they apply, with the slash at its end. */
  readonly baseLength: number;
  readonly ignoreCase: boolean;
}

/** A file in gitignore syntax, prepared for matching. */
export interface PatternFile extends PatternScope {
  readonly path: string;
  /** Patterns that are just one name or path, by it; each list in the order of the file. */
  readonly literals: ReadonlyMap<string, readonly GitPattern[]>;
  /** Patterns of the form `*.extension`, by the extension with its dot. */
  readonly extensions: ReadonlyMap<string, readonly GitPattern[]>;
  /** All others, last first. */
  readonly wildcards: readonly GitPattern[];
  readonly cost: PatternCost;
}

/** The pattern files that apply in a folder: those nearer come first and win over those farther away. */
export interface PatternChain {
  readonly file: PatternFile;
  readonly next: PatternChain | undefined;
}

/** Larger files are not lists of patterns. */
const largestFile = 2 ** 20;

/**
 * Reads and prepares a pattern file. One that is missing, unreadable, too large or no plain file (a link
 * too, unless `followLinks`) has no patterns: in doubt a file is kept. One for which there is no time is given up.
 */
export function readPatternFile(
  path: string,
  scope: PatternScope,
  budget: PatternBudget,
  followLinks = false,
): PatternFile | undefined {
  const bytes = readPlainFile(path, largestFile, followLinks);
  if (!bytes) return undefined;
  if (!budget.canPrepare(bytes.length)) return givenUpFile(path, scope, budget);
  const start = performance.now();
  const file = parsePatternFile(bytes.toString('latin1'), path, scope, budget);
  budget.spendPreparing(performance.now() - start);
  return file;
}

function givenUpFile(path: string, scope: PatternScope, budget: PatternBudget): PatternFile {
  const cost = budget.open();
  cost.isGivenUp = true;
  return { ...scope, path, literals: new Map(), extensions: new Map(), wildcards: [], cost };
}

/** Prepares the content (a byte string) of a pattern file; nothing when no line holds a pattern. */
export function parsePatternFile(
  content: string,
  path: string,
  scope: PatternScope,
  budget = new PatternBudget(),
): PatternFile | undefined {
  const lines = content.replace(/^\xef\xbb\xbf/, '').split(/\r?\n/);
  const patterns = lines.map((line, at) => parseGitPattern(line, at + 1, scope.ignoreCase));
  return preparePatterns(
    patterns.filter((pattern) => pattern !== undefined),
    path,
    scope,
    budget.open(),
  );
}

/** The same file with only those patterns that pass; nothing when none does. */
export function filterPatterns(file: PatternFile, passes: (pattern: GitPattern) => boolean): PatternFile | undefined {
  const patterns = [...file.literals.values(), ...file.extensions.values(), file.wildcards].flat().filter(passes);
  return preparePatterns(
    patterns.sort((a, b) => a.line - b.line),
    file.path,
    file,
    file.cost,
  );
}

/**
 * The pattern that decides about an entry, if any: the last that fits in the nearest file that has one.
 * `path` is the byte string of the entry's whole path, `name` that of its last part. What a file that was given up
 * would say nobody knows, so none farther away decides, either: in doubt an entry is kept.
 */
export function findPattern(
  chain: PatternChain | undefined,
  path: string,
  name: string,
  isFolder: boolean,
): { readonly pattern: GitPattern; readonly file: PatternFile } | undefined {
  for (let link = chain; link; link = link.next) {
    const { cost } = link.file;
    if (cost.isGivenUp) return undefined;
    const start = performance.now();
    const pattern = findInFile(link.file, path, name, isFolder);
    cost.spend(performance.now() - start);
    if (pattern) return { pattern, file: link.file };
  }
  return undefined;
}

/** The place and text of a pattern, about as `git check-ignore -v` prints it; no more than the beginning of a long one. */
export function describePattern({ pattern, file }: { pattern: GitPattern; file: PatternFile }): string {
  return `${file.path}:${pattern.line}: ${decodeRaw(Buffer.from(pattern.source.slice(0, 200), 'latin1'))}`;
}

function preparePatterns(
  patterns: readonly GitPattern[],
  path: string,
  scope: PatternScope,
  cost: PatternCost,
): PatternFile | undefined {
  if (patterns.length === 0) return undefined;
  const literals = new Map<string, GitPattern[]>();
  const extensions = new Map<string, GitPattern[]>();
  const wildcards: GitPattern[] = [];
  for (const pattern of patterns) {
    if (pattern.suffix !== undefined && /^\.[^.]*$/.test(pattern.suffix)) append(extensions, pattern.suffix, pattern);
    else if (pattern.suffix === undefined && pattern.rest === undefined) append(literals, pattern.prefix, pattern);
    else wildcards.push(pattern);
  }
  return {
    path,
    baseLength: scope.baseLength,
    ignoreCase: scope.ignoreCase,
    literals,
    extensions,
    wildcards: wildcards.reverse(),
    cost,
  };
}

function append(lists: Map<string, GitPattern[]>, key: string, pattern: GitPattern): void {
  const list = lists.get(key);
  if (list) list.push(pattern);
  else lists.set(key, [pattern]);
}

function findInFile(file: PatternFile, path: string, name: string, isFolder: boolean): GitPattern | undefined {
  let below = path.slice(file.baseLength);
  if (file.ignoreCase) {
    below = lowerAscii(below);
    name = lowerAscii(name);
  }
  const extension = name.lastIndexOf('.');
  const last = later(
    later(lastFor(file.literals.get(name), false, isFolder), lastFor(file.literals.get(below), true, isFolder)),
    extension < 0 ? undefined : lastFor(file.extensions.get(name.slice(extension)), false, isFolder),
  );
  for (const pattern of file.wildcards) {
    if (last && last.line > pattern.line) break;
    if (!isFolder && pattern.foldersOnly) continue;
    if (matchesGitPattern(pattern, pattern.wholePath ? below : name)) return pattern;
  }
  return last;
}

function lastFor(
  list: readonly GitPattern[] | undefined,
  wholePath: boolean,
  isFolder: boolean,
): GitPattern | undefined {
  return list?.findLast((pattern) => pattern.wholePath === wholePath && (isFolder || !pattern.foldersOnly));
}

function later(one: GitPattern | undefined, other: GitPattern | undefined): GitPattern | undefined {
  return !one || (other && other.line > one.line) ? other : one;
}
