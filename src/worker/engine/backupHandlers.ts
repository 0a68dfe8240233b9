import {
  backup,
  buildSnapshotTags,
  currentOwner,
  defaultRepositoryPaths,
  diffWithDisk,
  findSnapshot,
  type BackupResult,
} from '../../engine/index.ts';
import type { BackupReport, BackupRequest, SnapshotRow } from '../engineProtocol.ts';
import type { Engine } from './engine.ts';
import type { Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { repositoryFolder } from './openRepositoryRef.ts';
import { ChangeCollector, snapshotRow, snapshotRows } from './rows.ts';
import { isOfWorkspace, workspaceOf } from './workspaces.ts';

/** Backup of a workspace folder, and what a backup would find. */
export const backupHandlers: Handlers<'noteChanges' | 'workspaceChanges' | 'backup'> = {
  noteChanges() {},

  async workspaceChanges(engine, { repository, source, limit }, { signal, onProgress }) {
    const latest = await latestOf(engine, repository, source.folder);
    const collector = new ChangeCollector(limit);
    if (!latest) return collector.list([]);
    return engine.withSession(repository, { lock: 'none' }, async (session) => {
      const { problems } = await diffWithDisk(session, await findSnapshot(session.repository, latest.id), {
        rules: ignoreOptions(source.rules),
        onChange: (change) => collector.add(change),
        signal,
        onProgress,
      });
      return { ...collector.list(problems), snapshot: latest };
    });
  },

  async backup(engine, request, { signal, onProgress }) {
    const { repository: ref, source, trigger } = request;
    const start = performance.now();
    const { created } = await engine.openOrCreate(ref);
    const identity = await workspaceOf(source.folder);
    const result = await engine.withSession(ref, { lock: 'shared', signal }, (session) =>
      backup(session, engine.openCodecs, {
        targets: [source.folder],
        workingFolder: '/',
        rules: rulesOf(request),
        tags: buildSnapshotTags({
          trigger,
          workspace: identity.id,
          ...(request.label !== undefined && { label: request.label }),
          ...(request.commit !== undefined && { commit: request.commit }),
        }),
        hostname: currentOwner().hostname,
        programVersion: request.programVersion,
        excludes: rulesOf(request).excludeGlobs ?? [],
        forceHash: request.forceHash ?? false,
        skipIfUnchanged: !request.evenIfUnchanged,
        signal,
        onProgress,
      }),
    );
    return report(engine, request, result, created, performance.now() - start);
  },
};

function rulesOf({ repository, source }: BackupRequest) {
  const folder = repositoryFolder(repository);
  const { rules } = source;
  return ignoreOptions(folder === undefined ? rules : { ...rules, never: [...rules.never, folder] });
}

async function latestOf(
  engine: Engine,
  repository: BackupRequest['repository'],
  folder: string,
): Promise<SnapshotRow | undefined> {
  const identity = await workspaceOf(folder);
  const own = (await engine.snapshots(repository)).filter((stored) => isOfWorkspace(stored, folder, identity));
  return snapshotRows(own)[0];
}

async function report(
  engine: Engine,
  { repository: ref }: BackupRequest,
  result: BackupResult,
  created: boolean,
  milliseconds: number,
): Promise<BackupReport> {
  const { summary, problems, bytesRead, snapshotId, parent } = result;
  const repository = await engine.open(ref);
  const paths = defaultRepositoryPaths();
  return {
    ...(snapshotId && { snapshot: snapshotRow(await findSnapshot(repository, snapshotId), parent) }),
    ...(created && { createdRepository: { location: paths.repository, passwordFile: paths.passwordFile } }),
    filesNew: summary.filesNew,
    filesChanged: summary.filesChanged,
    filesUnchanged: summary.filesUnmodified,
    bytesAdded: summary.dataAddedPacked,
    bytesRead,
    milliseconds,
    scan: 'full',
    problems: problems.map(({ path, message }) => ({ path, message })),
  };
}
