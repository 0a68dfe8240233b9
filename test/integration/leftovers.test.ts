/** What writers leave that are killed: said, and removed by the next, but never that of one at work. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';
import { lockRepository } from '../../src/engine/session.ts';
import { cairn, cairnBackup, cairnOk, ended, startCairn } from '../helpers/cairn.ts';
import { createLocalRepository, openLocalRepository } from '../helpers/localRepository.ts';
import { withSlashes } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let repository: string;
let source: string;
const name = 'ab'.repeat(32);

beforeEach(async () => {
  const root = tempFolder();
  [repository, source] = [join(root, 'repository'), join(root, 'source')];
  mkdirSync(source);
  writeFileSync(join(source, 'small'), 'small');
  await createLocalRepository(repository);
  cairnBackup(repository, [source]);
});

function leftovers(): string[] {
  return readdirSync(repository, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('-tmp-'))
    .map(withSlashes);
}

/** As a writer leaves it: half a pack. */
function leave(path = `data/ab/${name}-tmp-0123456789abcdef`): void {
  writeFileSync(join(repository, path), 'half a file');
}

/** Kills a backup, by a signal that it does not hear, while it writes its first pack. */
async function killBackup(): Promise<void> {
  writeFileSync(join(source, 'large.bin'), randomBytes('large', 64 * 1024 * 1024));
  const child = startCairn(['backup', '-r', repository, source]);
  const end = ended(child);
  const isWriting = () => leftovers().some((path) => path.startsWith('data'));
  while (child.exitCode === null) {
    await sleep(1);
    if (!isWriting()) continue;
    // On a busy machine the pack may be complete before the signal comes, unless the program stands still.
    if (isWindows || !child.kill('SIGSTOP')) break;
    await sleep(20);
    if (isWriting()) break;
    child.kill('SIGCONT');
  }
  child.kill('SIGKILL');
  expect((await end).status).toBeNull();
}

test('a killed backup leaves parts of packs, and the next backup removes them', async () => {
  await killBackup();
  expect(readdirSync(join(repository, 'locks'))).toHaveLength(1);
  expect(leftovers()).not.toEqual([]);
  expect(cairnBackup(repository, [source])).toMatchObject({ files_new: 1 });
  expect(leftovers()).toEqual([]);
  expect(restic(repository, ['check', '--read-data'])).toContain('no errors were found');
});

test('verify says that they are there, and prune removes them, by whomever they are', () => {
  leave();
  leave(`index/${name}-tmp-1234567`);
  leave('config-tmp-0123456789abcdef');
  const verify = cairn(['verify', '-v', '-r', repository]);
  expect(verify).toMatchObject({ status: 0 });
  expect(verify.stdout).toMatch(/^hint: 3 files \(33 bytes\) never got a name: /m);
  const plan = cairnOk(['prune', '--dry-run', '--json', '-r', repository]).trim().split('\n').at(-1)!;
  expect(JSON.parse(plan)).toMatchObject({ leftovers: { files: 3, bytes: 33 }, freedBytes: 33 });
  expect(leftovers()).toHaveLength(3);
  cairnOk(['prune', '-r', repository]);
  expect(leftovers()).toEqual([]);
  expect(cairnOk(['verify', '-v', '-r', repository])).not.toContain('hint');
});

test('parts of locks go once they are as old as locks that are left behind', () => {
  const part = `locks/${name}-tmp-0123456789abcdef`;
  leave(part);
  writeFileSync(join(repository, 'locks', name), '');
  cairnOk(['prune', '-r', repository]);
  expect(readdirSync(join(repository, 'locks')).sort()).toEqual([name, part.slice(6)]);
  const longAgo = Date.now() / 1000 - 31 * 60;
  for (const path of [part, `locks/${name}`]) utimesSync(join(repository, path), longAgo, longAgo);
  cairnOk(['prune', '-r', repository]);
  expect(readdirSync(join(repository, 'locks'))).toEqual([]);
});

test('what may be of somebody at work stays', async () => {
  await killBackup();
  const opened = await openLocalRepository(repository);
  // Another writer, whose lock was there before.
  const [dead] = readdirSync(join(repository, 'locks'));
  const content = await opened.backend.load({ type: 'lock', name: dead! });
  const other = await lockRepository(opened, { lock: 'shared' });
  leave();
  await opened.backend.save({ type: 'lock', name: dead! }, [content]);
  cairnBackup(repository, [source]);
  expect(leftovers()).toContain(`data/ab/${name}-tmp-0123456789abcdef`);
  await other.release();
  cairnOk(['prune', '-r', repository]);
  expect(leftovers()).toEqual([]);
});
