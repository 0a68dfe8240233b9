import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import { defaultAlwaysInclude, defaultExclude, type IgnoreOptions } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { collect } from './globalOptions.ts';
import { chosenFolder } from './repositoryChoice.ts';
import { resolvePath } from './resolvePath.ts';

/** The options that {@link addRuleOptions} adds: what of a folder counts and what does not. */
export interface RuleOptions {
  readonly exclude?: string[];
  readonly excludeFile?: string[];
  readonly alwaysInclude?: string[];
  readonly useIgnoreFiles?: boolean;
  readonly excludeCaches?: boolean;
  readonly cairnignore: boolean;
  readonly workspace?: boolean;
}

/** Adds the rules of what is left out, the same for every command that walks a disk. */
export function addRuleOptions(command: Command): Command {
  return command
    .optionsGroup('What is left out:')
    .option('-e, --exclude <glob>', 'leave out what matches (may be repeated)', collect)
    .option('--exclude-file <file>', 'read globs from a file, one a line (may be repeated)', collect)
    .option('--always-include <glob>', 'keep what matches, whatever other rules say (may be repeated)', collect)
    .option('--use-ignore-files', 'leave out what .gitignore files ignore, at every level')
    .option('--exclude-caches', 'leave out what lies beside a CACHEDIR.TAG')
    .option('--no-cairnignore', 'do not heed .cairnignore files')
    .option('--workspace', "the editor's rules: no ignored files, caches, node_modules and the like, but .env files")
    .optionsGroup('');
}

/** The rules that the options describe. The repository itself is never part of anything. Throws `usage`. */
export function ignoreRules(context: CommandContext, options: RuleOptions): IgnoreOptions {
  const workspace = options.workspace ?? false;
  const repositoryFolder = chosenFolder(context);
  const readLines = (file: string) => readExcludeFile(resolvePath(context.workingFolder, file));
  return {
    excludeGlobs: [...(workspace ? defaultExclude : []), ...(options.exclude ?? [])],
    excludeLines: (options.excludeFile ?? []).flatMap(readLines),
    alwaysInclude: [...(workspace ? defaultAlwaysInclude : []), ...(options.alwaysInclude ?? [])],
    useIgnoreFiles: workspace || (options.useIgnoreFiles ?? false),
    useCairnIgnore: options.cairnignore,
    useCacheDirTag: workspace || (options.excludeCaches ?? false),
    ...(repositoryFolder !== undefined && { never: [repositoryFolder] }),
  };
}

/** The options as arguments again, for a command that another program starts. */
export function ruleArguments({ workingFolder }: CommandContext, options: RuleOptions): string[] {
  const repeated = (flag: string, values: readonly string[] = []) => values.map((value) => `${flag}=${value}`);
  const files = options.excludeFile?.map((file) => resolvePath(workingFolder, file));
  return [
    ...repeated('--exclude', options.exclude),
    ...repeated('--exclude-file', files),
    ...repeated('--always-include', options.alwaysInclude),
    ...(options.useIgnoreFiles ? ['--use-ignore-files'] : []),
    ...(options.excludeCaches ? ['--exclude-caches'] : []),
    ...(options.cairnignore ? [] : ['--no-cairnignore']),
    ...(options.workspace ? ['--workspace'] : []),
  ];
}

function readExcludeFile(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (cause) {
    throw new CairnError('usage', `The exclude file ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
