import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import type { Cairn } from '../cairn.ts';
import { withProgress } from '../withProgress.ts';
import { isOwnRepository, shownLocation, type Target } from './targetStore.ts';

/** Targets that do not answer in so many milliseconds are passed over. */
const PATIENCE_MS = 10_000;

/** What a replica may be made from, to choose one; the value is its id. */
export function sourceItems({ targets }: Pick<Cairn, 'targets'>) {
  return targets
    .list()
    .filter(isOwnRepository)
    .map((target) => ({
      iconPath: new vscode.ThemeIcon('copy'),
      label: vscode.l10n.t('A Replica of {0}', target.name),
      description: displayPath(shownLocation(target) ?? ''),
      detail: vscode.l10n.t('All its snapshots a second time, kept equal to it, with the same password.'),
      value: target.id,
    }));
}

/** The target that is the same repository at another place, if there is one that can be looked at. */
export async function findSource(
  { engine, targets }: Pick<Cairn, 'engine' | 'targets'>,
  repository: RepositoryRef,
): Promise<Target | undefined> {
  const { id } = await engine.call('repositoryInfo', { repository });
  const isSame = async (target: Target) => {
    const other = await targets.repositoryRef(target, { ask: false });
    return (await engine.call('repositoryInfo', { repository: other })).id === id;
  };
  const sources = targets.list().filter(isOwnRepository);
  const found = await Promise.all(sources.map((target) => soon(isSame(target))));
  return sources.find((target, at) => found[at] && target.location !== repository.location);
}

/** Why what is at a place cannot be a replica of a target, as a sentence. Looks there, as copying would. */
export async function refuseReplica(
  { copies, targets }: Pick<Cairn, 'copies' | 'targets'>,
  source: Target,
  place: RepositoryRef,
): Promise<string | undefined> {
  const title = vscode.l10n.t('Looking at that place…');
  try {
    await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      targets.use(source, (repository) => {
        const replica = { ...place, password: repository.password ?? { from: 'default' as const } };
        return copies.call('replicate', { source: repository, replica, dryRun: true }, options);
      }),
    );
    return undefined;
  } catch (error) {
    if (errorCode(error) === 'aborted') throw error;
    return (error as Error).message;
  }
}

/** False for what fails, or takes too long. */
async function soon(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, false)));
  return Promise.race([answer.catch(() => false), late]).finally(() => clearTimeout(timer));
}
