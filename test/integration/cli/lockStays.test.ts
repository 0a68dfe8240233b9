import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cairn, cairnOk, ended, shareProgram, startCairn } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

shareProgram();
const USER = 65_534;

test('a lock that cannot be removed is a warning beside the summary, and goes with the next run', async () => {
  const root = tempFolder();
  chmodSync(root, 0o755);
  const home = join(root, 'home');
  mkdirSync(home);
  chownSync(home, USER, USER);
  const [repository, source] = [join(home, 'repository'), join(root, 'source')];
  writeTree(source, { a: 'a' });
  const asUser = { uid: USER, env: { HOME: home, RESTIC_PASSWORD: 'secret' } };
  cairnOk(['init', '-r', repository], asUser);
  const locks = join(repository, 'locks');
  const child = startCairn(['backup', '-r', repository, source], asUser);
  const end = ended(child);
  // From the writing of the lock on it waits for at least 200 ms before it removes it.
  const isWritten = () => readdirSync(locks).some((name) => /^[0-9a-f]{64}$/.test(name));
  while (!isWritten() && child.exitCode === null) await sleep(2);
  chmodSync(locks, 0o555);
  const { status, stdout, stderr } = await end;
  expect(status).toBe(0);
  expect(stdout).toMatch(/snapshot [0-9a-f]{8} saved/);
  expect(stderr).toMatch(/^warning: The lock [0-9a-f]{8} stays in the repository, .*permission denied/im);
  expect(readdirSync(locks)).toHaveLength(1);
  chmodSync(locks, 0o755);
  expect(cairn(['prune', '-r', repository], asUser)).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(locks)).toEqual([]);
});
