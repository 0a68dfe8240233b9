/** Runs in the extension host of a real editor, beside the installed extension, and measures what a person would feel. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

export interface EditorMeasurement {
  /** Milliseconds: loading the code of the extension, and `activate`. */
  readonly activation: { readonly load: number; readonly activate: number };
  readonly firstBackup: Phase;
  readonly idle: Phase;
  readonly saves: Phase & { readonly count: number; readonly snapshots: number };
}

/** What the extension host did for a while. */
export interface Phase {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly seconds: number;
  /** Delay of the event loop of the extension host, milliseconds. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Seconds of CPU of the whole process: the extension host, its other extensions, and our threads. */
  readonly cpu: number;
}

const EXTENSION = 'cairn-backup.cairn-backup';
const RESOLUTION = 1;

export interface EditorInput {
  readonly saves: number;
  readonly repository: string;
  /** While this file is there, somebody types. */
  readonly typing: string;
}

export async function run({ saves, repository, typing }: EditorInput): Promise<EditorMeasurement> {
  await vscode.extensions.getExtension(EXTENSION)!.activate();
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'typescript' }));
  // Whatever else starts with the editor is done by then.
  await sleep(5_000);
  writeFileSync(typing, '');
  const idle = await measure(() => sleep(10_000));
  const firstBackup = await measure(() => vscode.commands.executeCommand('cairn.backupWorkspace'));
  rmSync(typing);
  const before = readdirSync(join(repository, 'snapshots')).length;
  const editing = await measure(() => editAndSave(saves));
  const snapshots = readdirSync(join(repository, 'snapshots')).length - before;
  return { activation: readActivation(), idle, firstBackup, saves: { ...editing, count: saves, snapshots } };
}

async function measure(work: () => PromiseLike<unknown>): Promise<Phase> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  const cpu = process.cpuUsage();
  const [time, start] = [Date.now(), performance.now()];
  delay.enable();
  await work();
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const milliseconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return {
    start: time,
    seconds: (performance.now() - start) / 1e3,
    delay: {
      p50: milliseconds(delay.percentile(50)),
      p99: milliseconds(delay.percentile(99)),
      max: milliseconds(delay.max),
    },
    cpu: (user + system) / 1e6,
  };
}

/** A person who types a line, saves, and goes on; each save becomes a snapshot of its own. */
async function editAndSave(saves: number): Promise<void> {
  const file = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'edited.ts');
  writeFileSync(file, 'export const edited = 0;\n');
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(file));
  for (let save = 1; save <= saves; save++) {
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), `// line ${save}\n`));
    await editor.document.save();
    await sleep(1_500);
  }
}

/** From the marks that the editor itself sets. */
function readActivation(): EditorMeasurement['activation'] {
  const marks = new Map<string, number>();
  const { MonacoPerformanceMarks } = globalThis as { MonacoPerformanceMarks?: { getMarks?: () => Mark[] } };
  const all: Mark[] = [
    ...performance.getEntriesByType('mark').map(({ name, startTime }) => ({ name, startTime })),
    ...(MonacoPerformanceMarks?.getMarks?.() ?? []),
  ];
  for (const { name, startTime } of all) if (name.endsWith(EXTENSION)) marks.set(name.split('/')[2]!, startTime);
  const between = (phase: string) =>
    (marks.get(`did${phase}`) ?? Number.NaN) - (marks.get(`will${phase}`) ?? Number.NaN);
  return { load: between('LoadExtensionCode'), activate: between('ActivateExtension') };
}

interface Mark {
  readonly name: string;
  readonly startTime: number;
}
