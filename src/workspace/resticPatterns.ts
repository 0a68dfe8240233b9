import { CairnError } from '../base/errors.ts';
import { displayPath } from '../base/rawName.ts';
import { isWindows } from '../disk/system.ts';
import { compileName, type NamePattern } from './goPattern.ts';

/** Patterns for paths, as a person gave them. Plain data. Each list is for itself: an entry need fit only one. */
export interface PatternLists {
  readonly patterns?: readonly string[];
  /** In which upper and lower case letters are the same. */
  readonly anyCase?: readonly string[];
}

/** Hears of each pattern when it first fits something, as it was given. */
export type PatternListener = (source: string) => void;

type Part = NamePattern | typeof folders;

interface PathPattern {
  readonly source: string;
  /** `!`: takes back what earlier patterns of the list match. */
  readonly isNegated: boolean;
  /** Its place in the list: a later pattern wins. */
  readonly rank: number;
  /** Begins at the top of the disk; otherwise anywhere. */
  readonly isRooted: boolean;
  readonly parts: readonly Part[];
  /** More than one part is `**`. Otherwise none is last, and none first unless rooted. */
  readonly isManifold: boolean;
  isUsed: boolean;
}

/** `**`: any number of folders, or none. */
const folders = '**';
/** The first part of a path that begins with a slash. */
const top = '/';

/**
 * Patterns by restic's rules. A pattern is split at its slashes, each part is matched with one name by
 * {@link compileName}, and `**` stands for any number of folders. One that does not begin with a slash fits at
 * any depth. What is in a folder that fits, fits. `!` in front takes back what an earlier pattern matched, but
 * whoever leaves out a folder does not look into it. Paths are those of the disk from its top, or of a tree.
 */
class PatternList {
  readonly ignoreCase: boolean;
  readonly rooted: readonly PathPattern[];
  readonly #relative: boolean;
  /** Patterns by their last name, where that is just a name. */
  readonly #byName = new Map<string, PathPattern[]>();
  readonly #others: PathPattern[] = [];
  readonly #onMatch: PatternListener | undefined;

  constructor(patterns: readonly PathPattern[], ignoreCase: boolean, onMatch: PatternListener | undefined) {
    this.ignoreCase = ignoreCase;
    this.rooted = patterns.filter((pattern) => pattern.isRooted);
    this.#relative = this.rooted.length < patterns.length;
    this.#onMatch = onMatch;
    for (const pattern of patterns) {
      const last = pattern.parts.at(-1);
      const name = typeof last === 'object' && !pattern.isManifold ? last.literal : undefined;
      const known = name === undefined ? this.#others : this.#byName.get(name);
      if (known) known.push(pattern);
      else this.#byName.set(name!, [pattern]);
    }
  }

  get hasRelative(): boolean {
    return this.#relative;
  }

  /** The last of those patterns that fit the name in this folder, or fit the folder already. */
  find(folder: PatternScope | undefined, name: string, doesCount: boolean): PathPattern | undefined {
    let found = folder?.decisive;
    const named = this.#byName.get(name);
    if (named) found = this.#findIn(named, found, folder, name, doesCount);
    return this.#findIn(this.#others, found, folder, name, doesCount);
  }

  #findIn(
    patterns: readonly PathPattern[],
    found: PathPattern | undefined,
    folder: PatternScope | undefined,
    name: string,
    doesCount: boolean,
  ): PathPattern | undefined {
    for (const pattern of patterns) {
      const isLater = !found || pattern.rank > found.rank;
      const isNew = doesCount && !pattern.isUsed;
      if ((!isLater && !isNew) || !endsAt(pattern, folder, name)) continue;
      if (isNew) this.#use(pattern);
      if (isLater) found = pattern;
    }
    return found;
  }

  #use(pattern: PathPattern): void {
    pattern.isUsed = true;
    this.#onMatch?.(pattern.source);
  }
}

/** What a list of patterns says in one folder. */
export class PatternScope {
  readonly parent: PatternScope | undefined;
  /** As the list compares it. The first of all is `/`, or a drive. */
  readonly name: string;
  /** The last pattern that fits the folder itself, or one above it. */
  readonly decisive: PathPattern | undefined;
  readonly #list: PatternList;

  /** `doesCount`: what fits the folder is used thereby; `isAsked`: patterns are asked about the folder itself. */
  constructor(
    list: PatternList,
    parent: PatternScope | undefined,
    name: string,
    { doesCount = false, isAsked = true }: { readonly doesCount?: boolean; readonly isAsked?: boolean } = {},
  ) {
    this.#list = list;
    this.parent = parent;
    this.name = list.ignoreCase ? lowerCase(name) : name;
    this.decisive = isAsked ? list.find(parent, this.name, doesCount) : undefined;
  }

  /** The pattern that fits the folder itself, if it is not taken back. */
  get own(): string | undefined {
    return this.decisive && !this.decisive.isNegated ? this.decisive.source : undefined;
  }

  /** The pattern that fits an entry of the folder, if it is not taken back. `doesCount`: it is used thereby. */
  find(name: string, doesCount = true): string | undefined {
    const found = this.#list.find(this, this.#list.ignoreCase ? lowerCase(name) : name, doesCount);
    return found && !found.isNegated ? found.source : undefined;
  }

  enter(name: string): PatternScope {
    return new PatternScope(this.#list, this, name);
  }

  /** Whether something below the folder could fit. */
  get mayFitBelow(): boolean {
    return this.#list.hasRelative || this.own !== undefined || this.#list.rooted.some((it) => mayFitBelow(it, this));
  }
}

export interface CompileOptions {
  readonly onMatch?: PatternListener | undefined;
  /** Nothing is asked about the folder and those above it: it is what somebody wants. */
  readonly isWanted?: boolean;
}

/**
 * Prepares patterns for matching below a folder: a scope for each list that is not empty. `names` leads from
 * the top of the disk, or of a tree, to the folder: first `/` or a drive.
 * @throws CairnError `usage` for patterns that are malformed; all of them are named.
 */
export function compilePatterns(
  { patterns = [], anyCase = [] }: PatternLists,
  names: readonly string[],
  { onMatch, isWanted = false }: CompileOptions = {},
): PatternScope[] {
  const how = { doesCount: true, isAsked: !isWanted };
  return [compileList(patterns, false, onMatch), compileList(anyCase, true, onMatch)]
    .filter((list) => list !== undefined)
    .map((list) => {
      const start = new PatternScope(list, undefined, names[0]!, how);
      return names.slice(1).reduce((scope, name) => new PatternScope(list, scope, name, how), start);
    });
}

/** Throws `usage` for patterns that are malformed. */
export function checkPatterns(lists: PatternLists): void {
  compilePatterns(lists, [top]);
}

/** Whether the pattern is well-formed. */
export function isPathPattern(source: string): boolean {
  return parsePattern(source, 0, false) !== undefined;
}

/** The names from the top to a place, for {@link compilePatterns}: those of a path with `/` as separator. */
export function patternNames(path: string): string[] {
  const names = path.split('/');
  if (names[0] === '') names[0] = top;
  if (names.length > 1 && names.at(-1) === '') names.pop();
  return names;
}

function compileList(
  sources: readonly string[],
  ignoreCase: boolean,
  onMatch: PatternListener | undefined,
): PatternList | undefined {
  const given = sources.filter((source) => source !== '');
  if (given.length === 0) return undefined;
  const parsed = given.map((source, rank) => parsePattern(source, rank, ignoreCase));
  const malformed = given.filter((_, at) => !parsed[at]).map((source) => `‘${displayPath(source.slice(0, 100))}’`);
  if (malformed.length > 0) {
    const what = malformed.length === 1 ? 'The pattern' : 'The patterns';
    throw new CairnError(
      'usage',
      `${what} ${malformed.join(', ')} cannot be used: a set in brackets is not complete, or nothing comes after a backslash.`,
    );
  }
  return new PatternList(
    parsed.filter((pattern) => pattern !== undefined),
    ignoreCase,
    onMatch,
  );
}

function parsePattern(source: string, rank: number, ignoreCase: boolean): PathPattern | undefined {
  const isNegated = source.startsWith('!');
  const text = isNegated ? source.slice(1) : source;
  const { isRooted, names } = cleanPattern(ignoreCase ? lowerCase(text) : text);
  const parts: Part[] = [];
  for (const name of names) {
    const part = name === folders ? folders : compileName(name);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const isManifold = parts.filter((part) => part === folders).length > 1;
  // At the end `**` adds nothing: what is in a folder that fits, fits. Nor does it where a pattern may begin anywhere.
  if (!isManifold && parts.at(-1) === folders) parts.pop();
  if (!isManifold && !isRooted && parts[0] === folders) parts.shift();
  return { source, isNegated, rank, isRooted, parts, isManifold, isUsed: false };
}

/** As Go's `filepath.Clean`: no empty names, no `.`, and `..` takes back the name before it. */
function cleanPattern(source: string): { isRooted: boolean; names: string[] } {
  const text = isWindows ? source.replaceAll('\\', '/') : source;
  const isRooted = text.startsWith('/');
  // The name of a share, which comes after nothing.
  const names: string[] = isWindows && /^\/\/[^/]/.test(text) ? [''] : [];
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..' || (!isRooted && (names.length === 0 || names.at(-1) === '..'))) names.push(name);
    else names.pop();
  }
  return { isRooted, names: names.length === 0 && !isRooted ? ['.'] : names };
}

/** Whether the pattern fits this name in this folder, if it does not fit the folder. */
function endsAt(pattern: PathPattern, folder: PatternScope | undefined, name: string): boolean {
  const { parts, isRooted, isManifold } = pattern;
  if (isManifold) return fitsManifold(pattern, [...namesOf(folder), name]);
  const last = parts.at(-1);
  // `/` and `/**` fit the top, and `**` all that is in it.
  if (last === undefined) return isRooted === (name === top && !folder);
  if (name === top && !folder) return false;
  if (last !== folders && !last.fits(name)) return false;
  return parts.length === 1 && !isRooted ? true : leadsTo(parts, isRooted, folder);
}

/** Whether all parts of a pattern but the last lead to this folder. */
function leadsTo(parts: readonly Part[], isRooted: boolean, folder: PatternScope | undefined): boolean {
  let at = parts.length - 2;
  let here = folder;
  let retry: { at: number; here: PatternScope | undefined } | undefined;
  for (;;) {
    const part = parts[at];
    const isTop = here === undefined || (here.name === top && !here.parent);
    if (part === undefined && (!isRooted || (isTop && here))) return true;
    if (part === folders) {
      retry = { at: --at, here };
    } else if (part && here && !isTop && part.fits(here.name)) {
      at--;
      here = here.parent;
    } else if (retry?.here) {
      retry.here = retry.here.parent;
      ({ at, here } = retry);
    } else {
      return false;
    }
  }
}

/**
 * Whether a pattern with several `**` fits a path or a folder on the way to it. Where restic lets one of them
 * stand for some folders, the path has to have room for one name more for each `**` that follows, though that may
 * stand for nothing. So such a pattern may fit what is in a folder and not the folder itself.
 */
function fitsManifold({ parts, isRooted }: PathPattern, names: readonly string[]): boolean {
  if (isRooted && names[0] !== top) return false;
  const wildcards = parts.filter((part) => part === folders).length;
  const room = names.length - (parts.length - wildcards) - (isRooted ? 1 : 0);
  const failed = new Set<number>();
  const goesOn = (at: number, place: number, taken: number, left: number): boolean => {
    const part = parts[at];
    if (part === undefined) return true;
    const key = place * parts.length + at;
    if (failed.has(key)) return false;
    failed.add(key);
    if (part !== folders)
      return place < names.length && part.fits(names[place]!) && goesOn(at + 1, place + 1, taken, left);
    for (let more = 0; taken + more <= room - (left - 1); more++) {
      if (goesOn(at + 1, place + more, taken + more, left - 1)) return true;
    }
    return false;
  };
  for (let start = names[0] === top ? 1 : 0; start <= names.length; start++) {
    if (goesOn(0, start, 0, wildcards)) return true;
    if (isRooted) return false;
    failed.clear();
  }
  return false;
}

/** The names from the top to a folder. */
function namesOf(folder: PatternScope | undefined): string[] {
  const names: string[] = [];
  for (let here = folder; here; here = here.parent) names.unshift(here.name);
  return names;
}

/** Whether a rooted pattern could fit below a folder: as far as its `**`, the folder has to be on its way. */
function mayFitBelow({ parts }: PathPattern, folder: PatternScope): boolean {
  const names = namesOf(folder);
  if (names[0] !== top) return false;
  for (const [at, name] of names.slice(1).entries()) {
    const part = parts[at];
    if (part === folders || part === undefined) return true;
    if (!part.fits(name)) return false;
  }
  return true;
}

/** As Go lowers letters: one by one, and one for one. */
function lowerCase(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (letter) =>
    letter === 'İ' ? 'i' : letter.isWellFormed() ? letter.toLowerCase() : '\ufffd',
  ).join('');
}
