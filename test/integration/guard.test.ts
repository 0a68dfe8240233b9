/** Guards of repositories: what they hold, when they let go of it, and what comes back from them. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { listBatches } from '../../src/engine/guard/guardFiles.ts';
import { listGuards } from '../../src/engine/guard/guard.ts';
import { guardsFor } from '../../src/engine/guard/guardPlace.ts';
import { guardStatuses, type GuardStatus } from '../../src/engine/guard/guardStatus.ts';
import { recoverGuard } from '../../src/engine/guard/recoverGuard.ts';
import { releaseFromGuard } from '../../src/engine/guard/releaseGone.ts';
import { keepGuard, withGuard } from '../../src/engine/guard/withGuard.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createLocalRepository,
  openLocalRepository,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const DAY = 86_400_000;

/** A repository with one snapshot, guarded in a folder beside it. */
class Stage {
  readonly root = tempFolder();
  readonly source = join(this.root, 'source');
  readonly folder = join(this.root, 'repository');
  readonly guards = join(this.root, 'guards');
  readonly troubles: string[] = [];
  delay = 14 * DAY;

  /** The repository as a process opens it. */
  async open(): Promise<Repository> {
    const settings = {
      folder: this.guards,
      delay: this.delay,
      onTrouble: (text: string) => void this.troubles.push(text),
    };
    return withGuard(await openLocalRepository(this.folder), () => settings);
  }

  /** What a process does that backs up and ends. */
  async save(name: string): Promise<string> {
    writeTree(this.source, { [name]: randomBytes(name, 50_000) });
    return this.run(async (repository) => (await backUp(repository, [this.source])).snapshotId!);
  }

  async run<T>(work: (repository: Repository) => Promise<T>): Promise<T> {
    const repository = await this.open();
    try {
      return await work(repository);
    } finally {
      await repository.backend.close();
    }
  }

  async forgetAndPrune(id: string): Promise<void> {
    await this.run(async (repository) => {
      await executeForget(repository, await planForgetByName(repository, [id]));
      const session = await unlockedSession(repository);
      const plan = await planPrune(session, { graceMs: 0, maxUnused: 0 });
      await executePrune(session, testCodecs(), plan);
    });
  }

  get guard(): string {
    const [guard, another] = listGuards(this.guards);
    expect(another).toBeUndefined();
    return guard!;
  }

  get status(): GuardStatus {
    return guardStatuses([this.guards])[0]!;
  }

  /** Says that what is waiting has been gone since an earlier day. */
  age(days: number): void {
    chmodSync(this.guard, 0o700);
    for (const { name, kind } of listBatches(this.guard)) {
      const day = new Date(Date.now() - days * DAY).toISOString().slice(0, 10);
      renameSync(join(this.guard, name), join(this.guard, `${kind}-${day}`));
    }
    chmodSync(this.guard, 0o500);
  }

  check(folder = this.folder): string {
    return restic(folder, ['check', '--read-data']);
  }

  snapshots(folder = this.folder): number {
    return (JSON.parse(restic(folder, ['snapshots', '--json'])) as unknown[]).length;
  }
}

async function createStage(): Promise<Stage> {
  const stage = new Stage();
  await createLocalRepository(stage.folder);
  await stage.save('first');
  return stage;
}

/** The files of a repository, or of what is laid out as one, but for locks. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(config|(keys|index|snapshots|data\/..)\/[0-9a-f]{64})$/.test(name))
    .sort();
}

describe('a guard', () => {
  test('has every file of the repository as a second name, in folders that cannot be written to', async () => {
    const stage = await createStage();
    await stage.save('second');
    const files = join(stage.guard, 'files');
    expect(filesOf(files)).toEqual(filesOf(stage.folder));
    for (const name of filesOf(files)) {
      expect(statSync(join(files, name)).ino).toBe(statSync(join(stage.folder, name)).ino);
      expect(statSync(join(files, name)).mode & 0o222).toBe(0);
    }
    const entries = readdirSync(stage.guards, { recursive: true, withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const folder of [stage.guards, ...folders]) expect(statSync(folder).mode & 0o777).toBe(0o500);
    expect(stage.status).toMatchObject({ state: 'there', lacking: 0, unguarded: 0, openFolders: 0 });
    expect(stage.troubles).toEqual([]);
    // It is a repository itself.
    expect(restic(files, ['check', '--no-lock'])).toContain('no errors were found');
  });

  test('gets what is stored while the repository stays open', async () => {
    const stage = await createStage();
    writeTree(stage.source, { more: 'more' });
    const repository = await stage.open();
    await backUp(repository, [stage.source]);
    await keepGuard(repository);
    expect(stage.status.unguarded).toBe(0);
    await repository.backend.close();
  });

  test('gets what other programs stored, and what a killed process had not linked, with the next backup', async () => {
    const stage = await createStage();
    writeTree(stage.source, { other: 'other' });
    restic(stage.folder, ['backup', stage.source]);
    const open = join(stage.guard, 'files/snapshots');
    chmodSync(open, 0o700);
    for (const name of readdirSync(open)) rmSync(join(open, name));
    expect(stage.status).toMatchObject({ openFolders: 1 });
    expect(stage.status.unguarded).toBeGreaterThan(2);
    await stage.save('third');
    expect(stage.status).toMatchObject({ unguarded: 0, lacking: 0, openFolders: 0 });
  });

  test('takes the write permission from files of other programs, which would be emptied in it, too', async () => {
    const stage = await createStage();
    const [snapshot] = readdirSync(join(stage.folder, 'snapshots'));
    chmodSync(join(stage.folder, 'snapshots', snapshot!), 0o644);
    rmSync(stage.guards, { recursive: true });
    await stage.save('second');
    expect(statSync(join(stage.folder, 'snapshots', snapshot!)).mode & 0o777).toBe(0o444);
  });

  test('is not made by who only reads', async () => {
    const stage = new Stage();
    await createLocalRepository(stage.folder);
    await stage.run((repository) => repository.backend.list('key'));
    expect(existsSync(stage.guards)).toBe(false);
  });

  test('is the same for a repository that was moved', async () => {
    const stage = await createStage();
    const moved = join(stage.root, 'moved');
    renameSync(stage.folder, moved);
    (stage as { folder: string }).folder = moved;
    await stage.save('second');
    expect(stage.status).toMatchObject({ guard: stage.guard, repository: moved, state: 'there', lacking: 0 });
  });

  test('that cannot be kept fails no backup, and says so once', async () => {
    const stage = await createStage();
    rmSync(stage.guards, { recursive: true });
    writeFileSync(stage.guards, 'in its place');
    writeFileSync(join(stage.root, '.cairn-guard'), 'in the other place');
    await stage.save('second');
    await stage.save('third');
    expect(stage.troubles).toHaveLength(2);
    expect(stage.troubles[0]).toContain(`The guard of the repository ${stage.folder} is not complete`);
    expect(stage.check()).toContain('no errors were found');
  });

  test('lies beside the repository where it may not lie in the home', async () => {
    const stage = await createStage();
    rmSync(stage.guards, { recursive: true });
    writeFileSync(stage.guards, 'in its place');
    await stage.save('second');
    expect(stage.troubles).toEqual([]);
    expect(guardStatuses([join(stage.root, '.cairn-guard')])).toMatchObject([{ state: 'there', unguarded: 0 }]);
  });

  test('lies beside a repository on another file system, and in no other place', async () => {
    const stage = await createStage();
    expect(guardsFor(stage.folder, '/proc/guards')).toEqual([join(stage.root, '.cairn-guard')]);
    expect(guardsFor(stage.folder, join(stage.root, 'guards'))).toEqual([
      join(stage.root, 'guards'),
      join(stage.root, '.cairn-guard'),
    ]);
    expect(guardsFor(join(stage.guards, 'a'), stage.guards)).toEqual([]);
  });
});

describe('what is gone from the repository', () => {
  test('stays for the delay if it was pruned, and comes back on demand', async () => {
    const stage = await createStage();
    const first = await stage.save('second');
    await stage.save('third');
    rmSync(join(stage.source, 'second'));
    await stage.save('fourth');
    const before = filesOf(stage.folder).length;
    for (const id of [first]) await stage.forgetAndPrune(id);
    expect(stage.status).toMatchObject({ state: 'there', lacking: 0 });
    const { waiting } = stage.status;
    expect(waiting.files).toBeGreaterThan(0);
    stage.age(14);
    await stage.save('fifth');
    expect(stage.status.waiting.files).toBe(waiting.files);
    const recovered = await recoverGuard(stage.guard, { withRemoved: true });
    expect(recovered).toMatchObject({ restored: waiting.files, damaged: [] });
    expect(filesOf(stage.folder).length).toBeGreaterThan(before);
    expect(stage.snapshots()).toBe(5);
    expect(stage.check()).toContain('no errors were found');
  });

  test('is let go after the delay', async () => {
    const stage = await createStage();
    const id = await stage.save('second');
    await stage.save('third');
    await stage.forgetAndPrune(id);
    stage.age(15);
    await stage.save('fourth');
    expect(stage.status).toMatchObject({ lacking: 0, waiting: { files: 0, bytes: 0 } });
    expect(listBatches(stage.guard)).toEqual([]);
    expect(filesOf(join(stage.guard, 'files'))).toEqual(filesOf(stage.folder));
  });

  test('is let go at once when a person says so', async () => {
    const stage = await createStage();
    const id = await stage.save('second');
    await stage.forgetAndPrune(id);
    const { waiting } = stage.status;
    const released = await releaseFromGuard(await stage.open(), { folder: stage.guards, delay: 0 });
    expect(released).toEqual({ files: waiting.files, bytes: waiting.bytes, stillListed: 0 });
    expect(stage.status.waiting.files).toBe(0);
  });

  test('stays for good if it is a pack that is listed: nobody pruned it', async () => {
    const stage = await createStage();
    const packs = filesOf(stage.folder).filter((name) => name.startsWith('data'));
    await stage.save('next');
    for (const pack of packs) rmSync(join(stage.folder, pack));
    await stage.save('second');
    expect(stage.status.lacking).toBe(packs.length);
    stage.age(100);
    await stage.save('third');
    expect(stage.status.lacking).toBe(packs.length);
    expect(await recoverGuard(stage.guard)).toMatchObject({ restored: packs.length });
    expect(stage.check()).toContain('no errors were found');
    expect(stage.status).toMatchObject({ state: 'there', lacking: 0 });
  });

  test('stays for good if there are no snapshots any more', async () => {
    const stage = await createStage();
    rmSync(join(stage.folder, 'snapshots'), { recursive: true });
    mkdirSync(join(stage.folder, 'snapshots'));
    await releaseFromGuard(await stage.open(), { folder: stage.guards, delay: 0 });
    expect(stage.status.lacking).toBe(1);
    await recoverGuard(stage.guard);
    expect(stage.snapshots()).toBe(1);
  });
});

describe('recovering', () => {
  test('puts back a repository, and only what it lacks', async () => {
    const stage = await createStage();
    const files = filesOf(stage.folder);
    const kept = files.filter((name) => !name.startsWith('index'));
    rmSync(join(stage.folder, 'index'), { recursive: true });
    expect(await recoverGuard(stage.guard)).toMatchObject({
      restored: files.length - kept.length,
      present: kept.length,
      replaced: 0,
    });
    rmSync(stage.folder, { recursive: true });
    expect(await recoverGuard(stage.guard)).toMatchObject({ restored: files.length, present: 0 });
    expect(filesOf(stage.folder)).toEqual(files);
    expect(stage.check()).toContain('no errors were found');
    await stage.save('second');
    expect(stage.status).toMatchObject({ state: 'there', lacking: 0, unguarded: 0 });
  });

  test('goes to another place if that is empty or new', async () => {
    const stage = await createStage();
    const target = join(stage.root, 'target');
    await recoverGuard(stage.guard, { target });
    expect(stage.check(target)).toContain('no errors were found');
    await expect(recoverGuard(stage.guard, { target: stage.source })).rejects.toMatchObject({ code: 'refused' });
    expect(readdirSync(stage.source)).toEqual(['first']);
  });

  test('leaves another repository alone', async () => {
    const stage = await createStage();
    rmSync(stage.folder, { recursive: true });
    await createLocalRepository(stage.folder);
    const config = readFileSync(join(stage.folder, 'config'));
    expect(stage.status.state).toBe('replaced');
    await expect(recoverGuard(stage.guard)).rejects.toMatchObject({ code: 'refused' });
    expect(readFileSync(join(stage.folder, 'config'))).toEqual(config);
  });

  test('replaces what is cut short, and with a look at every byte what is altered', async () => {
    const stage = await createStage();
    const packs = filesOf(stage.folder).filter((name) => name.startsWith('data'));
    const [cut, altered] = packs.map((name) => join(stage.folder, name));
    const [good, bytes] = [readFileSync(cut!), readFileSync(altered!)];
    rmSync(cut!);
    writeFileSync(cut!, good.subarray(0, 100));
    rmSync(altered!);
    bytes[10]! ^= 1;
    writeFileSync(altered!, bytes);
    expect(await recoverGuard(stage.guard)).toMatchObject({ restored: 1, replaced: 1 });
    expect(readFileSync(cut!)).toEqual(good);
    expect(await recoverGuard(stage.guard, { readData: true })).toMatchObject({ restored: 1, replaced: 1 });
    expect(stage.check()).toContain('no errors were found');
  });

  test('names what is damaged in both, which are one file', async () => {
    const stage = await createStage();
    const [pack] = filesOf(stage.folder).filter((name) => name.startsWith('data'));
    chmodSync(join(stage.folder, pack!), 0o600);
    writeFileSync(join(stage.folder, pack!), 'x');
    expect(await recoverGuard(stage.guard, { readData: true })).toMatchObject({ replaced: 0, damaged: [pack] });
  });

  test('is refused by a folder that is no guard', async () => {
    await expect(recoverGuard(tempFolder())).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
