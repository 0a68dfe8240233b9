import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EngineClient } from '../../../src/worker/engineClient.ts';
import type { EngineCommandName, EngineCommands } from '../../../src/worker/engineProtocol.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import type { RepositoryRef, SourceRef } from '../../../src/worker/engineProtocol/refs.ts';
import type { RestorePreview, RestoreRequest } from '../../../src/worker/engineProtocol/restore.ts';
import type { ChangeList } from '../../../src/worker/engineProtocol/snapshots.ts';
import { attemptAsync } from './attempt.ts';
import { describe, differences, makeTree } from './tree.ts';

export interface EditorInput {
  readonly threadFile: string;
  readonly codecFile: string;
  /** An empty folder on drive C:, and one on D:. */
  readonly root: string;
  readonly other: string;
  readonly longestPath: number;
}

const PASSWORD = "it's the editor's";

/** What the extension asks of the engine's thread, all by paths as VS Code writes them: `c:\…`. */
export async function run({ threadFile, codecFile, root, other, longestPath }: EditorInput) {
  process.env['LOCALAPPDATA'] = join(root, 'AppData', 'Local');
  const project = join(root, 'project');
  const made = makeTree(project, { files: 100, longest: longestPath });
  const editor = new Editor(new EngineClient({ threadFile, codecFile, codecThreads: 1 }), project);
  try {
    return {
      made,
      ...(await backups(editor)),
      ...(await looks(editor)),
      ...(await restores(editor, root)),
      ...(await otherTargets(editor, root, other)),
      ...(await moved(editor, root)),
      answersWithLowerCaseDrive: editor.answersWithLowerCaseDrive,
    };
  } finally {
    await editor.client.close();
  }
}

/** One window of the editor, on one folder. */
class Editor {
  readonly client: EngineClient;
  /** As everything but VS Code writes it. */
  project: string;
  repository: RepositoryRef = {};
  readonly answersWithLowerCaseDrive: string[] = [];

  constructor(client: EngineClient, project: string) {
    this.client = client;
    this.project = project;
  }

  async call<K extends EngineCommandName>(
    command: K,
    params: EngineCommands[K]['params'],
  ): Promise<EngineCommands[K]['result']> {
    const begin = Date.now();
    const result = await this.client.call(command, params);
    // Seen when the story does not come to its end.
    console.error(`${Date.now() - begin} ms: ${command}`);
    if (/"[a-z]:\\/.test(JSON.stringify(result) ?? '')) this.answersWithLowerCaseDrive.push(command);
    return result;
  }

  path(...names: string[]): string {
    return join(this.project, ...names);
  }

  /** As VS Code has it. */
  fsPath(...names: string[]): string {
    return asInEditor(this.path(...names));
  }

  source(never: readonly string[] = []): SourceRef {
    const rules = { exclude: [], alwaysInclude: [], useIgnoreFiles: true, gitFolders: true, never };
    return { folder: this.fsPath(), rules };
  }

  backUp(options: Partial<BackupRequest> = {}) {
    const { repository } = this;
    const request = { trigger: 'manual', scan: 'full', programVersion: 'cairn test' } as const;
    return this.call('backup', { repository, source: this.source(), ...request, ...options });
  }

  plan(snapshot: string, options: Partial<RestoreRequest> = {}) {
    const { repository } = this;
    return this.call('planRestore', {
      repository,
      snapshot,
      source: this.source(),
      paths: [],
      exact: true,
      gitFolders: false,
      ...options,
    });
  }

  execute({ planId }: RestorePreview) {
    return this.call('executeRestore', { planId });
  }
}

function asInEditor(path: string): string {
  return path[0]!.toLowerCase() + path.slice(1);
}

function listed({ changes }: ChangeList): string[] {
  return changes.map(({ kind, path }) => `${kind} ${path}`);
}

function lines({ lines }: RestorePreview): string[] {
  return lines.map(({ change, path }) => `${change} ${path}`).sort();
}

const edited = ['many', 'folder 1', 'file 1.txt'];

async function backups(editor: Editor) {
  const changed = editor.path(...edited);
  const first = await attemptAsync(() => editor.backUp());
  return {
    first,
    passwordFile: await attemptAsync(async () =>
      readFileSync(join(process.env['LOCALAPPDATA']!, 'cairn', 'Data', 'password'), 'utf8'),
    ),
    saved: await attemptAsync(async () => {
      appendFileSync(changed, 'one more line\n');
      const { repository } = editor;
      await editor.call('noteChanges', { folder: editor.fsPath(), paths: [editor.fsPath(...edited)] });
      const compare = { repository, source: editor.source(), limit: 10 };
      const before = listed(await editor.call('workspaceChanges', { ...compare, scan: 'journal' }));
      const report = await editor.backUp({ trigger: 'save', scan: 'journal' });
      const after = listed(await editor.call('workspaceChanges', { ...compare, scan: 'full' }));
      const snapshot = report.snapshot!.id;
      const inSnapshot = listed(await editor.call('snapshotChanges', { repository, snapshot, limit: 10 }));
      return { before, report, after, inSnapshot };
    }),
    savedAgain: await attemptAsync(() => editor.backUp({ trigger: 'save', scan: 'journal' })),
    scheduled: await attemptAsync(() => editor.backUp({ trigger: 'schedule' })),
  };
}

async function newest(editor: Editor) {
  const { repository } = editor;
  return (await editor.call('listSnapshots', { repository, folder: editor.fsPath(), limit: 10 })).rows;
}

async function looks(editor: Editor) {
  const { repository } = editor;
  const snapshot = (await newest(editor))[0]!.id;
  const names = async (path: string) =>
    (await editor.call('listFolder', { repository, snapshot, path })).map(({ name }) => name);
  const path = editor.fsPath(...edited);
  return {
    folder: await attemptAsync(() => names(editor.fsPath('special'))),
    topFolder: await attemptAsync(() => names(editor.fsPath())),
    entry: await attemptAsync(() => editor.call('statEntry', { repository, snapshot, path })),
    content: await attemptAsync(async () => {
      const bytes = await editor.call('readFile', { repository, snapshot, path, maxBytes: 10_000 });
      return Buffer.from(bytes).toString() === readFileSync(path, 'utf8');
    }),
    history: await attemptAsync(() => editor.call('fileHistory', { repository, path, folder: editor.fsPath() })),
    diskChanges: await attemptAsync(async () => {
      const file = editor.fsPath('special', 'name one');
      const before = readFileSync(file);
      writeFileSync(file, 'something else');
      const params = { repository, snapshot, source: editor.source(), paths: [file], limit: 10 };
      const found = listed(await editor.call('diskChanges', params));
      writeFileSync(file, before);
      await editor.backUp();
      return found;
    }),
  };
}

/** The deepest file of `makeTree`. */
function deepest(folder: string): string {
  const below = join(folder, 'd'.repeat(100));
  return existsSync(below) ? deepest(below) : join(folder, 'file');
}

function damage(editor: Editor): void {
  const readOnly = editor.path('special', 'read only.txt');
  chmodSync(readOnly, 0o666);
  writeFileSync(readOnly, 'written all the same');
  chmodSync(readOnly, 0o444);
  rmSync(editor.path('special', 'large.bin'));
  rmSync(deepest(editor.path('deep')));
  mkdirSync(editor.path('added'));
  writeFileSync(editor.path('added', 'file.txt'), 'not in the snapshot');
  chmodSync(editor.path('added', 'file.txt'), 0o444);
}

async function restores(editor: Editor, root: string) {
  const before = (await newest(editor))[0]!.id;
  const whole = describe(editor.project);
  const there = await attemptAsync(async () => {
    damage(editor);
    const damaged = describe(editor.project);
    const safety = (await editor.backUp({ trigger: 'restore', label: 'before a restore' })).snapshot!.id;
    const shown = await editor.plan(before);
    const preview = await editor.plan(before, { shownPlan: shown.planId });
    const report = await editor.execute(preview);
    const wrong = differences(describe(editor.project), whole);
    const undo = await editor.plan(safety);
    await editor.execute(undo);
    const wrongAfterUndo = differences(describe(editor.project), damaged);
    return { preview, report, wrong, undo, wrongAfterUndo };
  });
  return {
    restore: there,
    restoreSome: await attemptAsync(async () => {
      const paths = [editor.fsPath('special', 'large.bin'), asInEditor(deepest(editor.path('deep')))];
      const preview = await editor.plan(before, { paths, exact: false });
      const report = await editor.execute(preview);
      return { lines: lines(preview), report };
    }),
    restoreElsewhere: await attemptAsync(async () => {
      const destination = join(root, 'elsewhere');
      const options = { destination: asInEditor(destination), exact: false, paths: [editor.fsPath('special')] };
      const preview = await editor.plan(before, options);
      await editor.execute(preview);
      const expected = new Map([...whole].filter(([path]) => path.startsWith('special/')));
      const found = new Map([...describe(destination)].map(([path, facts]) => [`special/${path}`, facts]));
      return { lines: lines(preview).slice(0, 1), differences: differences(found, expected) };
    }),
    restoreWhole: await attemptAsync(async () => {
      await editor.execute(await editor.plan(before));
      return differences(describe(editor.project), whole);
    }),
  };
}

async function otherTargets(editor: Editor, root: string, other: string) {
  // In the workspace, where nothing but the rule about repositories keeps it out of the backup.
  const location = editor.fsPath('backups');
  const repository = { location, password: { from: 'text', text: PASSWORD } } as const;
  const file = join(root, 'kit.md');
  const copy = join(other, 'copy');
  return {
    probed: await attemptAsync(() => editor.call('probeLocation', { location, folders: [editor.fsPath()] })),
    probedElsewhere: await attemptAsync(() =>
      editor.call('probeLocation', { location: asInEditor(copy), folders: [editor.fsPath()] }),
    ),
    created: await attemptAsync(() => editor.call('createRepository', { repository })),
    inside: await attemptAsync(async () => {
      await editor.backUp({ repository });
      const again = await editor.backUp({ repository, evenIfUnchanged: true });
      const { changes } = await editor.call('snapshotChanges', {
        repository,
        snapshot: again.snapshot!.id,
        limit: 10,
      });
      const params = { repository, snapshot: again.snapshot!.id, path: editor.fsPath() };
      return { again, changes, names: (await editor.call('listFolder', params)).map(({ name }) => name) };
    }),
    verified: await attemptAsync(() => editor.call('verify', { repository, read: 'all' })),
    kit: await attemptAsync(async () => {
      await editor.call('saveRecoveryKit', { repository, file: asInEditor(file) });
      return readFileSync(file, 'utf8');
    }),
    passwordFromFile: await attemptAsync(async () => {
      const path = join(root, 'password');
      writeFileSync(path, `${PASSWORD}\r\n`);
      const password = { from: 'file', path: asInEditor(path) } as const;
      return editor.call('repositoryInfo', { repository: { location, password } });
    }),
    mirror: await attemptAsync(async () => {
      const source = editor.source([location]);
      const preview = await editor.call('planMirror', { source, destination: asInEditor(copy) });
      const report = await editor.call('executeMirror', { planId: preview.planId, force: false });
      const verification = await editor.call('verifyFolder', { folder: asInEditor(copy) });
      return { preview: { source: preview.source, destination: preview.destination }, report, verification };
    }),
    duplicates: await attemptAsync(() => {
      const { rules } = editor.source([location]);
      return editor.call('findDuplicates', { folders: [editor.fsPath()], rules, limit: 10 });
    }),
  };
}

/** The window is opened again on the folder, which has another name. */
async function moved(editor: Editor, root: string) {
  const { repository, project: before } = editor;
  rmSync(editor.path('backups'), { recursive: true, force: true });
  // For Wine a folder is born when it is last changed, so the workspace has to be looked at once more.
  await editor.backUp();
  renameSync(before, join(root, 'renamed'));
  editor.project = join(root, 'renamed');
  return {
    moved: await attemptAsync(async () => {
      const compare = { repository, source: editor.source(), scan: 'full', limit: 10 } as const;
      const unchanged = listed(await editor.call('workspaceChanges', compare));
      appendFileSync(editor.path(...edited), 'after the move\n');
      const changed = listed(await editor.call('workspaceChanges', compare));
      const report = await editor.backUp({ trigger: 'save' });
      const path = editor.fsPath(...edited);
      const history = await editor.call('fileHistory', { repository, path, folder: editor.fsPath() });
      const oldest = history.at(-1)!;
      const bytes = await editor.call('readFile', {
        repository,
        snapshot: oldest.snapshot.id,
        path: oldest.path,
        maxBytes: 10_000,
      });
      const snapshots = (await newest(editor)).map(({ paths }) => paths);
      return { unchanged, changed, report, history, sizeOfOldest: bytes.length, snapshots };
    }),
    restoreOfBefore: await attemptAsync(async () => {
      const snapshots = await newest(editor);
      const preview = await editor.plan(snapshots.at(-1)!.id, { paths: [editor.fsPath(...edited)] });
      await editor.execute(preview);
      return { lines: lines(preview), size: statSync(editor.path(...edited)).size, isBack: existsSync(before) };
    }),
  };
}
