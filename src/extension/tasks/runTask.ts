import * as vscode from 'vscode';
import { countFiles, countPacks, countSnapshots } from '../counts.ts';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { refuseReplica } from '../backup/backupService.ts';
import type { Cairn } from '../cairn.ts';
import { joinPath } from '../diskPaths.ts';
import { formatSize } from '../formatSize.ts';
import { readPolicy, sourceOf, workspaceFolders } from '../settings.ts';
import { copyPlace } from '../targets/backUpTo.ts';
import { folderOfTarget, type Target } from '../targets/targetStore.ts';
import { isExpendable } from '../../worker/isExpendable.ts';
import { describeLine, describeTotals } from '../upkeep/mirrorReport.ts';
import { checkTask } from './cairnTask.ts';
import type { CairnTask } from './cairnTask.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_INCOMPLETE, type TaskRun } from './taskTerminal.ts';

/** What a command of a task does; resolves to the exit code. */
type TaskCommand = (cairn: Cairn, task: CairnTask, run: TaskRun) => Promise<number>;

/** Does what a task says, and resolves to its exit code. Throws what fails it. */
export async function runTask(cairn: Cairn, definition: vscode.TaskDefinition, run: TaskRun): Promise<number> {
  const task = checkTask(definition);
  return taskCommands[task.command](cairn, task, run);
}

const taskCommands: Readonly<Record<CairnTask['command'], TaskCommand>> = {
  async backup(cairn, task, run) {
    const target = targetOf(cairn, task);
    if (target.kind !== 'repository') return copyFolders(cairn, task, run);
    let code = EXIT_DONE;
    await cairn.targets.use(target, async () => {
      for (const folder of foldersOf(task)) {
        const order = { folder, trigger: 'manual', scan: 'full', target } as const;
        const report = await cairn.backups.backUp(
          task.snapshotLabel === undefined ? order : { ...order, label: task.snapshotLabel },
          run,
        );
        const { filesNew, filesChanged, filesUnchanged, bytesAdded, snapshot, problems } = report;
        for (const { message } of problems) run.print(message);
        if (problems.length > 0) code = EXIT_INCOMPLETE;
        const counts = [filesNew, filesChanged, filesUnchanged].map(number);
        run.print(vscode.l10n.t('{0}: {1} added, {2} modified, {3} unchanged', folder.name, ...counts));
        run.print(
          snapshot
            ? vscode.l10n.t('snapshot {0} in {1}, {2} added', shortId(snapshot.id), target.name, size(bytesAdded))
            : vscode.l10n.t('nothing changed, no snapshot'),
        );
      }
    });
    return code;
  },

  async verify(cairn, task, run) {
    const target = targetOf(cairn, task);
    const isGood =
      target.kind === 'repository'
        ? await verifyRepository(cairn, target, task, run)
        : await verifyFolder(cairn, target, run);
    run.print(isGood ? vscode.l10n.t('no errors were found') : vscode.l10n.t('errors were found'));
    cairn.targets.touch(target);
    return isGood ? EXIT_DONE : EXIT_FAILED;
  },

  async forget(cairn, task, run) {
    const target = repositoryOf(cairn, task);
    return cairn.targets.use(target, async (repository) => {
      const policy = readPolicy();
      const { groups } = await cairn.engine.call('planForget', { repository, policy }, run);
      const ids = groups.flatMap(({ remove }) => remove.filter(isExpendable).map(({ id }) => id));
      const all = groups.reduce((sum, { keep, remove }) => sum + keep.length + remove.length, 0);
      for (const id of ids) run.print(`${task.dryRun ? 'WOULD REMOVE' : 'REMOVE'} ${shortId(id)}`);
      if (!task.dryRun && ids.length > 0) {
        await cairn.copies.giveWay(target);
        await cairn.engine.call('deleteSnapshots', { repository, ids }, run);
        cairn.snapshotsChanged.fire();
        cairn.targets.touch(target);
      }
      run.print(vscode.l10n.t('{0} forgotten, {1} kept', countSnapshots(ids.length), number(all - ids.length)));
      return EXIT_DONE;
    });
  },

  async prune(cairn, task, run) {
    const target = repositoryOf(cairn, task);
    return cairn.targets.use(target, async (repository) => {
      await cairn.copies.giveWay(target);
      const report = await cairn.engine.call('prune', { repository, dryRun: task.dryRun ?? false }, run);
      for (const problem of report.problems) run.print(problem);
      const freed = size(Math.max(0, report.freedBytes));
      run.print(task.dryRun ? vscode.l10n.t('{0} would be given back', freed) : vscode.l10n.t('{0} given back', freed));
      if (report.isHeld) run.print(vscode.l10n.t('The guard of the repository keeps that for some days.'));
      cairn.targets.touch(target);
      return report.problems.length > 0 ? EXIT_FAILED : EXIT_DONE;
    });
  },

  mirror: (cairn, task, run) => copyFolders(cairn, task, run),
};

async function verifyRepository(cairn: Cairn, target: Target, task: CairnTask, run: TaskRun): Promise<boolean> {
  const read = task.read ?? 'structure';
  const report = await cairn.targets.use(target, (repository) =>
    cairn.engine.call('verify', { repository, read }, run),
  );
  for (const { message, severity } of report.findings) if (severity === 'error') run.print(message);
  for (const { loss, path, snapshots } of report.affected) {
    run.print(`${loss} ${displayPath(path)} (${snapshots.map(({ id }) => shortId(id)).join(', ')})`);
  }
  for (const advice of report.advice) run.print(advice);
  const { snapshots, packs, packsRead } = report.counts;
  run.print(
    vscode.l10n.t('{0}, {1}, {2} of them read', countSnapshots(snapshots), countPacks(packs), number(packsRead)),
  );
  return report.isGood;
}

async function verifyFolder(cairn: Cairn, target: Target, run: TaskRun): Promise<boolean> {
  const folder = folderOfTarget(target);
  const { findings, good, bytes, isGood } = await cairn.engine.call('verifyFolder', { folder }, run);
  for (const { kind, path, detail } of findings) {
    run.print(`${kind.toUpperCase()} ${displayPath(path)}${detail === undefined ? '' : ` (${detail})`}`);
  }
  run.print(vscode.l10n.t('right: {0}, {1} read', countFiles(good), size(bytes)));
  return isGood;
}

async function copyFolders(cairn: Cairn, task: CairnTask, run: TaskRun): Promise<number> {
  let code = EXIT_DONE;
  for (const folder of foldersOf(task)) {
    const place = task.destination === undefined ? placeOf(cairn, task, folder) : { destination: task.destination };
    const source = sourceOf(folder.uri, cairn.targets.folders());
    const preview = await cairn.engine.call('planMirror', { source, ...place }, run);
    const { planId, destination } = preview;
    for (const notice of preview.notices) run.print(notice);
    if (task.dryRun) {
      await cairn.engine.call('dropMirrorPlan', { planId });
      for (const line of preview.lines) run.print(describeLine(line, vscode.env.language));
      for (const line of describeTotals(preview, vscode.env.language)) run.print(line);
      if (preview.needsForce !== undefined) run.print(preview.needsForce);
      continue;
    }
    const report = await cairn.engine.call('executeMirror', { planId, force: task.force ?? false }, run);
    for (const problem of report.problems) run.print(problem);
    if (report.problems.length > 0) code = EXIT_INCOMPLETE;
    const copied = vscode.l10n.t('{0} copied ({1})', countFiles(report.copied), size(report.bytes));
    const where = joinPath(destination, report.name ?? '');
    run.print(`${folder.name} → ${where}: ${copied}, ${vscode.l10n.t('{0} deleted', number(report.deleted))}`);
  }
  const target = task.target === undefined ? undefined : targetOf(cairn, task);
  if (target) cairn.targets.touch(target);
  return code;
}

function placeOf(cairn: Cairn, task: CairnTask, folder: vscode.WorkspaceFolder) {
  const target = targetOf(cairn, task);
  if (target.kind !== 'repository') return { ...copyPlace(target, folder.name), mayRename: true };
  const message = vscode.l10n.t('Give this task a "destination", or a "target" that is a plain folder.');
  throw new CairnError('usage', message);
}

function repositoryOf(cairn: Cairn, task: CairnTask): Target {
  const target = targetOf(cairn, task);
  refuseReplica(target);
  if (target.kind === 'repository') return target;
  throw new CairnError('usage', vscode.l10n.t('{0} is no repository, which this task needs.', target.name));
}

function targetOf({ targets }: Cairn, { target: wanted }: CairnTask): Target {
  if (wanted === undefined) return targets.primary();
  const found = targets.list().find(({ id, name }) => id === wanted || name === wanted);
  if (found) return found;
  throw new CairnError('usage', vscode.l10n.t('There is no target "{0}". Correct it in tasks.json.', wanted));
}

function foldersOf({ folder: wanted }: CairnTask): vscode.WorkspaceFolder[] {
  const folders = workspaceFolders().filter(({ name }) => wanted === undefined || name === wanted);
  if (folders.length > 0) return folders;
  throw new CairnError('usage', vscode.l10n.t('There is no folder "{0}" in this workspace.', wanted ?? ''));
}

function shortId(id: string): string {
  return id.slice(0, 8);
}

function number(value: number): string {
  return value.toLocaleString(vscode.env.language);
}

function size(bytes: number): string {
  return formatSize(bytes, vscode.env.language);
}
