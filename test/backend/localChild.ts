/** Runs in a process of its own for local.test.ts: `node localChild.ts TASK FOLDER`. Prints JSON. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { errorToData } from '../../src/base/errors.ts';
import { nameOf } from './names.ts';

const [task, folder] = process.argv.slice(2) as ['save-for-ever' | 'save-big' | 'save-as-nobody', string];
const backend = new LocalBackend(folder);

async function save(bytes: number): Promise<void> {
  const content = randomBytes(bytes);
  await backend.save({ type: 'pack', name: nameOf(content) }, [content]);
}

/** How a save ends, and everything that lies in the folder of packs then. */
async function report(bytes: number): Promise<void> {
  const error = await save(bytes).then(() => undefined, errorToData);
  const files = readdirSync(`${folder}/data`, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 2);
  process.stdout.write(JSON.stringify({ error, files }));
}

async function main(): Promise<void> {
  if (task === 'save-as-nobody' && process.getuid!() === 0) process.seteuid!(65534);
  if (task !== 'save-for-ever') return report(task === 'save-big' ? 4_000_000 : 100);
  process.stdout.write('ready');
  for (;;) await Promise.all([save(300), save(100_000), save(1_000_000)]);
}

await main();
