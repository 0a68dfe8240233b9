/** What could not be read now is no damage: whoever would remove something ends before it does. */
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CairnError, type ErrorCode } from '../../src/base/errors.ts';
import { repairFiles } from '../../src/engine/repair/repairFiles.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { repositoryFile, testCodecs } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { createStage, flipBit, packFile, placeOf, type Stage } from '../helpers/stage.ts';

const tree = { 'a/x.txt': 'one', 'a/y.bin': randomBytes('y', 900_000), 'b.txt': 'b' };
/** A storage with fewer calls than this in one command. */
const MOST_CALLS = 200;

/** The repository by a storage of which one call can fail. */
async function faulty(stage: Stage) {
  const backend = new FaultyBackend(stage.repository.backend);
  return { backend, repository: await openRepository(backend, { password: TEST_PASSWORD }) };
}

const filesOf = ({ folder }: Stage, except: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => !except.test(path));

/** Runs a command over and over, each time with a later call for these files failing, until none is left that could. */
async function failEach(
  stage: Stage,
  type: 'index' | 'pack' | 'snapshot',
  code: ErrorCode,
  run: (at: Awaited<ReturnType<typeof faulty>>) => Promise<unknown>,
  except = /^locks/,
) {
  const before = filesOf(stage, except);
  for (let call = 1; call < MOST_CALLS; call++) {
    const at = await faulty(stage);
    at.backend.inject({ operation: 'load', type, call, fail: new CairnError(code, 'It could not be read now.') });
    const count = () => at.backend.calls.filter((line) => line.startsWith(`load ${type}`)).length;
    const failure: unknown = await run(at).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (count() < call) return call - 1;
    expect(failure).toMatchObject({ code });
    // What was added meanwhile stays; the last files that are read are those of an index that is new by then.
    expect(filesOf(stage, except)).toEqual(expect.arrayContaining(before));
  }
  throw new Error('There is no end to its calls.');
}

describe.each(['storage-error', 'permission-denied', 'target-unavailable'] as const)(
  'a call that fails with %s',
  (code) => {
    test.each(['index', 'pack'] as const)(
      'for an %s file ends the repair of the index before it removes anything',
      async (type) => {
        const stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
        const [name] = readdirSync(join(stage.folder, 'index'));
        rmSync(repositoryFile(stage.folder, 'index', name!));
        const calls = await failEach(stage, type, code, ({ repository }) => repairIndex(repository));
        expect(calls).toBeGreaterThan(0);
        restic(stage.folder, ['check', '--read-data']);
      },
    );

    test.each(['index', 'snapshot'] as const)(
      'for a file of type %s ends the repair of files before it removes anything',
      async (type) => {
        const stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
        const place = await placeOf(stage, stage.ids[1]!, 'new.txt');
        flipBit(packFile(stage, place), place.offset + 20);
        const calls = await failEach(
          stage,
          type,
          code,
          ({ repository }) => repairFiles(repository, testCodecs()),
          /^(?:locks|index)/,
        );
        expect(calls).toBeGreaterThan(0);
        restic(stage.folder, ['check', '--read-data']);
      },
    );
  },
);

test('a pack of no bytes, as a power cut leaves it, does not stop the repair of the index', async () => {
  const stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
  const place = await placeOf(stage, stage.ids[1]!, 'new.txt');
  truncateSync(packFile(stage, place), 0);
  const leftover = 'ab'.repeat(32);
  writeFileSync(join(stage.folder, 'data/ab', leftover), '');
  const { unreadable } = await repairIndex(stage.repository, { readAllPacks: true });
  expect(unreadable.map(({ id, isListed }) => [id, isListed]).sort()).toEqual(
    [
      [place.packId, true],
      [leftover, false],
    ].sort(),
  );
});
