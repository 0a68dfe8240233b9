/** What a restore leaves behind when it is killed, and what becomes of it. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { cairn, ended, startCairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { expectEqualEntries, findLeftovers, listRestored, restore } from '../helpers/restoring.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

const MARK = '.cairn-0123456789ab';

describe('half-written files', () => {
  let repository: Repository;
  let destination: string;
  const namesIn = (folder: string) => readdirSync(join(destination, folder)).sort();

  beforeEach(async () => {
    const root = tempFolder();
    const source = join(root, 'source');
    destination = join(root, 'destination');
    repository = await createLocalRepository(join(root, 'repository'));
    writeTree(source, { 'a.txt': 'a', 'folder/b.txt': 'b', [`.kept.txt${MARK}`]: 'of the snapshot', 'kept.txt': 'k' });
    await backUp(repository, ['.'], { workingFolder: source });
    writeTree(destination, {
      [`.a.txt${MARK}`]: 'half',
      [`folder/.b.txt${MARK}`]: 'half',
      [`.other.txt${MARK}`]: 'not of this snapshot',
      [`folder/.a.txt${MARK}`]: 'not of this folder',
      [`.folder${MARK}/inside`]: 'a folder',
    });
  });

  test('of what is restored go, and nothing else', async () => {
    const { plan, result } = await restore(repository, { destination });
    expect(result).toMatchObject({ problems: [], files: 4, deleted: 0 });
    expect(plan.totals.delete).toBe(0);
    expect(namesIn('')).toEqual([
      `.folder${MARK}`,
      `.kept.txt${MARK}`,
      `.other.txt${MARK}`,
      'a.txt',
      'folder',
      'kept.txt',
    ]);
    expect(namesIn('folder')).toEqual([`.a.txt${MARK}`, 'b.txt']);
  });

  test('of what is not restored stay', async () => {
    await restore(repository, { destination, includePatterns: { patterns: ['b.txt'] } });
    expect(namesIn('')).toContain(`.a.txt${MARK}`);
    expect(namesIn('folder')).toEqual([`.a.txt${MARK}`, 'b.txt']);
  });

  test('go also when all else is right already, and a link goes without what it points to', async () => {
    await restore(repository, { destination });
    symlinkSync('kept.txt', join(destination, `.a.txt${MARK}`));
    expect((await restore(repository, { destination })).plan.totals).toMatchObject({ create: 0, unchanged: 4 });
    expect(namesIn('')).not.toContain(`.a.txt${MARK}`);
    expect(namesIn('')).toContain('kept.txt');
  });
});

/** Waits until a restore has begun to write a file, or has ended. */
async function whenWriting(target: string, end: Promise<unknown>): Promise<void> {
  let isOver = false;
  void end.then(() => (isOver = true));
  while (!isOver && !(existsSync(target) && findLeftovers(target).length > 0)) await sleep(1);
}

test('a restore that is killed is finished by the next one, with nothing left over', { timeout: 120_000 }, async () => {
  const root = tempFolder();
  const [source, folder, target] = [join(root, 'source'), join(root, 'repository'), join(root, 'target')];
  const repository = await createLocalRepository(folder);
  for (let n = 0; n < 60; n++) writeTree(source, { [`${n % 4}/${n}.bin`]: randomBytes(`${n}`, 700_000) });
  await backUp(repository, ['.'], { workingFolder: source });
  let leftovers = 0;
  for (let round = 0; round < 20 && leftovers === 0; round++) {
    const child = startCairn(['restore', '-r', folder, 'latest', '--target', target]);
    const end = ended(child);
    await whenWriting(target, end);
    child.kill('SIGKILL');
    await end;
    leftovers += findLeftovers(target).length;
    expect(cairn(['restore', '-r', folder, 'latest', '--target', target])).toMatchObject({ status: 0, stderr: '' });
    expectEqualEntries(listRestored(target), listRestored(source));
    removeTree(target);
  }
  expect(leftovers).toBeGreaterThan(0);
});
