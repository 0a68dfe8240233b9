import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import { addTarget, type AddedTarget } from './addTarget.ts';
import { backUpTo } from './backUpTo.ts';
import { editTarget } from './editTarget.ts';
import { pickTarget, type TargetArgument } from './pickTarget.ts';
import { saveKit } from './saveKit.ts';
import { isOwnRepository, isReplica, isRepository, shownLocation, type Target } from './targetStore.ts';

const isSetUp = (target: Target) => target.location !== undefined;

/** What the commands do that set up targets, and the one that backs up to one of them. */
export const targetActions = {
  async addTarget(cairn: Cairn, automatic: AutomaticBackups): Promise<void> {
    await offerNext(cairn, automatic, await addTarget(cairn));
  },

  async editTarget(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Edit Target'), isSetUp);
    if (target) await editTarget(cairn, target);
  },

  async enterPassword(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const { targets } = cairn;
    const inNeed = argument?.target ? undefined : targets.inNeed;
    const isAsked = (target: Target) => targets.isPasswordAsked(target);
    const target = inNeed ?? (await pickTarget(cairn, argument, vscode.l10n.t('Enter Password'), isAsked));
    if (target) await targets.enterPassword(target);
  },

  async removeTarget(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Remove Target'), isSetUp);
    if (target) await removeTarget(cairn, target);
  },

  async saveRecoveryKit(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Save Recovery Kit'), isRepository);
    if (target) await saveKit(cairn, target);
  },

  async makeDefaultTarget(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Make Default Target'), isOwnRepository);
    if (target) await cairn.targets.makePrimary(target);
  },

  async backupTo(cairn: Cairn, automatic: AutomaticBackups, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Back Up To'), (each) => !isReplica(each));
    if (target) await backUpTo(cairn, automatic, target);
  },
};

/** What a person may want right after a target was added. */
async function offerNext(
  cairn: Cairn,
  automatic: AutomaticBackups,
  { target, isGenerated }: AddedTarget,
): Promise<void> {
  // Nothing is at the place of a replica before the first copying.
  if (isReplica(target)) return;
  const items = [
    ...(isRepository(target)
      ? [
          {
            label: vscode.l10n.t('Save the Recovery Kit'),
            detail: isGenerated
              ? vscode.l10n.t('The generated password is in the secret storage of this editor only.')
              : vscode.l10n.t('A page with the location, the password and the commands that bring everything back.'),
            picked: isGenerated,
            run: () => saveKit(cairn, target),
          },
          {
            label: vscode.l10n.t('Make It the Default Target'),
            detail: vscode.l10n.t('Automatic snapshots and Back Up Workspace go there.'),
            run: () => cairn.targets.makePrimary(target),
          },
        ]
      : []),
    ...(workspaceFolders().length > 0
      ? [{ label: vscode.l10n.t('Back Up to It Now'), run: () => backUpTo(cairn, automatic, target) }]
      : []),
  ];
  if (items.length === 0) return;
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('{0} Was Added', target.name),
    placeHolder: vscode.l10n.t('What next?'),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  for (const { run } of chosen ?? []) await run();
}

async function removeTarget(cairn: Cairn, target: Target): Promise<void> {
  const remove = vscode.l10n.t('Remove');
  const kit = vscode.l10n.t('Save Recovery Kit First…');
  const hasSecret = isOwnRepository(target) && cairn.targets.isPasswordAsked(target);
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove {0} from the list of targets?', target.name),
    { modal: true, detail: (await consequences(cairn, target, hasSecret)).join('\n\n') },
    remove,
    ...(hasSecret ? [kit] : []),
  );
  if (choice === kit) {
    await saveKit(cairn, target);
    return removeTarget(cairn, target);
  }
  if (choice === remove) await cairn.targets.remove(target);
}

/** What removing a target means, as sentences. */
async function consequences({ targets }: Cairn, target: Target, hasSecret: boolean): Promise<string[]> {
  const hasCredentials = Object.keys(await targets.credentials(target)).length > 0;
  const secret = vscode.l10n.t(
    'Its password is removed from the secret storage: if you have it nowhere else, nobody can read these backups any more.',
  );
  const credentials = vscode.l10n.t('So is what lets you in to its storage.');
  const alone = vscode.l10n.t('Its login at the storage is removed from the secret storage.');
  const replicas = targets.replicasOf(target).map(({ name }) => name);
  const orphans = vscode.l10n.t('Nothing new is copied to {0} any more.', replicas.join(', '));
  return [
    vscode.l10n.t('What was backed up stays at {0}.', shownLocation(target)!),
    ...(hasSecret ? [hasCredentials ? `${secret} ${credentials}` : secret] : hasCredentials ? [alone] : []),
    ...(replicas.length > 0 ? [orphans] : []),
  ];
}
