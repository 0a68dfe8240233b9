import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { withProgress } from '../withProgress.ts';
import { addSteps } from './addSteps.ts';
import { newDraft, refOf, targetOf } from './draft.ts';
import { runSteps } from './steps.ts';
import type { Target } from './targetStore.ts';

/** What a person has said in the end; a new repository is made by then. */
export interface AddedTarget {
  readonly target: Target;
  /** Nobody has seen the password yet. */
  readonly isGenerated: boolean;
}

/**
 * Asks for a target step by step, makes or opens its repository, and saves it. Of a `source` it becomes a replica, which
 * the first copying makes. Throws `vscode.CancellationError`.
 */
export async function addTarget(cairn: Cairn, source?: Target): Promise<AddedTarget> {
  const draft = newDraft();
  const title = source ? vscode.l10n.t('Add Replica of {0}', source.name) : vscode.l10n.t('Add Target');
  await runSteps(title, addSteps(cairn, draft, source));
  const target = targetOf(draft, randomBytes(4).toString('hex'));
  const isNew = draft.kind === 'repository' && draft.probe?.kind !== 'repository' && draft.replicaOf === undefined;
  if (isNew) {
    const repository = await refOf(draft);
    const title = vscode.l10n.t('Making the repository');
    await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      cairn.engine.call('createRepository', { repository }, options),
    );
  }
  // If the folder is not there later, its disk is not.
  if (draft.kind !== 'repository') await vscode.workspace.fs.createDirectory(vscode.Uri.file(draft.location));
  const { password, credentials } = draft;
  await cairn.targets.save(target, { credentials, ...(password?.from === 'text' && { password: password.text }) });
  return { target, isGenerated: isNew && draft.isGenerated };
}
