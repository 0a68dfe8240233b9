import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storageAt } from '../../../src/base/storageAccess.ts';
import { currentProcessIdentity, type ProcessIdentity } from '../../../src/disk/processIdentity.ts';
import { currentOwner, openNamedRepository } from '../../../src/engine/index.ts';
import { lockFileToJson } from '../../../src/repository/lockFile.ts';
import { lockStore } from '../../../src/repository/lockStore.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { attempt, attemptAsync } from './attempt.ts';
import { cairnOn, type Cairn } from './cairn.ts';

export interface LocksInput {
  readonly commandLine: string;
  /** An empty folder. */
  readonly root: string;
  readonly password: string;
}

/** More than is stored before the first packs are there. */
const LARGE = 64 * 1024 * 1024;

/** What becomes of locks, and of what else a process leaves that is ended in the midst of its work. */
export async function run({ commandLine, root, password }: LocksInput) {
  const [location, source] = [join(root, 'repository'), join(root, 'src')];
  const cairn = cairnOn(location, commandLine);
  mkdirSync(source);
  cairn.run(['init']);
  writeFileSync(join(source, 'large.bin'), randomBytes(LARGE));
  const repository = await openNamedRepository(storageAt(location), { readPassword: () => Promise.resolve(password) });
  const locks = () => readdirSync(join(location, 'locks')).length;
  return {
    killed: await attemptAsync(() => killBackup(commandLine, location, source)),
    locksAfterKill: locks(),
    next: attempt(() => cairn.summary(['backup', source])),
    locksAfterNext: locks(),
    prune: attempt(() => cairn.run(['prune']).status),
    verify: attempt(() => cairn.run(['verify', '--read-data']).status),
    strangers: filesBelow(location).filter((name) => !/(?:^|[\\/])(?:config|[0-9a-f]{64})$/.test(name)),
    living: await attemptAsync(() => pruneBesideLock(cairn, repository, {})),
    // No process lives longer than since the machine was started.
    beforeBoot: await attemptAsync(() => pruneBesideLock(cairn, repository, { startedAt: 1_000_000_000_000 })),
    afterBoot: await attemptAsync(() => pruneBesideLock(cairn, repository, { startedAt: Date.now() - 60_000 })),
    otherHost: await attemptAsync(() => pruneBesideLock(cairn, repository, { hostname: 'elsewhere', pid: 1 })),
  };
}

async function killBackup(commandLine: string, location: string, source: string) {
  const child = spawn(process.execPath, [commandLine, 'backup', source], {
    env: { ...process.env, RESTIC_REPOSITORY: location },
    stdio: 'ignore',
  });
  const exit = once(child, 'exit');
  const isAtWork = () => filesBelow(join(location, 'data')).length > 0;
  while (child.exitCode === null && !isAtWork()) await sleep(5);
  child.kill();
  await exit;
  return { code: child.exitCode, signal: child.signalCode };
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Prunes while a lock of this process is there, or of one that differs in something. */
async function pruneBesideLock(cairn: Cairn, repository: Repository, differing: Partial<ProcessIdentity>) {
  const store = lockStore(repository);
  const process = { ...currentProcessIdentity(), ...differing };
  const { hostname, username } = currentOwner();
  const time = new Date().toISOString();
  const lock = { time, exclusive: false, hostname, username, uid: 0, gid: 0, pid: process.pid, process };
  const id = await store.save(lockFileToJson(lock));
  const { status, stderr } = cairn.run(['prune']);
  const isThere = (await store.list()).some(({ name }) => name === id);
  if (isThere) await store.remove(id);
  return { status, stderr, isThere, pid: process.pid };
}
