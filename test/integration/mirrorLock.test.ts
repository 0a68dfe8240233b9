import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { currentProcessIdentity } from '../../src/disk/processIdentity.ts';
import { isWindows } from '../../src/disk/system.ts';
import { LOCK_NAME, lockMirror, tryOpenNew } from '../../src/engine/mirror/mirrorLock.ts';
import { rounds } from '../helpers/effort.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill()));

/** The claim of a process that is surely gone. */
function deadClaim(): string {
  return JSON.stringify({ ...currentProcessIdentity(), pid: spawnSync(process.execPath, ['--version']).pid });
}

async function startChild(folder: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'mirrorLockChild.ts'), [folder], {
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
  });
  children.push(child);
  await once(child, 'message');
  return child;
}

async function claimAt(child: ChildProcess, moment: number): Promise<string> {
  const answer = once(child, 'message');
  child.send(moment);
  return (await answer)[0] as string;
}

test(
  'of processes that race for what a dead one left behind, one at a time gets it',
  { timeout: rounds(600_000, 60_000) },
  async () => {
    const folder = tempFolder();
    const racers = await Promise.all([1, 2, 3].map(() => startChild(folder)));
    const claim = deadClaim();
    const answers = new Map<string, number>();
    const count = rounds(3000, 200);
    for (let round = 0; round < count; round++) {
      writeFileSync(join(folder, LOCK_NAME), claim);
      const moment = Date.now() + 3;
      for (const answer of await Promise.all(racers.map((child) => claimAt(child, moment)))) {
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
      expect(readdirSync(folder)).toEqual([]);
    }
    expect([...answers.keys()].sort()).toEqual(['held', 'locked']);
    expect(answers.get('held')).toBeGreaterThanOrEqual(count);
  },
);

test('a lock that cannot be read, as that of another user, is not removed however old it is', () => {
  const folder = tempFolder();
  const lock = join(folder, LOCK_NAME);
  // Root can read all but what is too long.
  writeFileSync(lock, JSON.stringify(currentProcessIdentity()) + ' '.repeat(5000));
  utimesSync(lock, 1, 1);
  expect(() => lockMirror(folder)).toThrow('Another mirror is at work there');
});

test("who died while it took over what another left behind is in nobody's way", () => {
  const folder = tempFolder();
  const claim = deadClaim();
  const hash = createHash('sha256').update(claim).digest('hex').slice(0, 12);
  writeFileSync(join(folder, LOCK_NAME), claim);
  writeFileSync(join(folder, `${LOCK_NAME}.cairn-${hash}`), claim);
  lockMirror(folder)();
  expect(readdirSync(folder)).toEqual([]);
  // And once nobody needs it any more.
  writeFileSync(join(folder, `${LOCK_NAME}.cairn-${hash}`), claim);
  lockMirror(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

/** Looks at a folder in which we may make no file, even as an administrator. */
function inSealedFolder(look: (folder: string) => void): void {
  const folder = tempFolder();
  const isRoot = process.getuid?.() === 0;
  const [program, seal, open] = isWindows
    ? (['icacls', [folder, '/deny', '*S-1-1-0:(WD)'], [folder, '/remove:d', '*S-1-1-0']] as const)
    : isRoot
      ? (['chattr', ['+i', folder], ['-i', folder]] as const)
      : (['chmod', ['a-w', folder], ['u+w', folder]] as const);
  const { status } = spawnSync(program, seal);
  try {
    // Not every file system knows that, nor may every root do it.
    look(status === 0 ? folder : '/dev/pts');
  } finally {
    if (status === 0) spawnSync(program, open);
  }
}

test('where no file can be made for want of rights, Windows blames no other mirror', () => {
  inSealedFolder((folder) =>
    expect(() => tryOpenNew(join(folder, LOCK_NAME), true)).toThrow(/^(EPERM|EACCES): .*\.cairn-mirror\.lock/),
  );
  const lock = join(tempFolder(), LOCK_NAME);
  closeSync(tryOpenNew(lock, true)!);
  expect(tryOpenNew(lock, true)).toBeUndefined();
});
