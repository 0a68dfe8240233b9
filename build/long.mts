/**
 * `npm run test:long [-- PART… --only TEXT --seed N --resume]`: everything that `npm test` does a sample of, which
 * takes hours. One line a case. What is done is kept in `.cache/long/`, by seed, so that `--resume` goes on after an
 * interruption with what was not done, or failed. `--only` takes cases with that in their names. The exit code is 1
 * if any case failed.
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureTestTools } from './tools.mts';
import { knownDefect, knownDefects } from '../test/long/known.ts';
import type { Case } from '../test/long/part.ts';
import { parts } from '../test/long/parts.ts';

/** A line of the journal. */
interface Outcome {
  readonly name: string;
  readonly outcome: 'passed' | 'known' | 'failed';
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, resume: { type: 'boolean' }, only: { type: 'string' } },
});
const chosen = positionals.length === 0 ? parts : parts.filter(({ name }) => positionals.includes(name));
if (chosen.length < positionals.length || chosen.length === 0)
  throw new Error(`The parts are: ${parts.map(({ name }) => name).join(', ')}.`);
/** Another one each day, as that of `npm test`. */
const seed = Number(values.seed ?? process.env['CAIRN_SEED'] ?? Math.floor(Date.now() / 86_400_000));
const journal = join(import.meta.dirname, `../.cache/long/${seed}.jsonl`);

ensureTestTools();
await import('./build.mts');
mkdirSync(join(journal, '..'), { recursive: true });
if (!values.resume) rmSync(journal, { force: true });

const outcomes = new Map(readJournal().map((line) => [line.name, line]));
const before = [...outcomes.values()].filter(({ outcome }) => outcome !== 'failed').length;
console.log(`seed ${seed}${values.resume ? `, ${before} cases done before` : ''}`);
if (process.env['RESTIC_NEWER'] === undefined)
  console.log('Not run: what RESTIC_NEWER would make, since it names none');
// So that folders that are only for the run go with it.
process.on('SIGINT', () => process.exit(130));
const used = new Set<string>();
for (const part of chosen) {
  for (const subject of part.subjects) await runAll(part.name, await part.cases(subject, seed));
  await part.close?.();
}
summarize();

function readJournal(): Outcome[] {
  try {
    const lines = readFileSync(journal, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Outcome);
  } catch {
    return [];
  }
}

/** As many at a time as there are processors: a case mostly waits for a program that it runs. */
async function runAll(part: string, cases: readonly Case[]): Promise<void> {
  const wanted = cases
    .map((one) => ({ ...one, name: `${part}: ${one.name}`, run: () => one.run() }))
    .filter(({ name }) => values.only === undefined || name.includes(values.only))
    .filter(({ name }) => (outcomes.get(name)?.outcome ?? 'failed') === 'failed');
  const line = wanted[Symbol.iterator]();
  const lane = async () => {
    for (const one of line) await runOne(one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

async function runOne(one: Case): Promise<void> {
  const start = performance.now();
  const failure = await one.run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const known = failure === undefined ? undefined : knownDefect(one.name, failure);
  if (known) used.add(known.reason);
  const outcome = failure === undefined ? 'passed' : known ? 'known' : 'failed';
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${outcome.padEnd(6)} ${seconds.padStart(5)} s  ${one.name}${known ? ` (${known.reason})` : ''}`);
  if (outcome === 'failed') console.log(failure!.replaceAll(/^/gm, '    '));
  outcomes.set(one.name, { name: one.name, outcome });
  appendFileSync(
    journal,
    `${JSON.stringify({ name: one.name, outcome, ...(failure !== undefined && { failure }) })}\n`,
  );
}

function summarize(): void {
  const count = (outcome: string) => [...outcomes.values()].filter((one) => one.outcome === outcome).length;
  const isWhole = positionals.length === 0 && values.only === undefined && !values.resume;
  const unused = isWhole ? knownDefects.filter(({ reason }) => !used.has(reason)) : [];
  for (const { reason } of unused) console.log(`No case fails like this any more; take it off the list: ${reason}`);
  console.log(
    `\n${count('passed')} passed, ${count('failed')} failed, ${count('known')} failed as known (seed ${seed})`,
  );
  process.exit(count('failed') > 0 || unused.length > 0 || outcomes.size === 0 ? 1 : 0);
}
