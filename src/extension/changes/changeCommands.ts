import { appendFile, readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { encodeRaw } from '../../base/rawName.ts';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { joinPath, pathOf, wayBelow } from '../diskPaths.ts';
import { describeSnapshot } from '../documents/describeState.ts';
import { openAllChanges, openChange } from '../documents/openChange.ts';
import { registerCommand } from '../registerCommand.ts';
import type { ChangesModel, FolderChanges } from './changesModel.ts';
import { comparisonWithDisk } from './comparisonWithDisk.ts';
import { escapeGlob } from './escapeGlob.ts';

/** A row of the view, as its context menu gives it to a command. */
interface ChangeRows {
  readonly of: FolderChanges;
  readonly changes: readonly ChangeRow[];
}

/** The commands on rows of the view Changes, and on all of them. */
export function registerChangeCommands(cairn: Cairn, model: ChangesModel): vscode.Disposable {
  const register = (
    id: Parameters<typeof registerCommand>[1],
    run: (chosen: Map<FolderChanges, ChangeRow[]>) => unknown,
  ) => registerCommand(cairn, id, (clicked: unknown, selected: unknown) => run(chosenChanges(clicked, selected)));
  return vscode.Disposable.from(
    // Called from the title of the view, it is given the row that has the focus, which it is not about.
    registerCommand(cairn, commands.openAllChanges, async () => {
      if (!model.isFresh) await model.update();
      return openAll(cairn, new Map(model.folders.map((of) => [of, [...of.list.changes]])));
    }),
    register(commands.openChange, (chosen) => openAll(cairn, chosen)),
    register(commands.openChangedFile, async (chosen) => {
      for (const { path, kind } of flatten(chosen)) {
        if (kind !== 'removed') await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path));
      }
    }),
    register(commands.copyChangedPath, (chosen) =>
      vscode.env.clipboard.writeText(
        flatten(chosen)
          .map(({ path }) => path)
          .join('\n'),
      ),
    ),
    register(commands.revealChangedFile, async (chosen) => {
      const [first] = flatten(chosen);
      if (first) await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(first.path));
    }),
    register(commands.ignoreChangedFile, async (chosen) => {
      for (const [{ folder }, changes] of chosen) await ignore(folder, changes);
      await model.refresh();
    }),
  );
}

/** The changes of the selected rows, by folder of the workspace; of the row that was clicked if it is not one of them. */
export function chosenChanges(clicked: unknown, selected: unknown): Map<FolderChanges, ChangeRow[]> {
  const rows: unknown[] = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  const chosen = new Map<FolderChanges, Set<ChangeRow>>();
  for (const row of rows.filter(isRow)) {
    const known = chosen.get(row.of) ?? new Set();
    for (const change of row.changes) known.add(change);
    chosen.set(row.of, known);
  }
  return new Map([...chosen].map(([of, changes]) => [of, [...changes]]));
}

function isRow(value: unknown): value is ChangeRows {
  return typeof value === 'object' && value !== null && 'of' in value && 'changes' in value;
}

function flatten(chosen: Map<FolderChanges, ChangeRow[]>): ChangeRow[] {
  return [...chosen.values()].flat();
}

async function openAll(cairn: Cairn, chosen: Map<FolderChanges, ChangeRow[]>): Promise<void> {
  for (const [of, changes] of chosen) {
    const [only, ...more] = changes;
    if (!only || !of.snapshot) continue;
    if (more.length === 0) await openChange(cairn, only, comparisonWithDisk(of));
    else {
      const title = vscode.l10n.t('{0} ({1} ↔ Current)', of.folder.name, describeSnapshot(of.snapshot));
      await openAllChanges(cairn, title, changes, comparisonWithDisk(of));
    }
  }
}

/** Adds files to the `.cairnignore` of the folder, and shows it: what is in it is not backed up any more. */
async function ignore({ uri }: vscode.WorkspaceFolder, changes: readonly ChangeRow[]): Promise<void> {
  const folder = pathOf(uri);
  const file = joinPath(folder, '.cairnignore');
  const lines = changes.map(({ path }) => `/${escapeGlob(wayBelow(folder, path)!)}\n`);
  const before = await readFile(file, 'utf8').catch(() => '');
  await appendFile(file, encodeRaw((before === '' || before.endsWith('\n') ? '' : '\n') + lines.join('')));
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}
