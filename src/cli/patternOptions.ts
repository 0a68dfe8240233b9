import type { Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import { checkPatterns, patternsInFile, readSmallFile, type PatternLists } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { count } from './format.ts';
import { collect } from './globalOptions.ts';
import { resolvePath } from './resolvePath.ts';

/** The options that {@link addExcludeOptions} adds. */
export interface ExcludeOptions {
  readonly exclude?: string[];
  readonly iexclude?: string[];
  readonly excludeFile?: string[];
  readonly iexcludeFile?: string[];
}

/** Patterns on the command line, and files of them, in which the case of letters counts, and in which it does not. */
export interface PatternSources {
  readonly patterns: readonly string[] | undefined;
  readonly files: readonly string[] | undefined;
  readonly anyCase: readonly string[] | undefined;
  readonly anyCaseFiles: readonly string[] | undefined;
}

/** Which patterns were given, and which of them fitted something. */
export interface PatternWatch {
  readonly onMatch: (pattern: string) => void;
  readonly unmatched: () => string[];
}

/** How many patterns a line names. */
const PATTERNS_SHOWN = 10;

/** Adds restic's options for what is left out. */
export function addExcludeOptions(command: Command): Command {
  return command
    .option('-e, --exclude <pattern>', 'leave out what matches (may be repeated)', collect)
    .option('--exclude-file <file>', 'read such patterns from a file, one a line (may be repeated)', collect)
    .option('--iexclude <pattern>', 'as --exclude, whatever the case of letters (may be repeated)', collect)
    .option('--iexclude-file <file>', 'as --exclude-file, whatever the case of letters (may be repeated)', collect);
}

/** The patterns that the options of {@link addExcludeOptions} name. Throws `usage`. */
export function readExcludes(context: CommandContext, options: ExcludeOptions): Required<PatternLists> {
  return readPatterns(context, {
    patterns: options.exclude,
    files: options.excludeFile,
    anyCase: options.iexclude,
    anyCaseFiles: options.iexcludeFile,
  });
}

/** All patterns, those of files after the others. Throws `usage` for a file that cannot be read and malformed patterns. */
export function readPatterns({ workingFolder }: CommandContext, sources: PatternSources): Required<PatternLists> {
  const { patterns = [], files = [], anyCase = [], anyCaseFiles = [] } = sources;
  const read = (file: string) => readPatternFile(resolvePath(workingFolder, file));
  const lists = {
    patterns: [...patterns, ...files.flatMap(read)],
    anyCase: [...anyCase, ...anyCaseFiles.flatMap(read)],
  };
  checkPatterns(lists);
  return lists;
}

/** Watches which of these patterns fit something. */
export function watchPatterns(...lists: Required<PatternLists>[]): PatternWatch {
  const unmatched = new Set(lists.flatMap(({ patterns, anyCase }) => [...patterns, ...anyCase]));
  unmatched.delete('');
  return { onMatch: (pattern) => void unmatched.delete(pattern), unmatched: () => [...unmatched] };
}

/** Says which patterns fitted nothing: more often than not they are misspelled. */
export function noteUnmatched({ output }: CommandContext, { unmatched }: PatternWatch): void {
  const patterns = unmatched();
  if (patterns.length === 0) return;
  const shown = patterns.slice(0, PATTERNS_SHOWN).map((pattern) => `‘${pattern}’`);
  const more = patterns.length - shown.length;
  const names = shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
  output.note(`nothing matched ${count(patterns.length, 'pattern')}: ${names}`);
}

/** The same as fields of a summary, if patterns were given. */
export function unmatchedToData({ unmatched }: PatternWatch): { readonly unmatched_patterns?: readonly string[] } {
  const patterns = unmatched();
  return patterns.length > 0 ? { unmatched_patterns: patterns } : {};
}

function readPatternFile(file: string): string[] {
  try {
    return patternsInFile(readSmallFile(file), (name) => process.env[name]);
  } catch (cause) {
    throw new CairnError('usage', `The file of patterns ${file} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
