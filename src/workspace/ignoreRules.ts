import { toByteString, lowerAscii } from './byteString.ts';
import { findEnclosingRepository, findTracked, openGitRepository, type GitRepository } from './gitRepository.ts';
import { compileGlobs, findGlob, type Glob } from './globs.ts';
import {
  describePattern,
  filterPatterns,
  findPattern,
  readPatternFile,
  type PatternChain,
  type PatternFile,
} from './patternFile.ts';
import { leftOutByStats, markerIn, type EntryFacts, type FolderMarker } from './statRules.ts';
import { PatternBudget } from './patternBudget.ts';
import { compilePatterns, patternNames, type PatternLists, type PatternScope } from './resticPatterns.ts';
import { joinName, namesBelow, pathInside, resolveLinks, withSlashes, splitPath } from '../disk/paths.ts';
import { deviceOf, readPlainFile, lookAtPlace } from '../disk/plainFile.ts';
import { foldsCaseAt } from '../disk/foldsCase.ts';

/**
 * What a backup leaves out (design, section 6). Rules for an entry, first match wins:
 *
 * 1. *target*: what lies where backups go to, and *special*: sockets, which only live with their program.
 * 2. Kept: what `alwaysInclude` matches, and all that is in a folder that it matches.
 * 3. *exclude*: the patterns, and the globs, later ones over earlier ones; *gitignore*; *cairnignore*; *cachedir*: what lies
 *    beside a valid `CACHEDIR.TAG`. The tag itself is kept, and the folder with it.
 *
 * A folder that is left out is not entered, so nothing in it can be included again. Where git's rules
 * and the safety of data disagree, or nobody can tell, the entry is kept:
 *
 * - `.gitignore` files count from the root of the backup down, in a repository or not. If the root is
 *   inside a repository, those above it count too, up to the top of the work tree. `info/exclude` of the
 *   repository counts. The person's own `core.excludesFile` does not: it is no part of the source.
 * - What git tracks is never ignored by git's rules, though a pattern fits (git does the same). An
 *   ignored folder in which something is tracked is entered, and only what is tracked is taken. If the
 *   index cannot be understood, git's rules do not count in that work tree.
 * - A repository inside another (clone, submodule, linked work tree) starts anew: the outer one's rules
 *   decide about its folder, not about what is in it.
 * - `.gitignore` never applies to `.git` or to what is in it, and there only those other patterns count
 *   which name `.git`: a pattern for a folder `build` must not tear the branch `build` out of a repository.
 * - A root is what somebody asked for: no rule is asked about it, only about what is in it. Patterns are restic's,
 *   which knows no such exceptions: they count in `.git`, and one that fits the root or a folder above it leaves
 *   out all ({@link leftOutBy}).
 */
export interface IgnoreOptions {
  /** See {@link compileGlobs} for their syntax. */
  readonly excludeGlobs?: readonly string[];
  /** Restic's patterns, compared with whole paths: see {@link compilePatterns}. */
  readonly excludePatterns?: PatternLists;
  /** A root is not left out where such a pattern fits it, or a folder above it. */
  readonly rootsAreWanted?: boolean;
  /** Hears of each of these patterns when it first fits something. */
  readonly onMatch?: (pattern: string) => void;
  readonly alwaysInclude?: readonly string[];
  /** `.gitignore` files and `info/exclude`. */
  readonly useIgnoreFiles?: boolean;
  /** `.cairnignore` files: gitignore syntax, from the root of the backup down. */
  readonly useCairnIgnore?: boolean;
  readonly useCacheDirTag?: boolean;
  /** What is beside such a file is left out. */
  readonly markers?: readonly FolderMarker[];
  /** Files of more bytes are left out. */
  readonly maxFileSize?: number;
  /** What is mounted in a root is left out; the empty folder stays. */
  readonly oneFileSystem?: boolean;
  /** Absolute paths of targets. Links in them are resolved; they need not exist yet. */
  readonly never?: readonly string[];
  /** Whether patterns ignore the case of letters; by default, what is usual on the platform. */
  readonly ignoreCase?: boolean;
}

/** `slow-patterns`: an ignore file that does not count, and leaves out nothing. */
export type SkipReason =
  | 'target'
  | 'special'
  | 'exclude'
  | 'gitignore'
  | 'cairnignore'
  | 'cachedir'
  | 'marker'
  | 'size'
  | 'device'
  | 'slow-patterns';

/** `isKept` and `ignoredBy` are for the state of a folder: see there. */
export interface Inclusion {
  readonly included: true;
  readonly isKept?: boolean;
  readonly ignoredBy?: string;
}

/** `detail` says to a person which pattern or place it was. */
export interface Exclusion {
  readonly included: false;
  readonly reason: SkipReason;
  readonly detail: string;
}

export type Decision = Inclusion | Exclusion;

/** What is known in a folder before a look into it; listing it takes this and makes those of its folders. */
export interface IgnoreState {
  readonly rules: CompiledRules;
  /** The folder as it is walked. */
  readonly path: string;
  /** From the root on, with `/`: empty, or with a slash at the end. */
  readonly relativePath: string;
  /** With links resolved, as a byte string, with a slash at the end. */
  readonly bytePath: string;
  readonly patterns: readonly PatternScope[];
  readonly git: PatternChain | undefined;
  readonly cairn: PatternChain | undefined;
  readonly repository: { readonly git: GitRepository; readonly topLength: number } | undefined;
  /** In a folder that is always included, all is. */
  readonly isKept: boolean;
  /** The pattern by which git ignores the folder, if it was entered for what is tracked in it. */
  readonly ignoredBy: string | undefined;
  readonly isInsideGit: boolean;
  /** Something else is mounted here, and nothing of it wanted. */
  readonly isMountPoint?: boolean;
}

/** The state of a folder once its own ignore files are read. */
export interface FolderRules extends IgnoreState {
  readonly isCache: boolean;
  readonly marker: FolderMarker | undefined;
}

interface CompiledRules {
  readonly exclude: readonly Glob[];
  /** Those which count inside `.git`. */
  readonly excludeInsideGit: readonly Glob[];
  readonly alwaysInclude: readonly Glob[];
  /** Paths relative to the root, with `/`. */
  readonly never: ReadonlySet<string>;
  readonly useIgnoreFiles: boolean;
  readonly useCairnIgnore: boolean;
  readonly useCacheDirTag: boolean;
  readonly markers: readonly FolderMarker[];
  readonly maxFileSize: number;
  /** The one of the root, if others are not wanted. */
  readonly device: bigint | undefined;
  readonly ignoreCase: boolean;
  readonly budget: PatternBudget;
}

const cacheTag = { name: 'CACHEDIR.TAG', signature: 'Signature: 8a477f597d28d172789f06886806bc55' };
const included: Inclusion = { included: true };
const kept: Inclusion = { included: true, isKept: true };

/**
 * The state with which to list `path`, which is `root` or a folder below it. Both are absolute; globs and
 * `.cairnignore` files are relative to `root`. Nothing is decided about `path` and the folders above it.
 * `origin`: patterns are compared with paths as if `root` were there.
 * @throws CairnError `usage` for a glob or a pattern that cannot be used.
 */
export function createIgnoreState(root: string, path: string, options: IgnoreOptions, origin = root): IgnoreState {
  const rules = compileRules(root, options);
  const realRoot = resolveLinks(root);
  const isInsideGit = splitPath(realRoot).some((name) => isGitName(name, rules));
  const usesRulesAbove = rules.useIgnoreFiles && !isInsideGit;
  let state: IgnoreState = {
    rules,
    path: root,
    relativePath: '',
    bytePath: toFolderBytes(realRoot),
    patterns: compilePatterns(options.excludePatterns ?? {}, patternNames(withSlashes(origin)), {
      onMatch: options.onMatch,
      isWanted: options.rootsAreWanted ?? false,
    }),
    cairn: undefined,
    isKept: false,
    ignoredBy: undefined,
    isInsideGit,
    ...(usesRulesAbove ? readRulesAbove(realRoot, rules) : { git: undefined, repository: undefined }),
  };
  for (const name of namesBelow(root, path)) state = enterFolder(readFolderRules(state), name, included);
  return state;
}

/** The state of a folder that was named: what is mounted there is wanted. */
export function wantedMount(state: IgnoreState | undefined, device: bigint): IgnoreState | undefined {
  return state?.isMountPoint ? { ...state, isMountPoint: false, rules: { ...state.rules, device } } : state;
}

/** Why a file that was named is left out all the same; nothing if it is not. */
export function tooLarge({ rules }: IgnoreState, size: bigint): string | undefined {
  return size > rules.maxFileSize ? `larger than ${rules.maxFileSize} bytes` : undefined;
}

/** The pattern that leaves out the folder of the state, and so all that is in it, whatever asked for it. */
export function leftOutBy({ patterns }: IgnoreState): string | undefined {
  return patterns.find((scope) => scope.own !== undefined)?.own;
}

/** The ignore files that count in a folder and were given up, since they take too long. */
export function givenUpFiles({ git, cairn }: IgnoreState): PatternFile[] {
  const files: PatternFile[] = [];
  for (const chain of [git, cairn]) {
    for (let at = chain; at; at = at.next) if (at.file.cost.isGivenUp) files.push(at.file);
  }
  return files;
}

/** True if what stands under this name in a folder decides about other entries there and below. */
export function isRuleFile({ rules, isInsideGit }: IgnoreState, name: string): boolean {
  if (name === '.cairnignore') return rules.useCairnIgnore;
  if (name === cacheTag.name) return rules.useCacheDirTag;
  return rules.useIgnoreFiles && !isInsideGit && (name === '.gitignore' || isGitName(name, rules));
}

/** Reads the ignore files of a folder. `has` tells which names it has, for those who have just listed it. */
export function readFolderRules(
  state: IgnoreState,
  has: (name: string) => boolean = (name) => lookAtPlace(joinName(state.path, name)) !== undefined,
): FolderRules {
  const { rules, path, bytePath } = state;
  const scope = { baseLength: bytePath.length, ignoreCase: rules.ignoreCase };
  let { git, cairn, repository, ignoredBy } = state;
  if (rules.useIgnoreFiles && !state.isInsideGit) {
    const own = has('.git') ? openGitRepository(path, rules.ignoreCase) : undefined;
    if (own) {
      git = link(readPatternFile(own.excludeFile, scope, rules.budget, true), undefined);
      repository = { git: own, topLength: bytePath.length };
      ignoredBy = undefined;
    }
    if (has('.gitignore')) git = link(readPatternFile(joinName(path, '.gitignore'), scope, rules.budget), git);
  }
  if (rules.useCairnIgnore && has('.cairnignore'))
    cairn = link(readPatternFile(joinName(path, '.cairnignore'), scope, rules.budget), cairn);
  const isCache = rules.useCacheDirTag && state.relativePath !== '' && has(cacheTag.name) && hasCacheTag(path);
  const marker = markerIn(path, has, rules.markers);
  return { ...state, git, cairn, repository, ignoredBy, isCache, marker };
}

/** Decides about an entry of a folder. `isSpecial`: it is of a kind that cannot be stored. */
export function decide(
  folder: FolderRules,
  name: string,
  isFolder: boolean,
  isSpecial: boolean,
  stats?: EntryFacts,
): Decision {
  const { rules } = folder;
  const relativePath = folder.relativePath + name;
  if (rules.never.size > 0 && rules.never.has(relativePath)) return skip('target', 'backups are stored here');
  if (isSpecial) return skip('special', 'a socket or an unknown kind of file');
  if (folder.isKept) return kept;

  const entry = { name, relativePath, absolutePath: withSlashes(joinName(folder.path, name)), isFolder };
  if (findGlob(rules.alwaysInclude, entry)) return kept;
  for (const scope of folder.patterns) {
    const pattern = scope.find(name);
    if (pattern !== undefined) return skip('exclude', pattern);
  }
  const glob = findGlob(folder.isInsideGit ? rules.excludeInsideGit : rules.exclude, entry);
  if (glob) return skip('exclude', glob.source);
  const found = stats && leftOutByStats(rules, folder, name, isFolder, stats);
  return found ? skip(found.reason, found.detail) : decideByFiles(folder, name, isFolder);
}

/** The state for a folder that is in the backup, from that of its parent and the decision about it. */
export function enterFolder(parent: FolderRules, name: string, decision: Inclusion, dev?: bigint): IgnoreState {
  const { rules, path, relativePath, bytePath, patterns, git, cairn, repository, isInsideGit } = parent;
  const below = {
    rules,
    path: joinName(path, name),
    relativePath: `${relativePath}${name}/`,
    bytePath: `${bytePath}${toByteString(name)}/`,
    patterns: patterns.length === 0 ? patterns : patterns.map((scope) => scope.enter(name)),
    isKept: decision.isKept === true,
    ignoredBy: decision.ignoredBy,
    ...(rules.device !== undefined && dev !== undefined && dev !== rules.device && { isMountPoint: true }),
  };
  if (!isGitName(name, rules)) return { ...below, git, cairn, repository, isInsideGit };
  return { ...below, git: undefined, cairn: filterChain(cairn), repository: undefined, isInsideGit: true };
}

function decideByFiles(folder: FolderRules, name: string, isFolder: boolean): Decision {
  if (!folder.git && !folder.cairn && !folder.isCache && folder.ignoredBy === undefined) return included;
  const byteName = toByteString(name);
  const path = folder.bytePath + byteName;
  const byGit = isGitName(name, folder.rules) ? undefined : findGitRule(folder, path, byteName, isFolder);
  const tracked = byGit && findTrackedState(folder, path, isFolder);
  if (byGit !== undefined && tracked === undefined) return skip('gitignore', byGit);

  const cairn = findPattern(folder.cairn, path, byteName, isFolder);
  if (cairn && !cairn.pattern.negated) return skip('cairnignore', describePattern(cairn));
  if (folder.isCache && name !== cacheTag.name) return skip('cachedir', joinName(folder.path, cacheTag.name));
  return tracked === 'inside' && byGit !== undefined ? { included: true, ignoredBy: byGit } : included;
}

/** The pattern by which git ignores a path that it does not track. */
function findGitRule(folder: FolderRules, path: string, name: string, isFolder: boolean): string | undefined {
  if (folder.ignoredBy !== undefined) return folder.ignoredBy;
  const found = findPattern(folder.git, path, name, isFolder);
  return found && !found.pattern.negated ? describePattern(found) : undefined;
}

/** As {@link findTracked}; `self` too when nobody can tell. */
function findTrackedState(folder: FolderRules, path: string, isFolder: boolean): 'self' | 'inside' | undefined {
  if (!folder.repository) return undefined;
  const paths = folder.repository.git.trackedPaths();
  if (!paths) return 'self';
  const below = path.slice(folder.repository.topLength);
  const tracked = findTracked(paths, folder.rules.ignoreCase ? lowerAscii(below) : below);
  return tracked === 'inside' && !isFolder ? undefined : tracked;
}

function compileRules(root: string, options: IgnoreOptions): CompiledRules {
  const { excludeGlobs = [], alwaysInclude = [], never = [] } = options;
  const ignoreCase = options.ignoreCase ?? foldsCaseAt(root);
  const exclude = compileGlobs(excludeGlobs, ignoreCase);
  const inside = never.map((path) => pathInside(root, path)).filter((path) => path !== undefined);
  return {
    exclude,
    excludeInsideGit: exclude.filter((glob) => namesGit(glob.source)),
    alwaysInclude: compileGlobs(alwaysInclude, ignoreCase),
    never: new Set(inside),
    useIgnoreFiles: options.useIgnoreFiles ?? false,
    useCairnIgnore: options.useCairnIgnore ?? false,
    useCacheDirTag: options.useCacheDirTag ?? false,
    markers: options.markers ?? [],
    maxFileSize: options.maxFileSize ?? Infinity,
    device: options.oneFileSystem ? deviceOf(root) : undefined,
    ignoreCase,
    budget: new PatternBudget(),
  };
}

/** The patterns of the work tree that holds the root: from its top down to the folder above the root. */
function readRulesAbove(root: string, { ignoreCase, budget }: CompiledRules): Pick<IgnoreState, 'git' | 'repository'> {
  const top = findEnclosingRepository(root);
  const repository = top === undefined ? undefined : openGitRepository(top, ignoreCase);
  if (top === undefined || !repository) return { git: undefined, repository: undefined };
  const topLength = toFolderBytes(top).length;
  const ofTop = { baseLength: topLength, ignoreCase };
  let git = link(readPatternFile(repository.excludeFile, ofTop, budget, true), undefined);
  let folder = top;
  for (const name of namesBelow(top, root)) {
    const scope = { baseLength: toFolderBytes(folder).length, ignoreCase };
    git = link(readPatternFile(joinName(folder, '.gitignore'), scope, budget), git);
    folder = joinName(folder, name);
  }
  return { git, repository: { git: repository, topLength } };
}

function hasCacheTag(folder: string): boolean {
  const tag = readPlainFile(joinName(folder, cacheTag.name), 65536, false);
  return tag !== undefined && tag.toString('latin1', 0, cacheTag.signature.length) === cacheTag.signature;
}

function link(file: PatternFile | undefined, next: PatternChain | undefined): PatternChain | undefined {
  return file ? { file, next } : next;
}

/** Only the patterns that name `.git`, for what is in it. */
function filterChain(chain: PatternChain | undefined): PatternChain | undefined {
  return (
    chain &&
    link(
      filterPatterns(chain.file, ({ source }) => namesGit(source)),
      filterChain(chain.next),
    )
  );
}

function namesGit(pattern: string): boolean {
  return /(^|[!/])\.git(\/|$)/.test(withSlashes(pattern));
}

function isGitName(name: string, rules: CompiledRules): boolean {
  return name === '.git' || (rules.ignoreCase && name.toLowerCase() === '.git');
}

function skip(reason: SkipReason, detail: string): Decision {
  return { included: false, reason, detail };
}

function toFolderBytes(path: string): string {
  const bytes = toByteString(withSlashes(path));
  return bytes.endsWith('/') ? bytes : `${bytes}/`;
}
