/** cairn and restic take turns on one repository; what they keep stays whole. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, createResticRepository, testCodecs } from '../helpers/localRepository.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** Both programs prune in any six of them. */
const ROUNDS = rounds(12, 6);

describe.each([
  { seed: 1, version: 2, maker: 'cairn' },
  { seed: 2, version: 2, maker: 'restic' },
  { seed: 3, version: 1, maker: 'cairn' },
] as const)('seed $seed, version $version, made by $maker', ({ seed, version, maker }) => {
  test('every kept snapshot restores byte for byte after each prune', { timeout: 900_000 }, async () => {
    const random = seededRandom(seed);
    const root = tempFolder();
    const folder = join(root, 'repository');
    const source = join(root, 'source');
    const create = maker === 'cairn' ? createLocalRepository : createResticRepository;
    const repository = await create(folder, version);
    /** What each snapshot holds, by its id. */
    const kept = new Map<string, string[]>();
    writeTree(source, { 'a/b/c.txt': 'c', 'a/d.txt': 'd', 'large.bin': randomBytes(`large ${seed}`, 3_000_000) });

    const actions = {
      'cairn backup': async () => {
        const { snapshotId } = await backUp(repository, [source]);
        kept.set(snapshotId!, describeTree(source));
      },
      'restic backup': async () => {
        restic(folder, ['backup', '--host', 'test-host', source]);
        const [latest] = JSON.parse(restic(folder, ['snapshots', '--json', '--latest', '1'])) as { id: string }[];
        kept.set(latest!.id, describeTree(source));
      },
      'cairn forget': async () => {
        const gone = someOf([...kept.keys()]);
        await executeForget(repository, await planForgetByName(repository, gone));
        for (const id of gone) kept.delete(id);
      },
      'restic forget': async () => {
        const gone = someOf([...kept.keys()]);
        if (gone.length > 0) restic(folder, ['forget', ...gone]);
        for (const id of gone) kept.delete(id);
      },
      'cairn prune': async () => {
        await withSession(repository, { lock: 'exclusive' }, async (session) =>
          executePrune(
            session,
            testCodecs(),
            await planPrune(session, { graceMs: 0, maxUnused: random.pick(['0%', '5%', '30%']) }),
          ),
        );
        checkAll();
      },
      'restic prune': async () => {
        restic(folder, ['prune', '--max-unused', random.pick(['0%', '5%', '30%'])]);
        checkAll();
      },
    };
    /** Some, but never all. */
    const someOf = (ids: string[]) => ids.filter((_, at) => at < ids.length - 1 && random.next() < 0.4);
    const checkAll = () => {
      restic(folder, ['check', '--read-data']);
      for (const [id, expected] of kept) {
        const target = join(root, 'restored');
        restic(folder, ['restore', id, '--target', target]);
        expect(describeTree(join(target, source))).toEqual(expected);
        rmSync(target, { recursive: true });
      }
    };

    for (let round = 0; round < ROUNDS; round++) {
      edit(source, random, `${seed}-${round}`);
      await actions[random.pick(['cairn backup', 'restic backup'] as const)]();
      if (random.next() < 0.5) await actions[random.pick(['cairn forget', 'restic forget'] as const)]();
      if (round % 3 === 2) await actions[round % 2 === 0 ? 'cairn prune' : 'restic prune']();
    }
    checkAll();
    expect(kept.size).toBeGreaterThan(1);
  });
});

/** New, changed, removed and doubled files of many sizes. */
function edit(source: string, random: ReturnType<typeof seededRandom>, label: string): void {
  for (let at = 0; at < 8; at++) {
    const path = `f${random.below(4)}/${random.below(6)}`;
    if (random.next() < 0.25) {
      rmSync(join(source, path), { force: true });
      continue;
    }
    const length = random.pick([0, 10, 5_000, 200_000, 1_500_000]);
    const content =
      random.next() < 0.3 ? Buffer.alloc(length, 'text that compresses ') : randomBytes(`${label} ${at}`, length);
    writeTree(source, { [path]: content });
  }
  writeFileSync(join(source, 'large.bin'), label, { flag: 'a' });
}
