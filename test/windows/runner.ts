import { relative, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TestRunner, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite } from 'vitest';
import { auditVariable, isLeftOut } from './leftOut.mts';

/** Longer than any test may take, and any hook. */
const SILENCE = 10 * 60_000;

/**
 * Runs a test file on Windows: leaves out what the list names (or, in an audit, all else), together with the
 * hooks of blocks in which nothing remains. A file that hangs in one call, where no time limit of vitest
 * reaches, is ended with its process, so that the others get their turn.
 */
export default class WindowsRunner extends TestRunner {
  readonly #lastSign = new Float64Array(new SharedArrayBuffer(8));

  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) {
      const path = relative(resolve('.'), file.filepath).replaceAll('\\', '/');
      leaveOut(
        file,
        ({ fullTestName }) => isLeftOut(path, fullTestName) !== (process.env[auditVariable] !== undefined),
      );
      this.#watch(path);
    }
  }

  override onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    this.#lastSign[0] = Date.now();
    return super.onBeforeRunTask(test);
  }

  override onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    this.#lastSign[0] = Date.now();
    return super.onBeforeRunSuite(suite);
  }

  #watch(path: string): void {
    this.#lastSign[0] = Date.now();
    const workerData = { lastSign: this.#lastSign, path, silence: SILENCE };
    new Worker(watchdog, { eval: true, workerData }).unref();
  }
}

const watchdog = `
  const { workerData: { lastSign, path, silence } } = require('node:worker_threads');
  setInterval(() => {
    if (Date.now() - lastSign[0] < silence) return;
    require('node:fs').writeSync(2, path + ' hangs, and is ended.\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);`;

/** Returns whether nothing remains to be run. */
function leaveOut(suite: RunnerTestSuite, isOut: (test: RunnerTestCase) => boolean): boolean {
  const remaining = suite.tasks.filter((task) => !(task.type === 'suite' ? leaveOut(task, isOut) : skip(task, isOut)));
  if (remaining.length === 0) suite.mode = 'skip';
  return remaining.length === 0;
}

function skip(test: RunnerTestCase, isOut: (test: RunnerTestCase) => boolean): boolean {
  if (!isOut(test)) return test.mode === 'skip';
  test.mode = 'skip';
  test.result = { state: 'skip' };
  return true;
}
