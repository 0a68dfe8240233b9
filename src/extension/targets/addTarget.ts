import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PasswordSource } from '../../worker/engineProtocol/refs.ts';
import type { ProbeReport } from '../../worker/engineProtocol/targets.ts';
import type { Cairn } from '../cairn.ts';
import { parseLocation } from '../../base/location.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { withProgress } from '../withProgress.ts';
import { checkPassword } from './checkPassword.ts';
import { refusePlace, warnOfPlace } from './judgePlace.ts';
import { newPasswordStep, passwordSourceStep, typePasswordStep } from './passwordSteps.ts';
import { back, chooseStep, runSteps, textStep, type Step, type StepPlace } from './steps.ts';
import { refuseKeep } from './targetAnswers.ts';
import type { Target } from './targetStore.ts';

/** What is known so far of a target that is being added. */
interface Draft {
  kind: Target['kind'];
  location: string;
  probe: ProbeReport | undefined;
  password: PasswordSource | undefined;
  name: string;
  keep: number | undefined;
}

/** What a person has said in the end; a new repository is made by then. */
export interface AddedTarget {
  readonly target: Target;
  /** Nobody has seen the password yet. */
  readonly isGenerated: boolean;
}

/** Asks for a target step by step, makes or opens its repository, and saves it. Throws `vscode.CancellationError`. */
export async function addTarget(cairn: Cairn): Promise<AddedTarget> {
  const draft: Draft = {
    kind: 'repository',
    location: '',
    probe: undefined,
    password: undefined,
    name: '',
    keep: undefined,
  };
  const steps = stepsFor(cairn, draft);
  let isGenerated = false;
  await runSteps(vscode.l10n.t('Add Target'), steps.kind);
  if (draft.kind === 'repository' && draft.probe!.kind !== 'repository') {
    const repository = { location: draft.location, password: draft.password! };
    const title = vscode.l10n.t('Making the repository');
    await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      cairn.engine.call('createRepository', { repository }, options),
    );
    isGenerated = steps.isGenerated();
  }
  // If the folder is not there later, its disk is not.
  if (draft.kind !== 'repository') await vscode.workspace.fs.createDirectory(vscode.Uri.file(draft.location));
  const target: Target = {
    id: randomBytes(4).toString('hex'),
    name: draft.name,
    kind: draft.kind,
    location: draft.location,
    ...(draft.password?.from === 'file' && { passwordFile: draft.password.path }),
    ...(draft.password?.from === 'command' && { passwordCommand: draft.password.command }),
    ...(draft.keep !== undefined && { keep: draft.keep }),
  };
  await cairn.targets.save(target, draft.password?.from === 'text' ? draft.password.text : undefined);
  return { target, isGenerated };
}

function stepsFor(cairn: Cairn, draft: Draft) {
  let isGenerated = false;

  const kind: Step = async (place) => {
    const chosen = await chooseStep(place, vscode.l10n.t('What kind of target?'), kindItems());
    if (chosen === back) return back;
    draft.kind = chosen;
    return where;
  };

  const where: Step = async (place) => {
    const isFolder = await chooseStep(place, vscode.l10n.t('Where should the backups go?'), [
      { label: `$(folder-opened) ${vscode.l10n.t('Choose a Folder…')}`, value: true },
      { label: `$(edit) ${vscode.l10n.t('Type a Location…')}`, value: false },
    ]);
    if (isFolder === back) return back;
    const answer = isFolder ? await choosePlace(cairn, draft.kind) : await typePlace(cairn, place, draft.kind);
    if (answer === back || !(await acceptWarnings(answer))) return where(place);
    draft.probe = answer;
    draft.location = answer.folder!;
    if (draft.kind !== 'repository') return name;
    return answer.kind === 'repository' ? existing : fresh;
  };

  const existing: Step = async (place) => {
    const question = vscode.l10n.t('A repository is there already. Where does its password come from?');
    const from = await passwordSourceStep(place, question, false);
    if (from === back) return back;
    const password = await typePasswordStep(place, from, checkPassword(cairn, draft.location));
    if (password === back) return existing(place);
    draft.password = password;
    return name;
  };

  const fresh: Step = async (place) => {
    const question = vscode.l10n.t('A new repository is made. Where does its password come from?');
    const from = await passwordSourceStep(place, question, true);
    if (from === back) return back;
    const password = await newPasswordStep(place, from);
    if (password === back) return fresh(place);
    isGenerated = from === 'generate';
    draft.password = password;
    return name;
  };

  const name: Step = async (place) => {
    const prompt = vscode.l10n.t('A name for the target');
    const refuse = (text: string) => (text.trim() ? undefined : vscode.l10n.t('Give it a name.'));
    const answer = await textStep(place, { prompt, value: draft.name || lastName(draft.location), refuse });
    if (answer === back) return back;
    draft.name = answer.trim();
    return draft.kind === 'dated' ? keep : undefined;
  };

  const keep: Step = async (place) => {
    const prompt = vscode.l10n.t('How many copies are kept? Empty for all.');
    const answer = await textStep(place, { prompt, value: '10', refuse: refuseKeep });
    if (answer === back) return back;
    draft.keep = answer.trim() ? Number(answer) : undefined;
    return undefined;
  };

  return { kind, isGenerated: () => isGenerated };
}

function kindItems() {
  return [
    {
      label: `$(database) ${vscode.l10n.t('Repository')}`,
      detail: vscode.l10n.t(
        'Every version, encrypted and deduplicated, in the format of restic. An existing repository can be used.',
      ),
      value: 'repository' as const,
    },
    {
      label: `$(folder) ${vscode.l10n.t('Plain Mirror')}`,
      detail: vscode.l10n.t('Plain files that anyone can open, kept identical to the workspace. One version.'),
      value: 'mirror' as const,
    },
    {
      label: `$(folder-library) ${vscode.l10n.t('Dated Copies')}`,
      detail: vscode.l10n.t('A plain folder for each backup; unchanged files share their space with the copy before.'),
      value: 'dated' as const,
    },
  ];
}

/** Looks at a place; a text says why it cannot be used. */
async function examine({ engine }: Cairn, kind: Target['kind'], location: string): Promise<ProbeReport | string> {
  const folders = workspaceFolders().map(({ uri }) => pathOf(uri));
  const probe = await engine.call('probeLocation', { location, folders });
  return refusePlace(kind, location, probe) ?? probe;
}

async function choosePlace(cairn: Cairn, kind: Target['kind']): Promise<ProbeReport | typeof back> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Where should the backups go?'),
    openLabel: vscode.l10n.t('Use This Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  if (!chosen?.[0]) return back;
  const answer = await examine(cairn, kind, pathOf(chosen[0]));
  if (typeof answer !== 'string') return answer;
  await vscode.window.showErrorMessage(answer, { modal: true });
  return back;
}

async function typePlace(cairn: Cairn, place: StepPlace, kind: Target['kind']): Promise<ProbeReport | typeof back> {
  let probe: ProbeReport | undefined;
  const location = await textStep(place, {
    prompt: vscode.l10n.t('The absolute path of a folder, or a location in the syntax of restic'),
    placeholder: process.platform === 'win32' ? 'D:\\Backup' : '/media/disk/backup',
    async refuse(text) {
      const { folder } = parseLocation(text.trim());
      if (folder !== undefined && !/^(?:[a-z]:[/\\]|[/\\])/i.test(folder))
        return vscode.l10n.t('Give an absolute path.');
      const answer = await examine(cairn, kind, text.trim());
      if (typeof answer === 'string') return answer;
      probe = answer;
      return undefined;
    },
  });
  return location === back ? back : probe!;
}

async function acceptWarnings(probe: ProbeReport): Promise<boolean> {
  const warnings = warnOfPlace(probe);
  if (warnings.length === 0) return true;
  const use = vscode.l10n.t('Use It All the Same');
  const message = vscode.l10n.t('{0} is not the best place for backups.', probe.folder!);
  const detail = warnings.join('\n\n');
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, use)) === use;
}
