/**
 * `npm test [-- FILTER…]`: brings the tools the tests need, builds dist/ for the tests that run it,
 * runs vitest, and closes with the line `N passed, N failed`. A test that was skipped, left as a
 * todo or not reached makes the run fail, and so does a run without tests. Files of test/vscode that
 * failed are run once more, from the start in new windows; the closing lines name what had failed.
 *
 * Of what differs by nothing but chance it does a part, drawn by `CAIRN_SEED`: another one each day, unless that is
 * set. `npm run test:long` does all of it; test/helpers/effort.ts has the difference,
 * and test/long what is too long for it.
 */
import { createVitest, parseCLI, type Vitest } from 'vitest/node';
import { nameOf, readResults } from './results.mts';
import { ensureTestTools } from './tools.mts';

try {
  ensureTestTools();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
await import('./build.mts');

// For all files the same, though midnight passes.
process.env['CAIRN_SEED'] ??= String(Math.floor(Date.now() / 86_400_000));

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await createVitest('test', options);
await vitest.start(filter).catch((error: unknown) => console.error(String(error)));
const failedAtFirst = await repeatFailedWindows(vitest);
const { passed, failed, skipped } = readResults(vitest);
await vitest.close();
for (const name of failedAtFirst) console.log(`Failed at first: ${name}`);
for (const test of skipped) console.log(`Not run: ${nameOf(test)}`);
console.log(`Repetitions drawn by CAIRN_SEED=${process.env['CAIRN_SEED']}`);
if (passed.length + failed === 0) console.log('No test was run.');
console.log(`\n${passed.length} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
process.exit(failed > 0 || skipped.length > 0 || passed.length === 0 ? 1 : 0);

/**
 * A busy machine can make an editor stumble once, but not in many files. The tests of a file go on from
 * each other in one window, so what is run again is the file. Returns what had failed.
 */
async function repeatFailedWindows(vitest: Vitest): Promise<string[]> {
  const modules = vitest.state.getTestModules().filter((module) => module.project.name === 'vscode' && !module.ok());
  if (modules.length === 0 || modules.length > 2 || vitest.state.getUnhandledErrors().length > 0) return [];
  const names = modules.flatMap(({ relativeModuleId, children }) => {
    const tests = [...children.allTests('failed')].map(nameOf);
    return tests.length > 0 ? tests : [relativeModuleId];
  });
  await vitest.runTestSpecifications(modules.map((module) => module.toTestSpecification()));
  return names;
}
