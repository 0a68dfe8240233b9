/** A warm engine that is killed in the midst of a burst of saves, again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bundle } from '../helpers/bundle.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository, testCodecs } from '../helpers/localRepository.ts';
import { backup } from '../../src/engine/backup/backup.ts';
import { withSession } from '../../src/engine/session.ts';
import { seededRandom } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const KILLS = rounds(30, 10);

test(`${KILLS} bursts of saves that were killed`, { timeout: 600_000 }, async () => {
  const root = tempFolder();
  const source = join(root, 'source');
  const folder = join(root, 'repository');
  for (let n = 0; n < 64; n++) writeTree(source, { [`${n >> 3}/${n & 7}.txt`]: `first ${n}` });
  const repository = await createLocalRepository(folder);
  const child = bundle('test/interop/warmChild.ts');
  const random = seededRandom(99);
  const files = (type: string) => readdirSync(join(folder, type)).filter((name) => name.length === 64);
  const backUpCold = () =>
    withSession(repository, { lock: 'shared' }, (session) =>
      backup(session, testCodecs(1), {
        targets: [source],
        workingFolder: '/',
        rules: {},
        programVersion: 'cairn test',
      }),
    );
  for (let round = 0; round < KILLS; round++) {
    const running = spawn(process.execPath, [child, source, folder, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(running.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('saving\n');
    await sleep(100 + 400 * random.next());
    running.kill('SIGKILL');
    await once(running, 'exit');
    expect(files('locks').length).toBe(1);
    restic(folder, ['check', '--no-lock']);
    const { snapshotId } = await backUpCold();
    expect(files('locks')).toEqual([]);
    if (round % 5 < 4) continue;
    restic(folder, ['check', '--read-data']);
    const restored = tempFolder();
    restic(folder, ['restore', snapshotId!, '--target', restored]);
    expect(describeTree(join(restored, source))).toEqual(describeTree(source));
  }
  // Besides those of the runs between, one for each burst: on a slow machine few saves come before the kill.
  expect(files('snapshots').length).toBeGreaterThan(KILLS * 2);
});
