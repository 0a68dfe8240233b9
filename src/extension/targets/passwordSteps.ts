import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PasswordSource } from '../../worker/engineProtocol/refs.ts';
import { passwordStrength } from './passwordStrength.ts';
import { back, chooseStep, textStep, type StepPlace } from './steps.ts';

/** Where a password comes from. */
export type PasswordOrigin = 'text' | 'generate' | 'file' | 'command';

/** Asks where the password comes from. */
export function passwordSourceStep(
  place: StepPlace,
  question: string,
  canGenerate: boolean,
): Promise<PasswordOrigin | typeof back> {
  const generate = {
    iconPath: new vscode.ThemeIcon('sparkle'),
    label: vscode.l10n.t('Generate a Password'),
    detail: vscode.l10n.t('Random, kept in the secret storage of the editor. Save the recovery kit, too.'),
    value: 'generate' as const,
  };
  return chooseStep<PasswordOrigin>(place, question, [
    {
      iconPath: new vscode.ThemeIcon('key'),
      label: vscode.l10n.t('Type a Password'),
      detail: vscode.l10n.t('Kept in the secret storage of the editor.'),
      value: 'text',
    },
    ...(canGenerate ? [generate] : []),
    {
      iconPath: new vscode.ThemeIcon('file'),
      label: vscode.l10n.t('From a Password File'),
      detail: vscode.l10n.t('Read when it is needed.'),
      value: 'file',
    },
    {
      iconPath: new vscode.ThemeIcon('terminal'),
      label: vscode.l10n.t('From a Command'),
      detail: vscode.l10n.t('Its output, as of a password manager; run when it is needed.'),
      value: 'command',
    },
  ]);
}

/** Asks for a password, or for what gives it, until `refuse` has nothing to say. */
export async function typePasswordStep(
  place: StepPlace,
  from: PasswordOrigin,
  refuse: (password: PasswordSource) => Promise<string | undefined>,
): Promise<PasswordSource | typeof back> {
  const sourceOf = (text: string): PasswordSource =>
    from === 'file'
      ? { from, path: text.trim() }
      : from === 'command'
        ? { from, command: text.trim() }
        : { from: 'text', text };
  const prompts = {
    text: vscode.l10n.t('The password of the repository'),
    generate: '',
    file: vscode.l10n.t('The absolute path of the password file'),
    command: vscode.l10n.t('The command that prints the password'),
  };
  const answer = await textStep(place, {
    prompt: prompts[from],
    isSecret: from === 'text',
    refuse: (text) => (text.trim() ? refuse(sourceOf(text)) : vscode.l10n.t('This is empty.')),
  });
  return answer === back ? back : sourceOf(answer);
}

/** Asks for the password of a repository that is to be made; a typed one twice. */
export async function newPasswordStep(place: StepPlace, from: PasswordOrigin): Promise<PasswordSource | typeof back> {
  if (from === 'generate') return { from: 'text', text: randomBytes(24).toString('base64url') };
  if (from !== 'text') return typePasswordStep(place, from, async () => undefined);
  const first = await textStep(place, {
    prompt: vscode.l10n.t('The new password. Without it nobody can read the backups, you included.'),
    isSecret: true,
    hint: strengthHint,
    refuse: (text) => (text.trim() ? undefined : vscode.l10n.t('This is empty.')),
  });
  if (first === back) return back;
  const second = await textStep(place, {
    prompt: vscode.l10n.t('The new password once more'),
    isSecret: true,
    refuse: (text) => (text === first ? undefined : vscode.l10n.t('This is another one than before.')),
  });
  return second === back ? newPasswordStep(place, from) : { from: 'text', text: first };
}

function strengthHint(password: string): vscode.InputBoxValidationMessage | undefined {
  if (password === '') return undefined;
  const { Info, Warning } = vscode.InputBoxValidationSeverity;
  switch (passwordStrength(password)) {
    case 'weak':
      return { severity: Warning, message: vscode.l10n.t('Weak: make it longer. Several words are good.') };
    case 'fair':
      return { severity: Info, message: vscode.l10n.t('Fair: a longer one would be better.') };
    case 'strong':
      return { severity: Info, message: vscode.l10n.t('Strong.') };
  }
}
