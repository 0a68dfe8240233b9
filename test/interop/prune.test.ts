/** Prune against restic's, and prunes that are killed. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune, type PruneOptions } from '../../src/engine/prune/planPrune.ts';
import type { MaxUnused } from '../../src/engine/prune/prunePlan.ts';
import { withSession } from '../../src/engine/session.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { bundle } from '../helpers/bundle.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createLocalRepository,
  createResticRepository,
  openLocalRepository,
  testCodecs,
} from '../helpers/localRepository.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const SNAPSHOTS = 8;
const KILLS = rounds(110, 12);

/** Backs up a source that changes a lot, and forgets some of the snapshots. Returns what the others hold. */
async function makeHistory(
  repository: Repository,
  source: string,
  { seed, by, largest }: { seed: number; by: 'cairn' | 'restic'; largest: number },
): Promise<Map<SnapshotId, string[]>> {
  const folder = repository.backend.location;
  const random = seededRandom(seed);
  const held = new Map<SnapshotId, string[]>();
  for (let at = 0; at < SNAPSHOTS; at++) {
    for (let file = 0; file < 12; file++) {
      const path = `f${random.below(5)}/${random.below(12)}`;
      rmSync(join(source, path), { force: true });
      const length = random.pick([100, 3_000, 60_000, 400_000, largest]);
      // How small text becomes depends on who compresses it, and restic compresses anew what it rewrites.
      const isText = by === 'restic' && random.next() < 0.5;
      const noise = randomBytes(`${seed} ${at} ${file}`, length);
      writeTree(source, { [path]: isText ? noise.toString('base64').slice(0, length) : noise });
    }
    if (by === 'cairn') await backUp(repository, [source]);
    else restic(folder, ['backup', '--host', 'test-host', source]);
    const listed = JSON.parse(restic(folder, ['snapshots', '--json'])) as { id: SnapshotId }[];
    const id = listed.map((entry) => entry.id).find((entry) => !held.has(entry))!;
    held.set(id, describeTree(source));
  }
  const gone = [...held.keys()].filter((_, at) => at % 3 !== 1);
  await executeForget(repository, await planForgetByName(repository, gone));
  for (const id of gone) held.delete(id);
  return held;
}

async function pruneByCairn(folder: string, options: PruneOptions): Promise<void> {
  const repository = await openLocalRepository(folder);
  await withSession(repository, { lock: 'exclusive' }, async (session) =>
    executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0, ...options })),
  );
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

describe.each([
  { by: 'cairn', version: 2, seed: 11 },
  { by: 'restic', version: 2, seed: 12 },
  { by: 'restic', version: 1, seed: 13 },
] as const)('a history of version $version made by $by', ({ by, version, seed }) => {
  const root = tempFolder();
  const folder = join(root, 'repository');
  beforeAll(async () => {
    const repository = await (by === 'cairn' ? createLocalRepository : createResticRepository)(folder, version);
    await makeHistory(repository, join(root, 'source'), { seed, by, largest: 2_000_000 });
  });

  test.each<MaxUnused>(['0%', '5%', '25%', 'unlimited'])(
    'takes as much room as after restic, %s unused',
    async (limit) => {
      const [ours, theirs] = ['ours', 'theirs'].map((name) => join(root, `${name} ${limit}`)) as [string, string];
      for (const copy of [ours, theirs]) cpSync(folder, copy, { recursive: true });
      await pruneByCairn(ours, { maxUnused: limit });
      restic(theirs, ['prune', '--max-unused', String(limit)]);
      expect(sizeOf(theirs)).toBeLessThan(sizeOf(folder));
      const ratio = sizeOf(ours) / sizeOf(theirs);
      expect([ratio > 0.98 && ratio < 1.02, ratio]).toEqual([true, ratio]);
      restic(ours, ['check', '--read-data']);
    },
  );
});

describe('prunes that are killed', () => {
  const root = tempFolder();
  const folder = join(root, 'repository');
  const source = join(root, 'source');
  const random = seededRandom(99);
  let held: Map<SnapshotId, string[]>;
  let files: readonly [child: string, thread: string];
  /** How long executing takes here. Milliseconds. */
  let usual = Infinity;

  beforeAll(async () => {
    const repository = await createLocalRepository(folder);
    held = await makeHistory(repository, source, { seed: 14, by: 'cairn', largest: 700_000 });
    files = [bundle('test/interop/pruneChild.ts'), bundle('src/worker/codecThread.ts')];
    for (let at = 0; at < 3; at++) await runPrune(linkedCopy(`warm-up ${at}`), 60_000);
  });

  /** Files of a repository are never written to, so copies can share them. */
  function linkedCopy(name: string): string {
    const copy = join(root, name);
    execFileSync('cp', ['-al', folder, copy]);
    return copy;
  }

  /** Prunes in a process of its own; true if it was killed before it was done. */
  function runPrune(copy: string, killAfter: number): Promise<boolean> {
    const child = spawn(process.execPath, [files[0], copy, TEST_PASSWORD, files[1], String(killAfter)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (data: Buffer) => (usual = Math.min(usual, Number(data.toString()))));
    return new Promise((done, failed) => {
      child.once('error', failed);
      child.once('close', (code, signal) => {
        if (signal === 'SIGKILL' || code === 0) done(signal === 'SIGKILL');
        else failed(new Error(`The prune ended with ${code}.`));
      });
    });
  }

  test(`${KILLS} of them harm nothing, and the next one finishes`, { timeout: 900_000 }, async () => {
    let kills = 0;
    const lane = async (number: number) => {
      while (kills < KILLS) {
        const copy = linkedCopy(`lane ${number}`);
        // Several in a row: each goes on where the one before was stopped.
        for (let inARow = 1 + random.below(3); inARow > 0; inARow--) {
          if (!(await runPrune(copy, random.next() * usual))) break;
          kills++;
          restic(copy, ['check', '--no-lock']);
        }
        await pruneByCairn(copy, { maxUnused: 0 });
        const session = await openLocalRepository(copy);
        await expectClean(copy, session);
        rmSync(copy, { recursive: true });
      }
    };
    await Promise.all([lane(1), lane(2)]);
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });

  let checked = 0;
  async function expectClean(copy: string, repository: Repository): Promise<void> {
    const left = await withSession(repository, { lock: 'none' }, (session) =>
      planPrune(session, { graceMs: 0, maxUnused: 0 }),
    );
    expect(left.stats).toMatchObject({ unused: { blobs: 0 }, duplicate: { blobs: 0 }, unreferencedBytes: 0 });
    // Restoring everything takes long, so it is done for some of them.
    if (checked++ % 10 !== 0) return;
    restic(copy, ['check', '--read-data']);
    for (const [id, expected] of held) {
      const target = join(root, `restored ${checked}`);
      restic(copy, ['restore', id, '--target', target]);
      expect(describeTree(join(target, source))).toEqual(expected);
      rmSync(target, { recursive: true });
    }
  }
});
