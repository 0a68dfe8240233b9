/**
 * How long it takes from a saved file to its durable snapshot, the engine being warm. The quiet time
 * before a save is not counted; the budget of the design is 30 ms (p95) for a workspace of 78,579 files,
 * and half as much again for a million. After the saves, folders of the newest snapshot are opened as
 * the view Snapshots does, each for the first time.
 *
 *     node --no-warnings bench/savePath.ts [--saves 300] [--no-guard] [FILES…]
 *
 * FILES is the size of a workspace; 1,000 and 78,579 unless stated. A million takes some minutes and
 * 10 GB in the folder for temporary files; all of it is given back.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LocalBackend } from '../src/backend/local/localBackend.ts';
import { backup } from '../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../src/engine/backup/backupOptions.ts';
import { defaultAlwaysInclude, defaultExclude } from '../src/engine/backup/workspaceDefaults.ts';
import { openInlineCodecs } from '../src/engine/codec/inlineCodecs.ts';
import { usualGuards } from '../src/engine/guard/guardPlace.ts';
import { keepGuard, withGuard } from '../src/engine/guard/withGuard.ts';
import { findPlace } from '../src/engine/snapshotPath.ts';
import { WarmTarget } from '../src/engine/warmTarget.ts';
import { createRepository } from '../src/repository/repository.ts';
import { findSnapshot } from '../src/repository/snapshots.ts';
import { codecPoolOpener } from '../src/worker/codecPool.ts';
import { Journal } from '../src/workspace/journal.ts';
import { seededRandom } from '../test/helpers/random.ts';
import { percentile } from './statistics.ts';

type Random = ReturnType<typeof seededRandom>;

/** As in the Linux source tree: 16 files a folder, 5 folders in a folder. */
const FILES_IN_FOLDER = 16;
const FOLDERS_IN_FOLDER = 5;
/** Beyond the time within which a file may still be written to unseen. Milliseconds. */
const QUIET_TIME = 30;
const LOCKS = 10;
const FOLDERS_OPENED = 200;

const openCodecs = openInlineCodecs(
  codecPoolOpener({ threadFile: resolve(import.meta.dirname, '../src/worker/codecThread.ts'), size: 2 }),
);

/** The folder of this number, where each folder but the first lies in an earlier one. */
function folderPath(number: number): string {
  const names: string[] = [];
  for (let at = number; at > 0; at = Math.floor((at - 1) / FOLDERS_IN_FOLDER)) names.unshift(`folder-${at}`);
  return names.join('/');
}

function filePath(number: number): string {
  return join(folderPath(Math.floor(number / FILES_IN_FOLDER)), `file-${number}.ts`);
}

/** Half of the files are shorter than 2 KB, one in a hundred is longer than 100 KB. */
function newContent(random: Random, stamp: string): string {
  const line = `export const value = '${stamp} ${random.next()}';\n`;
  return (
    line + '// A line that is as long as lines of code are.\n'.repeat(Math.floor(4 / (random.next() + 0.01) ** 1.4))
  );
}

function writeWorkspace(folder: string, files: number, random: Random): void {
  for (let number = 0; number < files; number += FILES_IN_FOLDER) {
    mkdirSync(join(folder, folderPath(number / FILES_IN_FOLDER)), { recursive: true });
  }
  for (let number = 0; number < files; number++) {
    writeFileSync(join(folder, filePath(number)), newContent(random, `file ${number}`));
  }
}

interface Measured {
  readonly files: number;
  readonly saves: Distribution;
  /** Of this process, with the bench's own writing. */
  readonly cpuPerSave: number;
  /** What the disk takes at the same time to make one byte durable; a save does that six times in a row. */
  readonly bareSync: Distribution;
  readonly firstSaveOfBurst: Distribution;
  readonly folderOpened: Distribution;
  readonly first: number;
  readonly unchanged: number;
  readonly memory: number;
  readonly load: string;
}

type Distribution = Readonly<Record<'p50' | 'p95' | 'p99' | 'max', number>>;

function describe(times: readonly number[]): Distribution {
  const at = (part: number) => Number(percentile(times, part).toFixed(1));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

async function measure(files: number, saves: number): Promise<Measured> {
  const root = mkdtempSync(join(tmpdir(), 'cairn-saves-'));
  const workspace = join(root, 'workspace');
  const random = seededRandom(files);
  try {
    writeWorkspace(workspace, files, random);
    const repository = await createRepository(new LocalBackend(join(root, 'repository')), {
      password: 'bench',
      keyCost: { N: 2, r: 8, p: 1 },
      owner: { hostname: 'bench', username: 'bench' },
      created: '2024-01-01T00:00:00Z',
    });
    const guards = usualGuards((message) => console.error(message));
    const guard = values['no-guard'] ? undefined : { ...guards, folder: join(root, 'guard') };
    const guarded = withGuard(repository, () => guard);
    const target = new WarmTarget(guarded);
    const journal = new Journal(workspace);
    const run = (options: Partial<BackupOptions>): Promise<BackupResult> =>
      target.use({ lock: 'shared' }, (session) =>
        backup(session, openCodecs, {
          targets: [workspace],
          workingFolder: '/',
          rules: {
            excludeGlobs: defaultExclude,
            alwaysInclude: defaultAlwaysInclude,
            useIgnoreFiles: true,
            useCairnIgnore: true,
            useCacheDirTag: true,
          },
          skipIfUnchanged: true,
          programVersion: 'cairn bench',
          ...options,
        }),
      );
    const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
      const start = performance.now();
      return [await work(), performance.now() - start];
    };
    const [first, firstTime] = await timed(() => run({}));
    const [, unchangedTime] = await timed(() => run({}));
    // What the first backup left to be written must not be waited for by the saves.
    if (process.platform !== 'win32') execFileSync('sync');
    let last = first.snapshotId!;
    const save = async (): Promise<number> => {
      const file = join(workspace, filePath(random.below(files)));
      writeFileSync(file, newContent(random, 'saved'));
      journal.add(file);
      await sleep(QUIET_TIME);
      const [result, time] = await timed(() =>
        run({ changes: { snapshot: last, paths: journal.take() as string[] }, keepGitFolders: true }),
      );
      if (!result.snapshotId || result.summary.dataBlobs !== 1) throw new Error('The save was not stored.');
      last = result.snapshotId;
      // As the engine does when nobody waits any more.
      await keepGuard(guarded);
      return time;
    };
    const times: number[] = [];
    const cpuBefore = process.cpuUsage();
    const syncs: number[] = [];
    while (times.length < saves) {
      times.push(await save());
      syncs.push((await timed(async () => writeFileSync(join(root, 'bare'), 'a', { flush: true })))[1]);
    }
    const cpu = process.cpuUsage(cpuBefore);
    const locked: number[] = [];
    while (locked.length < LOCKS) {
      await target.release();
      locked.push(await save());
    }
    await target.release();
    const openFolder = async (number: number): Promise<number> => {
      const path = join(workspace, folderPath(number));
      const [{ nodes }, time] = await timed(() =>
        target.use({ lock: 'none' }, async ({ repository, reader }) => {
          const { tree } = await findPlace(reader, await findSnapshot(repository, last), path);
          return reader.loadTree(tree!);
        }),
      );
      if (nodes.length === 0) throw new Error(`${path} is empty.`);
      return time;
    };
    const folderCount = Math.ceil(files / FILES_IN_FOLDER);
    const step = Math.max(1, folderCount / FOLDERS_OPENED);
    const opened: number[] = [];
    for (let at = 0; at < folderCount; at += step) opened.push(await openFolder(Math.floor(at)));
    return {
      files,
      saves: describe(times),
      cpuPerSave: Number(((cpu.user + cpu.system) / 1000 / saves).toFixed(1)),
      bareSync: describe(syncs),
      firstSaveOfBurst: describe(locked),
      folderOpened: describe(opened),
      first: Math.round(firstTime),
      unchanged: Math.round(unchangedTime),
      memory: Math.round(process.memoryUsage().rss / 1e6),
      load: loadavg()[0]!.toFixed(1),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { saves: { type: 'string', default: '300' }, 'no-guard': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const sizes = positionals.length > 0 ? positionals.map(Number) : [1000, 78_579];
console.log(
  'milliseconds; memory in MB     p50   p95   p99   max   CPU | one byte synced: p50   p95 | with a new lock: p50   max | folder opened: p50   p95 | first  unchanged  memory  load',
);
for (const files of sizes) {
  const result = await measure(files, Number(values.saves));
  const { saves, firstSaveOfBurst: burst, folderOpened: opened } = result;
  const cell = (value: unknown, width: number) => String(value).padStart(width);
  console.log(
    `${cell(files.toLocaleString('en'), 9)} files            ` +
      [saves.p50, saves.p95, saves.p99, saves.max, result.cpuPerSave].map((value) => cell(value, 6)).join('') +
      ` |${cell(result.bareSync.p50, 21)}${cell(result.bareSync.p95, 6)}` +
      ` |${cell(burst.p50, 21)}${cell(burst.max, 6)}` +
      ` |${cell(opened.p50, 19)}${cell(opened.p95, 6)}` +
      ` |${cell(result.first, 6)}${cell(result.unchanged, 11)}${cell(result.memory, 8)}${cell(result.load, 6)}`,
  );
  console.log(JSON.stringify(result));
}
