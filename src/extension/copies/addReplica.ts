import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { hasSecret, parseLocation } from '../../base/location.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { splitCredentials } from '../targets/credentials.ts';
import { refusePlace, warnOfPlace } from '../targets/judgePlace.ts';
import { isOwnRepository, pickTarget, type TargetArgument } from '../targets/pickTarget.ts';
import { back, chooseStep, runSteps, textStep, type Step, type StepPlace } from '../targets/steps.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';

/** What is known so far of a replica that is being added. */
interface Draft {
  readonly id: string;
  readonly source: Target;
  location: string;
  name: string;
}

/**
 * Asks where the replica of a repository is to be, and saves it as a target; it is not made yet. Undefined if no
 * repository was chosen. Throws `vscode.CancellationError`, and `refused` for a place that holds anything else.
 */
export async function addReplica(cairn: Cairn, argument: TargetArgument): Promise<Target | undefined> {
  const source = await pickTarget(cairn, argument, vscode.l10n.t('Add Replica'), isOwnRepository);
  if (!source) return undefined;
  const draft: Draft = { id: randomBytes(4).toString('hex'), source, location: '', name: '' };
  await runSteps(vscode.l10n.t('Add Replica of {0}', source.name), whereStep(cairn, draft));
  const { id, name, location } = draft;
  const target: Target = { id, name, kind: 'repository', location, replicaOf: source.id };
  await cairn.targets.save(target);
  return target;
}

function whereStep(cairn: Cairn, draft: Draft): Step {
  const where: Step = async (place) => {
    const isFolder = await chooseStep(place, vscode.l10n.t('Where should the replica be?'), [
      { label: `$(folder-opened) ${vscode.l10n.t('Choose a Folder…')}`, value: true },
      { label: `$(edit) ${vscode.l10n.t('Type a Location…')}`, value: false },
    ]);
    if (isFolder === back) return back;
    const location = isFolder ? await chooseFolder(cairn, draft) : await typeLocation(cairn, place, draft);
    if (location === back) return where(place);
    draft.location = location;
    return name;
  };

  const name: Step = async (place) => {
    const prompt = vscode.l10n.t('A name for the replica');
    const refuse = (text: string) => (text.trim() ? undefined : vscode.l10n.t('Give it a name.'));
    const answer = await textStep(place, { prompt, value: draft.name || suggestName(draft.location), refuse });
    if (answer === back) return back;
    draft.name = answer.trim();
    return undefined;
  };

  return where;
}

function suggestName(location: string): string {
  const { folder } = parseLocation(location);
  return folder === undefined ? vscode.l10n.t('Replica') : lastName(folder);
}

async function chooseFolder(cairn: Cairn, draft: Draft): Promise<string | typeof back> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Where should the replica be?'),
    openLabel: vscode.l10n.t('Use This Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  if (!chosen?.[0]) return back;
  const location = pathOf(chosen[0]);
  const reason = await refuse(cairn, draft, location);
  if (reason === undefined) return (await acceptWarnings(cairn, location)) ? location : back;
  await vscode.window.showErrorMessage(reason, { modal: true });
  return back;
}

async function typeLocation(cairn: Cairn, place: StepPlace, draft: Draft): Promise<string | typeof back> {
  const answer = await textStep(place, {
    prompt: vscode.l10n.t('The absolute path of a folder, or a location in the syntax of restic'),
    placeholder: process.platform === 'win32' ? 'D:\\Replica' : '/media/disk/replica',
    value: draft.location,
    refuse: (text) => refuse(cairn, draft, text.trim()),
  });
  if (answer === back) return back;
  return (await acceptWarnings(cairn, answer.trim())) ? answer.trim() : back;
}

/** Why a place cannot be used, as a sentence. Looks there, by the way a replication would. */
async function refuse(cairn: Cairn, { id, source }: Draft, location: string): Promise<string | undefined> {
  const { folder } = parseLocation(location);
  if (folder !== undefined && !/^(?:[a-z]:[/\\]|[/\\])/i.test(folder)) return vscode.l10n.t('Give an absolute path.');
  if (hasLogin(location))
    return vscode.l10n.t(
      'There is a login in this location. Add it by "Cairn: Add Target…", which keeps it in the secret storage.',
    );
  const reason = folder === undefined ? undefined : refusePlace('repository', location, await probeAt(cairn, location));
  if (reason !== undefined) return reason;
  const target: Target = { id, name: location, kind: 'repository', location, replicaOf: source.id };
  try {
    const title = vscode.l10n.t('Looking at {0}', location);
    await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      cairn.targets.use(source, async (repository) => {
        const replica = await cairn.targets.repositoryRef(target);
        return cairn.copies.call('replicate', { source: repository, replica, dryRun: true }, options);
      }),
    );
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function hasLogin(location: string): boolean {
  return Object.keys(splitCredentials(location).credentials).length > 0 || hasSecret(parseLocation(location));
}

function probeAt({ engine }: Cairn, location: string) {
  return engine.call('probeLocation', { location, folders: workspaceFolders().map(({ uri }) => pathOf(uri)) });
}

async function acceptWarnings(cairn: Cairn, location: string): Promise<boolean> {
  const parsed = parseLocation(location);
  if (parsed.folder === undefined) return true;
  const warnings = warnOfPlace(parsed, await probeAt(cairn, location));
  if (warnings.length === 0) return true;
  const use = vscode.l10n.t('Use It All the Same');
  const message = vscode.l10n.t('{0} is not the best place for backups.', location);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail: warnings.join('\n\n') }, use)) === use;
}
