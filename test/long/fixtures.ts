/**
 * Repositories that restic makes anew: of both versions of the format, compressed and not, of mixed age, with two keys,
 * and broken in every way that a disk breaks files. `RESTIC_NEWER` names a restic to make them with, besides that of
 * this machine.
 */
import { chmodSync, linkSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeMessages, judgeSnapshot, requireSame } from './judge.ts';
import type { Case, Part } from './part.ts';
import { cairn, cairnOk, restic, tryRestic } from './programs.ts';
import { copyFolder, listSnapshots, newFolder, removeFolder, stage, type Stage } from './stage.ts';

/** Names of programs. */
const makers = ['restic', ...(process.env['RESTIC_NEWER'] === undefined ? [] : [process.env['RESTIC_NEWER']])];

export const fixtures: Part = {
  name: 'fixtures',
  subjects: makers,
  cases: async (program) => [
    ...Object.entries(recipes).map(([name, make]) => caseOf(program, name, (scene) => judgeWhole(scene, make))),
    ...Object.entries(injuries).map(([name, injure]) =>
      caseOf(program, `${name}, compared with restic`, (scene) => judgeBroken(scene, injure)),
    ),
    ...(['config', 'keys'] as const).flatMap((what) => cutOffCases(program, what)),
    caseOf(program, 'hard links of which one is as it was', judgeHardLinks),
  ],
  sample: { subjects: 1, cases: 2 },
};

interface Scene {
  readonly program: string;
  readonly folder: string;
  readonly repository: string;
  readonly stage: Stage;
}

function caseOf(program: string, name: string, judge: (scene: Scene) => Promise<void>): Case {
  return {
    name: `${name}, by ${program.replace(/^.*\//, '')}${program === 'restic' ? '' : ' (newer)'}`,
    run: async () => {
      const folder = newFolder();
      try {
        await judge({ program, folder, repository: join(folder, 'repository'), stage: await stage() });
      } finally {
        removeFolder(folder);
      }
    },
  };
}

type Make = (scene: Scene) => Promise<void>;

async function makeIn(version: 1 | 2, { program, repository }: Scene): Promise<void> {
  await restic(repository, ['init', '--repository-version', String(version)], program);
}

async function backUp({ program, repository, stage: { source } }: Scene, ...options: string[]): Promise<void> {
  await restic(repository, ['backup', source, ...options], program);
}

const recipes: Readonly<Record<string, Make>> = {
  'version 1': async (scene) => {
    await makeIn(1, scene);
    await backUp(scene);
  },
  'version 2': async (scene) => {
    await makeIn(2, scene);
    await backUp(scene);
  },
  'all ways to compress': async (scene) => {
    await makeIn(2, scene);
    for (const way of ['off', 'auto', 'max']) await backUp(scene, '--compression', way, '--force', '--tag', way);
  },
  'an old one, brought to version 2': async (scene) => {
    await makeIn(1, scene);
    await backUp(scene);
    await restic(scene.repository, ['migrate', 'upgrade_repo_v2'], scene.program);
    await backUp(scene, '--tag', 'new');
  },
  'two keys': async (scene) => {
    await makeIn(2, scene);
    const file = join(scene.folder, 'password');
    writeFileSync(file, 'another');
    await restic(scene.repository, ['key', 'add', '--new-password-file', file], scene.program);
    await backUp(scene);
  },
  'after forget and prune': async (scene) => {
    await makeIn(2, scene);
    await backUp(scene);
    await backUp(scene, '--exclude', 'large.bin');
    await restic(scene.repository, ['forget', '--keep-last', '1', '--group-by', '', '--prune'], scene.program);
  },
};

/** What restic has made Cairn reads, writes to and looks after; and restic finds it right. */
async function judgeWhole(scene: Scene, make: Make): Promise<void> {
  await make(scene);
  const { repository, folder, program, stage: shared } = scene;
  const before = await listSnapshots(repository);
  await cairnOk(['verify', '-r', repository, '--read-data']);
  for (const { id } of before) {
    const ours = join(folder, 'ours');
    await cairnOk(['restore', '-r', repository, id, '-t', ours]);
    const theirs = join(folder, 'theirs');
    await restic(repository, ['restore', id, '--target', theirs], program);
    requireSame(ours, theirs, `What is restored of ${id.slice(0, 8)}`);
    for (const target of [ours, theirs]) removeFolder(target);
  }
  await cairnOk(['backup', '-r', repository, shared.source]);
  await cairnOk(['tag', '-r', repository, '--add', 'x', before[0]!.id]);
  await cairnOk(['prune', '-r', repository, '--max-unused', '0', '--grace', '0']);
  await restic(repository, ['check', '--read-data'], program);
  for (const { id, original } of await listSnapshots(repository))
    if (!before.some((known) => known.id === id || known.id === original))
      await judgeSnapshot(repository, shared.source, id, shared.source);
}

const filesOf = (repository: string, folder: string) =>
  readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);

function flip(path: string): void {
  const content = readFileSync(path);
  content[content.length >> 1]! ^= 1;
  chmodSync(path, 0o600);
  writeFileSync(path, content);
}

/** What happens to a repository. */
const injuries: Readonly<Record<string, (repository: string) => void>> = {
  'the largest pack is missing': (repository) => rmSync(filesOf(repository, 'data')[0]!),
  'the smallest pack is missing': (repository) => rmSync(filesOf(repository, 'data').at(-1)!),
  'a pack is cut off': (repository) => truncateSync(filesOf(repository, 'data')[0]!, 5000),
  'a pack is empty': (repository) => truncateSync(filesOf(repository, 'data').at(-1)!, 0),
  'a bit of a pack is flipped': (repository) => flip(filesOf(repository, 'data')[0]!),
  'a bit of an index file is flipped': (repository) => flip(filesOf(repository, 'index')[0]!),
  'an index file is empty': (repository) => truncateSync(filesOf(repository, 'index')[0]!, 0),
  'an index file is missing': (repository) => rmSync(filesOf(repository, 'index')[0]!),
  'a snapshot is cut off': (repository) => truncateSync(filesOf(repository, 'snapshots')[0]!, 50),
  'a pack that nobody lists': (repository) => {
    const name = 'ab'.repeat(32);
    writeFileSync(join(repository, 'data/ab', name), 'cut off');
  },
};

/** Cairn finds errors where restic does; and what it says that it has mended restic finds right. */
async function judgeBroken(scene: Scene, injure: (repository: string) => void): Promise<void> {
  const { repository, program, stage: shared } = scene;
  await makeIn(2, scene);
  await backUp(scene);
  await restic(repository, ['backup', shared.snapshots[0]!.copy], program);
  injure(repository);
  const theirs = (await tryRestic(repository, ['check', '--read-data'], program)).status === 0;
  const run = await cairn(['verify', '-r', repository, '--read-data']);
  judgeMessages(run, { repository, destination: repository });
  if ((run.status === 0) !== theirs) throw new Error(`restic says ${theirs}, verify ${run.status}: ${run.stdout}`);
  const index = await cairn(['repair', 'index', '-r', repository]);
  const files = await cairn(['repair', 'files', '-r', repository, shared.source]);
  for (const one of [index, files]) judgeMessages(one, { repository, destination: repository });
  const mended = (await cairn(['verify', '-r', repository, '--read-data'])).status === 0;
  const agrees = (await tryRestic(repository, ['check', '--read-data'], program)).status === 0;
  if (mended !== agrees) throw new Error(`After the repair verify says ${mended} and restic ${agrees}.`);
  if (!mended) return;
  for (const { id, paths } of await listSnapshots(repository))
    if (paths[0] === shared.source) await judgeSnapshot(repository, shared.source, id, shared.source);
}

/** Longer than such a file is; and how many lengths are one case, since each opens the repository. Bytes. */
const LONGEST = { config: 200, keys: 500 };
const LENGTHS = 5;

function cutOffCases(program: string, what: 'config' | 'keys'): Case[] {
  return Array.from({ length: LONGEST[what] / LENGTHS }, (_, at) => {
    const name = `${what} cut off at ${at * LENGTHS} to ${(at + 1) * LENGTHS - 1} bytes`;
    return caseOf(program, name, (scene) => judgeCutOff(scene, what, at * LENGTHS));
  });
}

/** No length of a file makes Cairn lose its head. */
async function judgeCutOff(scene: Scene, what: 'config' | 'keys', from: number): Promise<void> {
  const { repository } = scene;
  await makeIn(2, scene);
  const file = what === 'config' ? join(repository, 'config') : filesOf(repository, 'keys')[0]!;
  const content = readFileSync(file);
  chmodSync(file, 0o600);
  for (let length = from; length < Math.min(from + LENGTHS, content.length); length++) {
    writeFileSync(file, content.subarray(0, length));
    const run = await cairn(['snapshots', '-r', repository]);
    if (run.status === 0) throw new Error(`With ${length} bytes of ${what} it opened the repository.`);
    judgeMessages({ ...run, status: 1 }, { repository, destination: repository });
    if (![1, 12].includes(run.status!)) throw new Error(`With ${length} bytes of ${what} it ended with ${run.status}.`);
  }
}

/** Two names of one file in the snapshot; in the place there is one with the content, and another file. */
async function judgeHardLinks(scene: Scene): Promise<void> {
  const { folder, repository, program } = scene;
  const source = join(folder, 'source');
  copyFolder(scene.stage.source, source);
  linkSync(join(source, 'a.txt'), join(source, 'folder/same.txt'));
  await makeIn(2, scene);
  await restic(repository, ['backup', source], program);
  const [made] = await listSnapshots(repository);
  const copy = join(folder, 'copy');
  copyFolder(source, copy);
  rmSync(join(source, 'folder/same.txt'));
  writeFileSync(join(source, 'folder/same.txt'), 'another');
  await cairnOk(['restore', '-r', repository, made!.id, '--in-place', '--yes']);
  requireSame(source, copy, 'The folder');
  if (statSync(join(source, 'a.txt')).ino !== statSync(join(source, 'folder/same.txt')).ino)
    throw new Error('The two names are not those of one file.');
}
