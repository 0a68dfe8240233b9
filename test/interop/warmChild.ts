/** Saves files in a warm engine, one after the other, until it is killed: SOURCE REPOSITORY SEED. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { backup } from '../../src/engine/backup/backup.ts';
import { openInlineCodecs } from '../../src/engine/codec/inlineCodecs.ts';
import { WarmTarget } from '../../src/engine/warmTarget.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { Journal, type Changes } from '../../src/workspace/journal.ts';
import { seededRandom } from '../helpers/random.ts';

const [source, folder, seed] = process.argv.slice(2) as [string, string, string];
const random = seededRandom(Number(seed));
const openCodecs = openInlineCodecs(() => {
  throw new Error('A save needs no threads.');
});

async function main(): Promise<void> {
  const target = new WarmTarget(await openRepository(new LocalBackend(folder), { password: 'cairn-test' }));
  const journal = new Journal(source);
  let last = '';
  const save = (changes: Changes) =>
    target.use({ lock: 'shared' }, async (session) => {
      const result = await backup(session, openCodecs, {
        targets: [source],
        workingFolder: '/',
        rules: {},
        programVersion: 'cairn test',
        ...(changes !== 'anything' && { changes: { snapshot: last, paths: changes } }),
      });
      last = result.snapshotId!;
    });
  await save('anything');
  process.stdout.write('saving\n');
  for (;;) {
    const file = join(source, String(random.below(8)), `${random.below(8)}.txt`);
    writeFileSync(file, `${seed} ${random.next()}`);
    journal.add(file);
    await save(journal.take());
  }
}

void main();
