/**
 * `npm test [-- FILTER…]`: brings the tools the tests need, builds dist/ for the tests that run it,
 * runs vitest, and closes with the line `N passed, N failed`. A test that was skipped, left as a
 * todo or not reached makes the run fail, and so does a run without tests.
 */
import { parseCLI, startVitest, type TestCase, type Vitest } from 'vitest/node';
import { ensureTestTools } from './tools.mts';

try {
  ensureTestTools();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
await import('./build.mts');

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest('test', filter, options);
const { passed, failed, skipped } = count(vitest);
await vitest.close();
for (const test of skipped) console.log(`Not run: ${test.module.moduleId} > ${test.fullName}`);
if (passed + failed === 0) console.log('No test was run.');
console.log(`\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
process.exit(failed > 0 || skipped.length > 0 || passed === 0 ? 1 : 0);

/** Failures outside of any test (a file that does not load, an unhandled rejection) count as failed, too. */
function count({ state }: Vitest): { passed: number; failed: number; skipped: TestCase[] } {
  const modules = state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (...states: string[]) => tests.filter((test) => states.includes(test.result().state));
  const outside = modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .flatMap((part) => part.errors());
  return {
    passed: inState('passed').length,
    failed: inState('failed').length + outside.length + state.getUnhandledErrors().length,
    skipped: inState('skipped', 'pending'),
  };
}
