/**
 * What nobody needs is missing, cut off, or empty, and packs are there that a killed writer did not finish: restic's
 * `repo-unused-data-missing`, made anew by the real restic. Its check fails, and its prune mends that.
 */
import { readdirSync, truncateSync, cpSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { repairFiles } from '../../src/engine/repair/repairFiles.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { repairSnapshots } from '../../src/engine/repair/repairSnapshots.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { cairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  createResticRepository,
  openLocalRepository,
  repositoryFile,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const made = join(tempFolder(), 'made');
/** Packs of which no snapshot needs anything. */
let unused: string[];

const packsIn = (folder: string) =>
  readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' })
    .map((path) => basename(path))
    .filter((name) => name.length === 64)
    .sort();

beforeAll(async () => {
  await createResticRepository(made);
  const source = join(tempFolder(), 'source');
  const backUp = (name: string) => {
    writeTree(join(source, name), { 'file.bin': randomBytes(name, 100_000), 'small.txt': name });
    restic(made, ['backup', join(source, name)]);
  };
  backUp('forgotten');
  unused = packsIn(made);
  restic(made, ['forget', 'latest']);
  backUp('needed');
});

interface Case {
  readonly folder: string;
  readonly repository: Repository;
}

/** A copy in which one of the unused packs is missing, and the other one has only that many bytes. */
async function openCase(length: number): Promise<Case> {
  const folder = join(tempFolder(), 'case');
  cpSync(made, folder, { recursive: true });
  const [missing, cut] = unused as [string, string];
  rmSync(repositoryFile(folder, 'data', missing));
  chmodSync(repositoryFile(folder, 'data', cut), 0o600);
  truncateSync(repositoryFile(folder, 'data', cut), length);
  restic(folder, ['check'], { allow: [1] });
  return { folder, repository: await openLocalRepository(folder) };
}

async function prune(repository: Repository): Promise<void> {
  const session = await unlockedSession(repository);
  await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
}

async function expectWhole({ folder, repository }: Case): Promise<void> {
  restic(folder, ['check', '--read-data']);
  expect((await verify(repository, testCodecs(), { readData: true, noLock: true })).findings).toEqual([]);
}

describe.each([0, 200])('unused packs that are missing, or of which %i bytes are left', (length) => {
  test('concern no file, and prune mends the rest', async () => {
    const one = await openCase(length);
    expect(unused).toHaveLength(2);
    const { findings, affected } = await verify(one.repository, testCodecs(), { readData: true, noLock: true });
    expect(affected).toEqual([]);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['pack-missing', 'pack-size', 'pack-damaged']));
    await prune(one.repository);
    await expectWhole(one);
  });

  test('are taken from the index by the repairs', async () => {
    const one = await openCase(length);
    const { vanished, unreadable } = await repairIndex(one.repository);
    expect([vanished, unreadable]).toMatchObject([[unused[0]], [{ id: unused[1], isListed: true, isLeftover: false }]]);
    await expect(repairSnapshots(one.repository)).rejects.toMatchObject({ message: /cairn repair files/ });
    const { droppedPacks, stillLost } = await repairFiles(one.repository, testCodecs());
    expect([droppedPacks, stillLost]).toEqual([[unused[1]], []]);
    expect(await repairSnapshots(one.repository)).toEqual([]);
    await prune(one.repository);
    await expectWhole(one);
  });

  test('are left alone when no index lists them: a writer did not finish', async () => {
    const folder = join(tempFolder(), 'case');
    cpSync(made, folder, { recursive: true });
    const leftover = 'ab'.repeat(32);
    writeFileSync(repositoryFile(folder, 'data', leftover), randomBytes('cut', length));
    const run = cairn(['repair', 'index', '-r', folder]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toBe(
      'pack abababab is not complete, and no index lists it: a writer did not finish. It is left alone; prune removes it\nthe index is as it should be\n',
    );
    expect(cairn(['verify', '--read-data', '-r', folder]).status).toBe(0);
    expect(cairn(['repair', 'files', '-r', folder]).status).toBe(0);
    expect(cairn(['prune', '-r', folder, '--grace', '0']).status).toBe(0);
    expect(packsIn(folder)).not.toContain(leftover);
    await expectWhole({ folder, repository: await openLocalRepository(folder) });
  });
});

test('a pack that is not complete may be a loss where an index file is damaged', () => {
  const folder = join(tempFolder(), 'case');
  cpSync(made, folder, { recursive: true });
  for (const name of readdirSync(join(folder, 'index'))) {
    chmodSync(join(folder, 'index', name), 0o600);
    truncateSync(join(folder, 'index', name), 50);
  }
  for (const pack of packsIn(folder).filter((name) => name !== unused[0])) {
    chmodSync(repositoryFile(folder, 'data', pack), 0o600);
    truncateSync(repositoryFile(folder, 'data', pack), 100);
  }
  const run = cairn(['repair', 'index', '-r', folder]);
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(/^warning: /m);
});
