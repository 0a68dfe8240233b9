import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { newerResticFolder } from './build/newerRestic.mts';
import { WindowsApart } from './build/testOrder.mts';
import { compiledOnce, inMemory } from './build/testMachine.mts';
import { excludedFiles } from './test/windows/leftOut.mts';

/** What the list of what is left out on Windows takes; nothing is left out anywhere else. */
const onWindows =
  process.platform === 'win32'
    ? { runner: 'test/windows/runner.ts', exclude: [...configDefaults.exclude, ...excludedFiles()] }
    : {};

/** Their object store is made of packages of Debian. */
const onMac =
  process.platform === 'darwin'
    ? { exclude: [...configDefaults.exclude, 'test/backend/s3.test.ts', 'test/integration/s3Repository.test.ts'] }
    : {};

/** Tests of `test/interop` that compare Cairn with other programs than restic. */
const withoutRestic = ['duplicates', 'gitIgnore', 'mirrorRsync', 'schedulers'].map(
  (name) => `test/interop/${name}.test.ts`,
);

/**
 * Where restic is only asked whether Cairn, killed, has harmed anything: any version would say so. By `npm run test:long`
 * also a newer one does.
 */
const onceOnly = process.env['CAIRN_LONG']
  ? []
  : ['killed', 'warmKilled'].map((name) => `test/interop/${name}.test.ts`);

/** What stores much and starts many programs. The unit tests and those of the backends stay on the disk. */
const quickly = { ...compiledOnce, ...inMemory() };

const project = (name: string, include: string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  test: {
    // The home of whoever runs the tests is not for what they guard.
    env: { CAIRN_GUARD: 'off' },
    projects: [
      project('unit', ['test/*.test.ts', 'test/unit/**/*.test.ts'], onWindows),
      project('backend', ['test/backend/**/*.test.ts'], { ...onWindows, ...onMac }),
      project('integration', ['test/integration/**/*.test.ts'], { ...onWindows, ...onMac, env: quickly }),
      // The fields of JSON are those of newer versions, which alone rewrite.
      project('interop', ['test/interop/**/*.test.ts'], {
        exclude: [
          ...configDefaults.exclude,
          ...['sameJson', 'rewrite', 'manual'].map((name) => `test/interop/${name}.test.ts`),
        ],
        env: quickly,
      }),
      project('interop with a newer restic', ['test/interop/**/*.test.ts'], {
        globalSetup: 'test/helpers/newerResticSetup.ts',
        // Newer versions keep other snapshots as the oldest ones; our rules are those of restic 0.14.
        exclude: [...configDefaults.exclude, 'test/interop/forgetPolicy.test.ts', ...withoutRestic, ...onceOnly],
        env: { ...quickly, CAIRN_AGAIN: '1', PATH: `${newerResticFolder}${delimiter}${process.env['PATH']}` },
      }),
      project('long', ['test/long/**/*.test.ts']),
      project('vscode', ['test/vscode/**/*.test.ts'], {
        globalSetup: 'test/vscode/helpers/setup.ts',
        // Tests in an editor mostly wait; three leave no core idle. After the others, which would slow them down.
        maxWorkers: 3,
        expect: { poll: { timeout: 30_000, interval: 100 } },
        env: compiledOnce,
        sequence: { groupOrder: 1 },
      }),
      // It builds dist/ anew, which others run.
      project('start', ['test/start/**/*.test.ts'], { sequence: { groupOrder: 2 } }),
      // Beside those in an editor. They wait for each other, since what runs in Wine at once shares its server.
      project('windows', ['test/windows/*.test.ts'], {
        globalSetup: 'test/windows/helpers/setup.ts',
        maxWorkers: 3,
        sequence: { groupOrder: 1 },
      }),
    ],
    // Many tests wait for a program or a thread that itself uses more than one core, but not all the time: on two
    // cores three leave none idle.
    maxWorkers: Math.max(3, Math.floor(availableParallelism() / 2)),
    // Enough for any machine, however busy; only what hangs takes so long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    allowOnly: false,
    sequence: { sequencer: WindowsApart },
  },
});
