import * as vscode from 'vscode';
import type { DiskPath } from '../base/pathKinds.ts';
import type { RepositoryRef, SourceRef, SourceRules } from '../worker/engineProtocol/refs.ts';
import type { PolicyWords } from '../worker/engineProtocol/targets.ts';
import { pathOf } from './diskPaths.ts';

/** The section of all settings of Cairn. */
export const SECTION = 'cairn';

/** One setting, for a folder or the whole window. Its default stands in the manifest. */
export function readSetting<T>(name: string, scope?: vscode.Uri): T {
  return vscode.workspace.getConfiguration(SECTION, scope).get<T>(name)!;
}

/** What of the snapshots is kept: by one policy or the other, where the editor would mix a person's with the default. */
export function readPolicy(): PolicyWords {
  const set = vscode.workspace.getConfiguration(SECTION).inspect<PolicyWords>('retention.policy');
  return set?.globalValue ?? set?.defaultValue ?? {};
}

/** Days to milliseconds. */
const DAY = 86_400_000;

/** Whether and how repositories in folders are guarded. */
export function readGuard(): NonNullable<RepositoryRef['guard']> {
  return readSetting<boolean>('guard.enabled') ? { delay: readSetting<number>('guard.delay') * DAY } : 'off';
}

/** The folders of the workspace that lie on a disk. */
export function workspaceFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** A folder as the engine backs it up. `never`: folders of targets, which are no part of a backup. */
export function sourceOf(folder: vscode.Uri, never: readonly DiskPath[]): SourceRef {
  return { folder: pathOf(folder), rules: rulesOf(folder, never) };
}

function rulesOf(folder: vscode.Uri, never: readonly DiskPath[]): SourceRules {
  const hidden = readSetting<boolean>('useFilesExclude', folder) ? enabledGlobs('files', 'exclude', folder) : [];
  return {
    // `.git` has a setting of its own, since it holds what is nowhere else.
    exclude: [...enabledGlobs(SECTION, 'exclude', folder), ...hidden.filter((glob) => !/(^|\/)\.git$/.test(glob))],
    alwaysInclude: readSetting<string[]>('alwaysInclude', folder),
    useIgnoreFiles: readSetting('useIgnoreFiles', folder),
    gitFolders: readSetting('backupGitFolder', folder),
    never,
  };
}

/**
 * The globs of a setting like `files.exclude` that are switched on; those with a condition do not count. In
 * Restricted Mode a workspace does not say what is left out: the editor sees to that for our own settings.
 */
function enabledGlobs(section: string, name: string, folder: vscode.Uri): string[] {
  const configuration = vscode.workspace.getConfiguration(section, folder);
  const set = configuration.inspect<Record<string, unknown>>(name);
  const globs = vscode.workspace.isTrusted
    ? configuration.get<Record<string, unknown>>(name)
    : { ...set?.defaultValue, ...set?.globalValue };
  return Object.entries(globs ?? {}).flatMap(([glob, isOn]) => (isOn === true ? [glob] : []));
}
