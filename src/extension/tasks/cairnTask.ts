import type * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';

/** The type of our tasks in tasks.json. */
export const TASK_TYPE = 'cairn';

/** What a task of ours says. The manifest describes each. */
export interface CairnTask extends vscode.TaskDefinition {
  readonly type: typeof TASK_TYPE;
  readonly command: 'backup' | 'verify' | 'forget' | 'prune' | 'mirror';
  /** Name or id; the default target, if absent. */
  readonly target?: string;
  /** Name of a workspace folder; all, if absent. */
  readonly folder?: string;
  /** Of a backup. */
  readonly snapshotLabel?: string;
  /** Of verify. */
  readonly read?: 'structure' | 'tenth' | 'all';
  /** Of mirror: the folder that becomes equal, absolute. */
  readonly destination?: string;
  /** Of mirror: also where more than half would be deleted, or a folder overwritten that is no mirror. */
  readonly force?: boolean;
  /** Of forget, prune and mirror: only say what would be done. */
  readonly dryRun?: boolean;
}

const commands = ['backup', 'verify', 'forget', 'prune', 'mirror'];
const depths = ['structure', 'tenth', 'all'];
const texts = ['target', 'folder', 'snapshotLabel', 'destination'];
const switches = ['force', 'dryRun'];

/** Checks what somebody wrote into tasks.json. Throws `usage`. */
export function checkTask(definition: vscode.TaskDefinition): CairnTask {
  const has = (name: string, isRight: (value: unknown) => boolean, expected: string) => {
    const value: unknown = definition[name];
    if (value !== undefined && !isRight(value)) throw wrong(name, expected);
  };
  if (!commands.includes(String(definition['command']))) throw wrong('command', commands.join(', '));
  for (const name of texts) has(name, (value) => typeof value === 'string', 'a text');
  for (const name of switches) has(name, (value) => typeof value === 'boolean', 'true or false');
  has('read', (value) => depths.includes(String(value)), depths.join(', '));
  return definition as CairnTask;
}

/** What a task is called where its author gave it no label. */
export function taskName({ command, target, folder, destination }: CairnTask): string {
  const place = destination ?? target;
  return [command, ...(folder === undefined ? [] : [folder]), ...(place === undefined ? [] : [`(${place})`])].join(' ');
}

function wrong(name: string, expected: string): CairnError {
  return new CairnError('usage', `In this task, "${name}" must be one of: ${expected}. Correct it in tasks.json.`);
}
