import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { isWindows } from '../../src/disk/system.ts';
import { restoreWhilePlanning } from '../../src/engine/restore/executeRestore.ts';
import { isEmptyDestination } from '../../src/engine/restore/isEmptyDestination.ts';
import { beginPlan } from '../../src/engine/restore/planRestore.ts';
import type { ExecuteOptions } from '../../src/engine/restore/restoreRun.ts';
import type { Session } from '../../src/engine/session.ts';
import { findPlace } from '../../src/engine/snapshotPath.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { findSnapshot } from '../../src/repository/snapshots.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createLocalRepository,
  openLocalRepository,
  repositoryFile,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { expectEqualEntries, findLeftovers, listRestored, restore } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** More than two parts of a plan. */
const FILES = 2500;
const FILES_IN_FOLDER = 50;
/** Further names of one file; a snapshot of Windows has them as files of their own. */
const LINKS = isWindows ? 0 : 2;
/** Whole files: those, a large one, and the further names where they are such. */
const WHOLE = FILES + 3 - LINKS;
/** A symbolic link and a pipe, where there are such. */
const OTHERS = Number(makesLinks) + Number(!isWindows);

let source: string;
let repository: Repository;
let location: string;

const nameOf = (at: number) => `d${Math.floor(at / FILES_IN_FOLDER)}/f${at}`;

beforeAll(async () => {
  const folder = tempFolder();
  source = join(folder, 'source');
  location = join(folder, 'repository');
  const files = Array.from({ length: FILES }, (_, at) => [nameOf(at), `content ${at}`] as const);
  writeTree(source, { ...Object.fromEntries(files), big: randomBytes('big', 9_000_000), empty: null });
  for (const name of ['d40/linked', 'also linked']) {
    (isWindows ? copyFileSync : linkSync)(join(source, nameOf(0)), join(source, name));
  }
  writeTree(source, { 'd3/link': { link: '../d0' } });
  if (!isWindows) {
    execFileSync('mkfifo', [join(source, 'd3/pipe')]);
    chmodSync(join(source, 'd5'), 0o555);
  }
  repository = await createLocalRepository(location);
  await backUp(repository, [source]);
});

async function restoreAtOnce(
  session: Session,
  destination: string,
  options: ExecuteOptions & { readonly exclude?: string[] } = {},
) {
  const place = await findPlace(session.reader, await findSnapshot(session.repository, 'latest'), source);
  const { signal, exclude } = options;
  const planning = await beginPlan(session, {
    place,
    destination,
    ...(signal && { signal }),
    ...(exclude && { excludePatterns: { patterns: exclude } }),
  });
  return restoreWhilePlanning(session, testCodecs(), planning, options);
}

const modeOf = (...path: string[]) => statSync(join(...path)).mode;
const newFolder = () => join(tempFolder(), 'destination');

test('does the same as a restore that was planned before', async () => {
  const [one, two] = [newFolder(), newFolder()];
  const planned = await restore(repository, { destination: one, folder: source, verify: true });
  const seen: string[] = [];
  const result = await restoreAtOnce(await unlockedSession(repository), two, {
    verify: true,
    onEntry: (path) => seen.push(path),
  });
  expect(result).toEqual(planned.result);
  expect(result).toMatchObject({
    files: WHOLE,
    links: LINKS,
    others: OTHERS,
    folders: 52,
    problems: [],
    verified: FILES + 3,
  });
  expect(seen).toHaveLength(WHOLE + LINKS + OTHERS + 52);
  expect(new Set(seen).size).toBe(seen.length);
  expectEqualEntries(listRestored(two), listRestored(source));
  expect(findLeftovers(two)).toEqual([]);
});

test('leaves out what is excluded', async () => {
  const destination = newFolder();
  mkdirSync(destination);
  const result = await restoreAtOnce(await unlockedSession(repository), destination, { exclude: ['d*'] });
  expect(result).toMatchObject({ files: 2, links: 0, folders: 1 });
  expect(listRestored(destination).map(({ path }) => path)).toEqual(['/also linked', '/big', '/empty']);
});

test('says how much there is to do once it is known', async () => {
  const totals: (number | undefined)[] = [];
  await restoreAtOnce(await unlockedSession(repository), newFolder(), {
    onProgress: ({ phase, totalItems }) => void (phase === 'Restoring' && totals.push(totalItems)),
  });
  expect(totals.at(-1)).toBe(WHOLE);
  expect(new Set(totals.filter((total) => total !== undefined)).size).toBe(1);
});

test('notes what the repository has lost, and restores the rest', async () => {
  const folder = tempFolder();
  const copy = join(folder, 'repository');
  cpSync(location, copy, { recursive: true });
  const damaged = await openLocalRepository(copy);
  const session = await unlockedSession(damaged);
  const place = await findPlace(session.reader, await findSnapshot(damaged, 'latest'), join(source, nameOf(1700)));
  const pack = session.index.locations('data', place.node!.content![0]!)[0]!.packId;
  const path = repositoryFile(copy, 'data', pack);
  chmodSync(path, 0o600);
  writeFileSync(path, readFileSync(path).subarray(0, 5000));
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  const planned = await restore(damaged, { destination: one, folder: source });
  const result = await restoreAtOnce(session, two);
  const inOrder = (problems: readonly { path: string; code: string }[], root: string) =>
    problems.map(({ path: at, code }) => `${at.slice(root.length)} ${code}`).sort();
  expect(inOrder(result.problems, two)).toEqual(inOrder(planned.result.problems, one));
  expect(result.problems.length).toBeGreaterThan(0);
  expect(result.files + result.links + result.problems.length).toBe(FILES + 3);
  expect(findLeftovers(two)).toEqual([]);
});

describe('ends early, with whole files only, and goes on the next time', () => {
  async function expectWhole(destination: string): Promise<void> {
    expect(findLeftovers(destination)).toEqual([]);
    const entries = listRestored(destination).filter(({ size }) => size !== undefined);
    const originals = new Map(listRestored(source).map((entry) => [entry.path, entry]));
    for (const { path, sha256 } of entries) expect(sha256).toBe(originals.get(path)!.sha256);
    const again = await restore(repository, { destination, folder: source });
    expect(again.result.problems).toEqual([]);
    expectEqualEntries(listRestored(destination), listRestored(source));
  }

  test.each([1, 700, 2000])('when it is cancelled after %d files', async (count) => {
    const destination = newFolder();
    const abort = new AbortController();
    let files = 0;
    const running = restoreAtOnce(await unlockedSession(repository), destination, {
      signal: abort.signal,
      onEntry: (_path, _change, type) => void (type === 'file' && ++files === count && abort.abort()),
    });
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    // A folder that was made has its metadata, too.
    if (existsSync(join(destination, 'd5'))) expect(modeOf(destination, 'd5')).toBe(modeOf(source, 'd5'));
    await expectWhole(destination);
  });

  test.each([0, 5, 45])('when the repository cannot be reached any more after %d folders', async (count) => {
    const destination = newFolder();
    const session = await unlockedSession(repository);
    // Those on the way to the source do not count.
    let folders = -inTree(source).split('/').filter(Boolean).length;
    const reader = Object.create(session.reader) as Session['reader'];
    reader.loadTree = (id) => {
      if (++folders > count) throw new CairnError('target-unavailable', 'The target is gone.');
      return session.reader.loadTree(id);
    };
    const running = restoreAtOnce({ ...session, reader }, destination);
    await expect(running).rejects.toMatchObject({ code: 'target-unavailable' });
    if (existsSync(destination)) await expectWhole(destination);
  });

  test('when the disk is full', async () => {
    const destination = newFolder();
    mkdirSync(destination);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', destination]);
    onTestFinished(() => void execFileSync('umount', [destination]));
    const running = restoreAtOnce(await unlockedSession(repository), destination);
    await expect(running).rejects.toMatchObject({ code: 'disk-full' });
    execFileSync('mount', ['-o', 'remount,size=60m', destination]);
    await expectWhole(destination);
  });
});

test('a failure ends the planning, too', async () => {
  const destination = newFolder();
  mkdirSync(destination);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', destination]);
  onTestFinished(() => void execFileSync('umount', [destination]));
  const session = await unlockedSession(repository);
  let folders = 0;
  const reader = Object.create(session.reader) as Session['reader'];
  reader.loadTree = async (id) => {
    // Those of the first part are as fast as ever; `big`, which is in it, does not fit.
    if (++folders > 20) await sleep(200);
    return session.reader.loadTree(id);
  };
  await expect(restoreAtOnce({ ...session, reader }, destination)).rejects.toMatchObject({ code: 'disk-full' });
  expect(folders).toBeLessThan(40);
});

test('a destination is empty if nothing is there, or an empty folder', () => {
  const folder = tempFolder();
  writeTree(folder, { file: '', full: null, 'full/file': '', empty: null });
  expect(isEmptyDestination(join(folder, 'absent'))).toBe(true);
  expect(isEmptyDestination(join(folder, 'absent/below'))).toBe(true);
  expect(isEmptyDestination(join(folder, 'empty'))).toBe(true);
  expect(isEmptyDestination(join(folder, 'full'))).toBe(false);
  expect(isEmptyDestination(join(folder, 'file'))).toBe(false);
  // There, what is below a file is said to be absent, and making it fails.
  expect(isEmptyDestination(join(folder, 'file/below'))).toBe(isWindows);
});
