/** The commands that the long tests run under all circumstances, and what each has to have reached at its end. */
import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree } from '../helpers/describeTree.ts';
import { cairn, cairnOk, PASSWORD } from './programs.ts';
import { copyFolder, newFolder, removeFolder, stage, type Stage } from './stage.ts';

/** Where a command is run. */
export interface Scene {
  readonly stage: Stage;
  /** A copy that belongs to the case alone. */
  readonly repository: string;
  /** A folder that belongs to the case alone: what is restored, or the mirror. */
  readonly destination: string;
}

export interface LongCommand {
  readonly name: string;
  args(scene: Scene): readonly string[];
  /** Which calls are counted: those for the repository, or for the destination. */
  readonly watches: 'repository' | 'destination';
  /** Brings the copies into the state that it is for; done once. */
  prepare?(scene: Scene): Promise<void>;
  /** Numbers of the snapshots of the stage that stay whatever happens. */
  readonly keeps: readonly number[];
  /** It makes a snapshot of the source. */
  readonly adds?: boolean;
  /** The destination becomes equal to that snapshot of the stage, or to the source. */
  readonly copies?: number | 'source' | 'dated';
  /** What is there before is damaged on purpose: only after it has ended well does restic find no errors. */
  readonly mends?: boolean;
  /** What it says when it is done again after it had done its work though it said otherwise. */
  readonly again?: RegExp;
  /** It has no use for a repository. */
  readonly isPlain?: boolean;
  /**
   * What it makes lasts only once the system has seen to that, so a power cut may spoil: files where none was before
   * (`new`; nothing is lost by that), or any (`all`; the manifest does not vouch for them, and the next run mends it).
   */
  readonly isNotDurable?: 'new' | 'all';
  /** It changes nothing but its own lock. */
  readonly isReading?: boolean;
}

const all = [0, 1, 2];

export const commands: readonly LongCommand[] = [
  {
    name: 'init',
    args: ({ repository }) => ['init', '-r', repository],
    prepare: async ({ repository }) => rmSync(repository, { recursive: true }),
    watches: 'repository',
    keeps: [],
    again: /There is a repository at/,
  },
  {
    name: 'backup',
    args: ({ repository, stage: { source } }) => ['backup', '-r', repository, source],
    watches: 'repository',
    keeps: all,
    adds: true,
  },
  {
    name: 'forget',
    args: ({ repository, stage: { snapshots } }) => ['forget', '-r', repository, snapshots[0]!.id],
    watches: 'repository',
    keeps: [1, 2],
    again: /no snapshot/i,
  },
  {
    name: 'forget --prune',
    args: ({ repository }) => [
      'forget',
      '-r',
      repository,
      '--keep-last',
      '2',
      '--prune',
      '--max-unused',
      '0',
      '--grace',
      '0',
    ],
    watches: 'repository',
    keeps: [1, 2],
  },
  {
    name: 'prune',
    args: ({ repository }) => ['prune', '-r', repository, '--max-unused', '0', '--grace', '0'],
    prepare: async ({ repository, stage: { snapshots } }) =>
      void (await cairnOk(['forget', '-r', repository, snapshots[0]!.id])),
    watches: 'repository',
    keeps: [1, 2],
  },
  {
    name: 'verify',
    args: ({ repository }) => ['verify', '-r', repository, '--read-data'],
    watches: 'repository',
    keeps: all,
  },
  {
    name: 'repair index',
    args: ({ repository }) => ['repair', 'index', '-r', repository],
    prepare: async ({ repository }) => rmSync(join(repository, 'index', readdirSync(join(repository, 'index'))[0]!)),
    watches: 'repository',
    keeps: all,
    mends: true,
  },
  {
    name: 'repair files',
    args: ({ repository, stage: { snapshots } }) => ['repair', 'files', '-r', repository, snapshots[0]!.copy],
    prepare: async ({ repository }) => damageLargestPack(repository),
    watches: 'repository',
    keeps: all,
    mends: true,
  },
  {
    name: 'tag',
    args: ({ repository }) => ['tag', '-r', repository, '--add', 'marked', 'latest'],
    watches: 'repository',
    keeps: all,
  },
  {
    name: 'rewrite',
    args: ({ repository }) => ['rewrite', '-r', repository, '--exclude', 'a.txt'],
    watches: 'repository',
    keeps: all,
  },
  {
    name: 'rewrite --forget',
    args: ({ repository, stage: { snapshots } }) => [
      ...['rewrite', '-r', repository, '--new-host', 'another', '--forget'],
      ...[snapshots[0]!.id, snapshots[2]!.id],
    ],
    watches: 'repository',
    keeps: all,
    again: /no snapshot/i,
  },
  {
    name: 'recover',
    args: ({ repository }) => ['recover', '-r', repository],
    prepare: async ({ repository, stage: { snapshots } }) =>
      void (await cairnOk(['forget', '-r', repository, snapshots[0]!.id])),
    watches: 'repository',
    keeps: [1, 2],
  },
  {
    name: 'key add',
    args: ({ repository, destination }) => ['key', 'add', '-r', repository, ...newPassword(destination)],
    watches: 'repository',
    keeps: all,
  },
  {
    name: 'key passwd',
    args: ({ repository, destination }) => ['key', 'passwd', '-r', repository, ...newPassword(destination)],
    watches: 'repository',
    keeps: all,
  },
  {
    name: 'key remove',
    args: ({ repository, stage }) => ['key', 'remove', '-r', repository, '--key-hint', ...keysOf(repository, stage)],
    prepare: async ({ repository, destination }) =>
      void (await cairnOk(['key', 'add', '-r', repository, ...newPassword(destination)])),
    watches: 'repository',
    keeps: all,
    again: /no key/i,
  },
  {
    name: 'unlock',
    args: ({ repository }) => ['unlock', '-r', repository, '--remove-all'],
    prepare: async (scene) => leaveLock(scene),
    watches: 'repository',
    keeps: all,
  },
  ...(['repository', 'destination'] as const).map((watches): LongCommand => ({
    name: `restore (${watches})`,
    args: ({ repository, destination, stage: { source, snapshots } }) => [
      ...['restore', '-r', repository, `${snapshots[2]!.id}:${source}`],
      ...['--target', destination, '--delete', '--delete-ignored', '--yes'],
    ],
    prepare: async ({ destination, stage: { snapshots } }) => copyFolder(snapshots[0]!.copy, destination),
    isNotDurable: 'new',
    watches,
    keeps: all,
    copies: 2,
  })),
  {
    name: 'mirror',
    args: ({ destination, stage: { source } }) => ['mirror', source, destination, '--apply', '--force'],
    prepare: async (scene) => {
      await cairnOk(['mirror', scene.stage.snapshots[0]!.copy, scene.destination, '--apply']);
    },
    watches: 'destination',
    keeps: [],
    copies: 'source',
    isNotDurable: 'all',
    isPlain: true,
  },
  {
    name: 'mirror --dated',
    args: ({ destination, stage: { source } }) => ['mirror', source, destination, '--dated', '--keep', '1', '--apply'],
    prepare: async ({ destination, stage: { source } }) => {
      await cairnOk(['mirror', source, destination, '--dated', '--apply']);
    },
    watches: 'destination',
    keeps: [],
    copies: 'dated',
    isPlain: true,
  },
  ...reading(),
];

/** Commands that only read. */
function reading(): LongCommand[] {
  const argsOf: Record<string, (scene: Scene) => readonly string[]> = {
    ls: ({ stage: { snapshots } }) => ['ls', snapshots[0]!.id],
    find: () => ['find', '*.txt'],
    diff: ({ stage: { snapshots } }) => ['diff', snapshots[0]!.id, snapshots[2]!.id],
    cat: ({ stage: { snapshots, source } }) => ['cat', `${snapshots[0]!.id}:${source}/a.txt`],
    snapshots: () => ['snapshots'],
    stats: () => ['stats'],
  };
  return Object.entries(argsOf).map(([name, args]) => ({
    name,
    args: (scene) => [...args(scene), '-r', scene.repository],
    watches: 'repository',
    keeps: all,
    isReading: true,
  }));
}

export function commandOf(name: string): LongCommand {
  return commands.find((command) => command.name === name)!;
}

function newPassword(folder: string): string[] {
  const file = `${folder}.password`;
  // The same one, so that all that comes after can open the repository.
  writeFileSync(file, PASSWORD);
  return ['--new-password-file', file];
}

/** The key that the stage's repository has, and the one that was added, or a name that none has. */
function keysOf(repository: string, { repository: original }: Stage): string[] {
  const [first] = readdirSync(join(original, 'keys'));
  const added = readdirSync(join(repository, 'keys')).find((name) => name !== first && name.length === 64);
  return [first!, added ?? 'f'.repeat(64)];
}

function damageLargestPack(repository: string): void {
  const packs = readdirSync(join(repository, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const [largest] = packs.sort((a, b) => statSync(b).size - statSync(a).size);
  truncateSync(largest!, 100);
}

/** The lock of a process that ended without a word. */
async function leaveLock({ repository, stage: { source } }: Scene): Promise<void> {
  const isLock = (name: string) => name.length === 64;
  for (let at = 0; !readdirSync(join(repository, 'locks')).some(isLock); at++)
    await cairn(['backup', '-r', repository, source], {
      disk: { folders: [join(repository, 'locks')], kill: { at, when: 'after' } },
    });
}

const prepared = new Map<string, Promise<Scene>>();

/** A scene that belongs to one case. */
interface OwnScene extends Scene {
  /** Whether repository and destination are still what they were when the scene was made. */
  isAsMade(): boolean;
  remove(): void;
}

/** What a command begins with, for a case of its own to change. */
export async function sceneFor(command: LongCommand): Promise<OwnScene> {
  let template = prepared.get(command.name);
  if (!template) prepared.set(command.name, (template = prepare(command)));
  const { repository, destination, stage: shared } = await template;
  const folder = newFolder();
  const scene = { stage: shared, repository: join(folder, 'repository'), destination: join(folder, 'destination') };
  if (existsSync(repository)) copyFolder(repository, scene.repository);
  if (existsSync(destination)) copyFolder(destination, scene.destination);
  const made = describeScene(scene);
  return { ...scene, isAsMade: () => describeScene(scene) === made, remove: () => removeFolder(folder) };
}

/** Without the times of folders: a lock that came and went changes them. */
function describeScene({ repository, destination }: Scene): string {
  const lines = [repository, destination].map((folder) =>
    existsSync(folder) ? describeTree(folder, { folderTimes: false }) : 'none',
  );
  return JSON.stringify(lines);
}

async function prepare(command: LongCommand): Promise<Scene> {
  const shared = await stage();
  const folder = newFolder();
  const scene = { stage: shared, repository: join(folder, 'repository'), destination: join(folder, 'destination') };
  if (!command.isPlain) copyFolder(shared.repository, scene.repository);
  await command.prepare?.(scene);
  return scene;
}
