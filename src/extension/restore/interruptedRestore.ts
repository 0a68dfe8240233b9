import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** A restore that has begun; kept in the state of the workspace, so that the next window knows of it. */
interface BegunRestore {
  readonly what: string;
  /** Id of the target. */
  readonly target: string;
  readonly gitFolders: boolean;
  readonly isUndo: boolean;
  readonly parts: readonly {
    /** URI of the workspace folder. */
    readonly folder: string;
    readonly snapshot: SnapshotRow;
    readonly paths: readonly DiskPath[];
  }[];
}

const KEY = 'restore.begun';

/** Notes that a restore writes from now on. */
export async function noteBegun({ context }: Pick<Cairn, 'context'>, order: RestoreOrder): Promise<void> {
  const { what, target, gitFolders = false, isUndo = false } = order;
  const parts = order.parts.map(({ folder, ...part }) => ({ ...part, folder: folder.uri.toString() }));
  const begun: BegunRestore = { what, target: target.id, gitFolders, isUndo, parts };
  await context.workspaceState.update(KEY, begun);
}

/** Notes that it came to an end, of whatever kind, which is told. */
export async function noteEnded({ context }: Pick<Cairn, 'context'>): Promise<void> {
  await context.workspaceState.update(KEY, undefined);
}

/** What is left of a restore that the window before did not live to end. Undefined if there is none, or its folders are not open. */
export function interruptedOrder({ context, targets }: Pick<Cairn, 'context' | 'targets'>): RestoreOrder | undefined {
  const begun = context.workspaceState.get<BegunRestore>(KEY);
  const target = begun && targets.find(begun.target);
  if (!target) return undefined;
  const parts = begun.parts.flatMap(({ folder: uri, ...part }) => {
    const folder = workspaceFolders().find((other) => other.uri.toString() === uri);
    return folder ? [{ folder, ...part }] : [];
  });
  if (parts.length < begun.parts.length) return undefined;
  const { what, gitFolders, isUndo } = begun;
  return { what, target, parts, gitFolders, isUndo, isContinued: true };
}

/** Says so, and asks what is to become of it. Undefined: nothing now. */
export async function askAboutInterrupted(
  order: RestoreOrder,
  canUndo: boolean,
): Promise<'continue' | 'undo' | undefined> {
  const goOn = vscode.l10n.t('Continue');
  const undo = vscode.l10n.t('Undo');
  const text = vscode.l10n.t(
    'The restore of {0} was interrupted: some of it is as it was then, the rest is not.',
    order.what,
  );
  const choice = await vscode.window.showWarningMessage(`Cairn: ${text}`, goOn, ...(canUndo ? [undo] : []));
  return choice === goOn ? 'continue' : choice === undo ? 'undo' : undefined;
}
