/** Several programs at once: engines that save and tidy up, the command line, and restic. None may see damage. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import type { EngineClient } from '../../src/worker/engineClient.ts';
import { cairnBackup, ended, startCairn, type CairnRun } from '../helpers/cairn.ts';
import { rounds } from '../helpers/effort.ts';
import { newEngineClient, sourceOf } from '../helpers/engineClient.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** Rounds of each program, which take a second or more. */
const ROUNDS = rounds(100, 6);
const root = tempFolder();
const folder = join(root, 'repository');
const repository = { location: folder, password: { from: 'text', text: TEST_PASSWORD } } as const;
/** What happened, and how often; numbers and ids left out. */
const happened = new Map<string, number>();

function note(who: string, what: string): void {
  const line = `${who}: ${what.replaceAll(/[0-9a-f]{8,}/g, '…').replaceAll(/\d+/g, 'N')}`;
  happened.set(line, (happened.get(line) ?? 0) + 1);
}

function outcome({ status, stderr }: CairnRun, isLocked: boolean): string {
  if (status === 0) return 'done';
  return isLocked ? 'locked' : `${status} ${stderr}`;
}

/** As the editor does it: a save that meets another's lock is made later. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (errorCode(error) !== 'locked') throw error;
      note('window', `${errorCode(error)}: ${(error as Error).message}`);
      await sleep(100);
    }
  }
}

/** A window: saves, then looks after the repository, and lets go of its lock. */
async function window(name: string): Promise<void> {
  const source = join(root, name);
  mkdirSync(source);
  const upkeep: ((client: EngineClient) => Promise<unknown>)[] = [
    (client) => client.call('maintain', { repository }),
    (client) => client.call('applyRetention', { repository, folder: source, policy: { 'keep-last': 3 } }),
    (client) => client.call('prune', { repository, dryRun: false }),
    (client) => client.call('verify', { repository, read: 'structure' }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const client = newEngineClient();
    try {
      for (let save = 0; save < 3; save++) {
        appendFileSync(join(source, 'log'), `${round} ${save}\n`);
        writeFileSync(join(source, `file ${round % 7}`), randomBytes(`${name} ${round} ${save}`, 20_000));
        const rest = { trigger: 'save', scan: 'full', programVersion: 'cairn test' } as const;
        await patiently(() => client.call('backup', { repository, source: sourceOf(source), ...rest }));
      }
      note('window', 'saved');
      await upkeep[round % upkeep.length]!(client);
      note('window', 'tidied up');
    } catch (error) {
      note('window', `${errorCode(error)}: ${(error as Error).message}`);
    } finally {
      await client.close();
    }
  }
}

async function commandLine(): Promise<void> {
  const commands = [
    ['prune', '--grace', '0', '--max-unused', '0'],
    ['verify'],
    ['forget', '--keep-last', '9', '--group-by', '', '--prune', '--grace', '0'],
    ['repair', 'index'],
    ['find', 'log'],
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const args = commands[round % commands.length]!;
    const run = await ended(startCairn([...args, '-r', folder, '--retry-lock', '5s']));
    note('command line', `${args[0]} ${outcome(run, run.status === 11)}`);
  }
}

async function theirs(): Promise<void> {
  for (let round = 0; round < 3 * ROUNDS; round++) {
    const args = round % 2 ? ['prune', '--max-unused', '0'] : ['forget', '--keep-last', '9', '--group-by', ''];
    const env = { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD };
    const run = await ended(spawn('restic', ['-r', folder, '-q', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
    note('restic', `${args[0]} ${outcome(run, /already locked/.test(run.stderr))}`);
  }
}

beforeAll(async () => {
  await createLocalRepository(folder);
  mkdirSync(join(root, 'first'));
  cairnBackup(folder, [join(root, 'first')]);
});

test('programs that work at once see no damage, and leave none', { timeout: 60_000 + 30_000 * ROUNDS }, async () => {
  await Promise.all([window('a'), window('b'), commandLine(), theirs()]);
  const good = /: (?:saved|tidied up|locked: .*|\w+ (?:locked|done))$/;
  expect([...happened.keys()].filter((line) => !good.test(line))).toEqual([]);
  expect(happened.get('window: saved')).toBe(2 * ROUNDS);
  expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  expect(restic(folder, ['check', '--read-data'])).toContain('no errors were found');
});
