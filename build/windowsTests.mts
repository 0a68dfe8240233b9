/** The part of `npm run test:windows` that runs in Windows Node. */
import { createVitest, parseCLI, type Vitest } from 'vitest/node';
import { auditVariable, isLeftOut, leftOutHere } from '../test/windows/leftOut.mts';
import { nameOf, readResults } from './results.mts';

const list = 'test/windows/leftOut.mts';

/** Returns the exit code. */
export async function runWindowsTests(args: readonly string[]): Promise<number> {
  const isAudit = args.includes('--audit');
  if (isAudit) process.env[auditVariable] = '1';
  await import('./build.mts');
  const { filter, options } = parseCLI(['vitest', 'run', ...args.filter((arg) => arg !== '--audit')]);
  const vitest = await createVitest('test', { ...options, project: ['unit', 'backend', 'integration'] });
  const files = isAudit ? listedFiles(filter) : filter;
  await vitest.start(files).catch((error: unknown) => console.error(String(error)));
  const code = isAudit ? reportAudit(vitest) : report(vitest, filter);
  await vitest.close();
  return code;
}

function listedFiles(filter: readonly string[]): string[] {
  return [...new Set(leftOutHere.map(({ file }) => file))].filter((file) => matches(file, filter));
}

/** As vitest understands the words of its command line. */
function matches(file: string, filter: readonly string[]): boolean {
  return filter.length === 0 || filter.some((word) => file.includes(word.replaceAll('\\', '/')));
}

function report(vitest: Vitest, filter: readonly string[]): number {
  const { passed, failed, skipped, failedModules } = readResults(vitest);
  const notReached = skipped.filter((test) => !isLeftOut(test.module.relativeModuleId, test.fullName));
  const files = leftOutHere.filter(({ file, tests }) => tests === undefined && matches(file, filter)).length;
  for (const test of notReached) console.log(`Not run: ${nameOf(test)}`);
  for (const { relativeModuleId, children } of failedModules) {
    const [all, failures] = [[...children.allTests()], [...children.allTests('failed')]];
    console.log(`Failed: ${relativeModuleId} (${failures.length} of ${all.length})`);
  }
  const tests = skipped.length - notReached.length;
  if (tests + files > 0) console.log(`Left out, for the reasons in ${list}: ${tests} tests and ${files} whole files`);
  const rest = notReached.length > 0 ? `, ${notReached.length} not run` : '';
  console.log(`\n${passed.length} passed, ${failed} failed${rest}`);
  return failed > 0 || notReached.length > 0 || passed.length === 0 ? 1 : 0;
}

/** What passes has no place in the list. */
function reportAudit(vitest: Vitest): number {
  const { passed } = readResults(vitest);
  const failed = vitest.state.getTestModules().flatMap(({ children }) => [...children.allTests('failed')]);
  for (const test of passed) console.log(`Passes, so it must not be in ${list}: ${nameOf(test)}`);
  console.log(`\n${failed.length} fail as the list says, ${passed.length} pass`);
  return passed.length > 0 ? 1 : 0;
}
