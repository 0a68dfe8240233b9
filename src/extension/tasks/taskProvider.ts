import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import type { LoadLater } from '../later.ts';
import { workspaceFolders } from '../settings.ts';
import { TASK_TYPE, taskName, type CairnTask } from './cairnTask.ts';
import { TaskTerminal } from './taskTerminal.ts';

/** Offers backups and upkeep as tasks, and runs those of tasks.json. */
export function registerTasks(cairn: Cairn, later: LoadLater): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TASK_TYPE, {
    provideTasks: () => offeredTasks(cairn).map((task) => toTask(cairn, later, task, vscode.TaskScope.Workspace)),
    // The editor finds a task again by its definition, which must stay the very same.
    resolveTask: ({ definition, scope, name }) =>
      toTask(cairn, later, definition as CairnTask, scope ?? vscode.TaskScope.Workspace, name),
  });
}

/** What goes without being configured: for each target, what can be done with it. */
function offeredTasks({ targets }: Cairn): CairnTask[] {
  if (!vscode.workspace.isTrusted || workspaceFolders().length === 0) return [];
  return targets.list().flatMap(({ id, kind, name, replicaOf }) => {
    const which = id === '' ? {} : { target: name };
    const commands =
      kind === 'repository' ? (['backup', 'verify', 'forget', 'prune'] as const) : (['backup', 'verify'] as const);
    const offered = replicaOf === undefined ? commands : (['verify'] as const);
    return offered.map((command): CairnTask => ({ type: TASK_TYPE, command, ...which }));
  });
}

function toTask(
  cairn: Cairn,
  later: LoadLater,
  definition: CairnTask,
  scope: vscode.WorkspaceFolder | vscode.TaskScope,
  name = taskName(definition),
): vscode.Task {
  const execution = new vscode.CustomExecution(
    async (resolved) => new TaskTerminal((run) => later().runTask(cairn, resolved, run)),
  );
  const task = new vscode.Task(definition, scope, name, TASK_TYPE, execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  return task;
}
