import * as vscode from 'vscode';
import type { PasswordSource } from '../../worker/engineProtocol/refs.ts';
import type { Cairn } from '../cairn.ts';
import { checkPassword } from './checkPassword.ts';
import { passwordSourceStep, typePasswordStep } from './passwordSteps.ts';
import { back, chooseStep, runSteps, textStep, type Step } from './steps.ts';
import { refuseKeep } from './targetAnswers.ts';
import { accessItems, editAccess } from './editAccess.ts';
import { without } from './without.ts';
import type { Target } from './targetStore.ts';

/** Lets a person change one thing about a target. Throws `vscode.CancellationError`, and what checking fails with. */
export function editTarget(cairn: Cairn, target: Target): Promise<void> {
  const steps: Record<'name' | 'password' | 'keep' | 'primary', Step> & ReturnType<typeof editAccess> = {
    ...editAccess(cairn, target),
    async name(place) {
      const prompt = vscode.l10n.t('A name for the target');
      const refuse = (text: string) => (text.trim() ? undefined : vscode.l10n.t('Give it a name.'));
      const name = await textStep(place, { prompt, value: target.name, refuse });
      if (name === back) return back;
      await cairn.targets.save({ ...target, name: name.trim() });
      return undefined;
    },
    async password(place) {
      const question = vscode.l10n.t('Where does the password come from?');
      const from = await passwordSourceStep(place, question, false);
      if (from === back) return back;
      const password = await typePasswordStep(place, from, checkPassword(cairn, await cairn.targets.placeOf(target)));
      if (password === back) return steps.password(place);
      await savePassword(cairn, target, password);
      return undefined;
    },
    async keep(place) {
      const prompt = vscode.l10n.t('How many copies are kept? Empty for all.');
      const value = target.keep === undefined ? '' : String(target.keep);
      const answer = await textStep(place, { prompt, value, refuse: refuseKeep });
      if (answer === back) return back;
      const rest = without(target, 'keep');
      await cairn.targets.save(answer.trim() ? { ...rest, keep: Number(answer) } : rest);
      return undefined;
    },
    async primary() {
      await cairn.targets.makePrimary(target);
      return undefined;
    },
  };
  return runSteps(vscode.l10n.t('Edit {0}', target.name), async (place) => {
    const chosen = await chooseStep(place, vscode.l10n.t('What should be changed?'), editItems(cairn, target));
    return chosen === back ? back : steps[chosen];
  });
}

function editItems({ targets }: Cairn, target: Target) {
  const isRepository = target.kind === 'repository';
  return [
    { label: vscode.l10n.t('Name'), description: target.name, value: 'name' as const },
    ...(isRepository && target.replicaOf === undefined
      ? [{ label: vscode.l10n.t('Password'), description: describeSource(target), value: 'password' as const }]
      : []),
    ...accessItems(target),
    ...(target.kind === 'dated'
      ? [
          {
            label: vscode.l10n.t('Copies to Keep'),
            description: target.keep === undefined ? vscode.l10n.t('all') : String(target.keep),
            value: 'keep' as const,
          },
        ]
      : []),
    ...(isRepository && target.replicaOf === undefined && targets.primary().id !== target.id
      ? [{ label: vscode.l10n.t('Make It the Default Target'), value: 'primary' as const }]
      : []),
  ];
}

function describeSource({ passwordFile, passwordCommand }: Target): string {
  if (passwordFile) return passwordFile;
  return passwordCommand ? vscode.l10n.t('from a command') : vscode.l10n.t('in the secret storage');
}

async function savePassword({ targets }: Cairn, target: Target, password: PasswordSource): Promise<void> {
  const rest = without(target, 'passwordFile', 'passwordCommand');
  if (password.from === 'text') return targets.save(rest, { password: password.text });
  await targets.save({
    ...rest,
    ...(password.from === 'file' && { passwordFile: password.path }),
    ...(password.from === 'command' && { passwordCommand: password.command }),
  });
  await targets.dropPassword(target);
}
