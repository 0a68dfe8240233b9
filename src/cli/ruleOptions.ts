import { InvalidArgumentError, type Command } from 'commander';
import {
  defaultAlwaysInclude,
  defaultExclude,
  ownFolders,
  parseSize,
  type FolderMarker,
  type IgnoreOptions,
} from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { collect } from './globalOptions.ts';
import { guardsFolder } from './guardOptions.ts';
import {
  addExcludeOptions,
  readExcludes,
  watchPatterns,
  type ExcludeOptions,
  type PatternWatch,
} from './patternOptions.ts';
import { chosenFolder } from './repositoryChoice.ts';
import { resolvePath } from './resolvePath.ts';

/** The options that {@link addRuleOptions} adds: what of a folder counts and what does not. */
export interface RuleOptions extends ExcludeOptions {
  readonly alwaysInclude?: string[];
  readonly useIgnoreFiles?: boolean;
  readonly excludeCaches?: boolean;
  readonly excludeIfPresent?: FolderMarker[];
  readonly excludeLargerThan?: number;
  readonly oneFileSystem?: boolean;
  readonly cairnignore: boolean;
  readonly workspace?: boolean;
}

/** Adds the rules of what is left out, the same for every command that walks a disk. */
export function addRuleOptions(command: Command): Command {
  return addExcludeOptions(command.optionsGroup('What is left out:'))
    .option('--always-include <glob>', 'keep what matches, whatever other rules say (may be repeated)', collect)
    .option('--use-ignore-files', 'leave out what .gitignore files ignore, at every level')
    .option('--exclude-caches', 'leave out what lies beside a CACHEDIR.TAG')
    .option(
      '--exclude-if-present <file>',
      'leave out what lies beside such a file; NAME:TEXT if it begins so',
      collectMarker,
    )
    .option('--exclude-larger-than <size>', 'leave out larger files: 500M', parseBytes)
    .option('-x, --one-file-system', 'leave out what is mounted in a folder')
    .option('--no-cairnignore', 'do not heed .cairnignore files')
    .option('--workspace', "the editor's rules: no ignored files, caches, node_modules and the like, but .env files")
    .optionsGroup('');
}

function collectMarker(text: string, before: readonly FolderMarker[] = []): FolderMarker[] {
  const [name = '', ...header] = text.split(':');
  if (name === '' || /[/\\]/.test(name)) throw new InvalidArgumentError('Give the name of a file, without a folder.');
  return [...before, { name, header: header.join(':') }];
}

function parseBytes(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** The rules that options describe, and which of their patterns fitted something. */
export interface CommandRules {
  readonly rules: IgnoreOptions;
  /** The patterns that were given, for the record. */
  readonly excludes: readonly string[];
  readonly watch: PatternWatch;
}

/** The rules that the options describe. The repository itself, and what else is Cairn's own, is never part of anything. Throws `usage`. */
export function ignoreRules(context: CommandContext, options: RuleOptions): CommandRules {
  const workspace = options.workspace ?? false;
  const excludePatterns = readExcludes(context, options);
  const excludeGlobs = workspace ? defaultExclude : [];
  const watch = watchPatterns(excludePatterns);
  const rules: IgnoreOptions = {
    excludeGlobs,
    excludePatterns,
    onMatch: watch.onMatch,
    alwaysInclude: [...(workspace ? defaultAlwaysInclude : []), ...(options.alwaysInclude ?? [])],
    useIgnoreFiles: workspace || (options.useIgnoreFiles ?? false),
    useCairnIgnore: options.cairnignore,
    useCacheDirTag: workspace || (options.excludeCaches ?? false),
    ...(options.excludeIfPresent && { markers: options.excludeIfPresent }),
    ...(options.excludeLargerThan !== undefined && { maxFileSize: options.excludeLargerThan }),
    ...(options.oneFileSystem && { oneFileSystem: true }),
    never: ownFolders(guardsFolder(context), chosenFolder(context)),
  };
  return { rules, excludes: [...excludeGlobs, ...excludePatterns.patterns, ...excludePatterns.anyCase], watch };
}

/** The options as arguments again, for a command that another program starts. */
export function ruleArguments({ workingFolder }: CommandContext, options: RuleOptions): string[] {
  const repeated = (flag: string, values: readonly string[] = []) => values.map((value) => `${flag}=${value}`);
  const resolved = (files?: readonly string[]) => files?.map((file) => resolvePath(workingFolder, file));
  return [
    ...repeated('--exclude', options.exclude),
    ...repeated('--exclude-file', resolved(options.excludeFile)),
    ...repeated('--iexclude', options.iexclude),
    ...repeated('--iexclude-file', resolved(options.iexcludeFile)),
    ...repeated('--always-include', options.alwaysInclude),
    ...(options.useIgnoreFiles ? ['--use-ignore-files'] : []),
    ...(options.excludeCaches ? ['--exclude-caches'] : []),
    ...repeated(
      '--exclude-if-present',
      options.excludeIfPresent?.map(({ name, header }) => (header === '' ? name : `${name}:${header}`)),
    ),
    ...(options.excludeLargerThan === undefined ? [] : [`--exclude-larger-than=${options.excludeLargerThan}`]),
    ...(options.oneFileSystem ? ['--one-file-system'] : []),
    ...(options.cairnignore ? [] : ['--no-cairnignore']),
    ...(options.workspace ? ['--workspace'] : []),
  ];
}
