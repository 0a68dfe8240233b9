import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { excludedFiles } from './test/windows/leftOut.mts';

/** What the list of what is left out on Windows takes; nothing is left out anywhere else. */
const onWindows =
  process.platform === 'win32'
    ? { runner: 'test/windows/runner.ts', exclude: [...configDefaults.exclude, ...excludedFiles()] }
    : {};

const project = (name: string, include: string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

/**
 * Tests in an editor mostly wait, those of the format and the engine mostly compute: beside each other they take
 * little longer than the longer of them alone. The many short files come last, so that no long one ends alone.
 */
class Sequencer extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specs);
    const waiting = sorted.filter(({ project }) => project.name === 'vscode');
    const long = ['interop', 'integration'].flatMap((name) => sorted.filter(({ project }) => project.name === name));
    const first = long.flatMap((spec, at) => [...waiting.slice(at, at + 1), spec]).concat(waiting.slice(long.length));
    return [...first, ...sorted.filter((spec) => !first.includes(spec))];
  }
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/*.test.ts', 'test/unit/**/*.test.ts'], onWindows),
      project('backend', ['test/backend/**/*.test.ts'], onWindows),
      project('integration', ['test/integration/**/*.test.ts'], onWindows),
      project('interop', ['test/interop/**/*.test.ts']),
      project('vscode', ['test/vscode/**/*.test.ts'], {
        globalSetup: 'test/vscode/helpers/setup.ts',
        expect: { poll: { timeout: 30_000, interval: 100 } },
      }),
      // It builds dist/ anew, which others run.
      project('start', ['test/start/**/*.test.ts'], { sequence: { groupOrder: 1 } }),
      // One after another, since what runs in Wine at once shares its server; it uses more than one core anyway.
      project('windows', ['test/windows/*.test.ts'], {
        globalSetup: 'test/windows/helpers/setup.ts',
        maxWorkers: 1,
        sequence: { groupOrder: 2 },
      }),
    ],
    sequence: { sequencer: Sequencer },
    // Many tests wait for a program or a thread that itself uses more than one core, or for an editor.
    maxWorkers: Math.max(3, Math.floor(availableParallelism() / 2) + 1),
    // Enough for any machine, however busy; only what hangs takes so long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    allowOnly: false,
  },
});
