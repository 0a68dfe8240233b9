import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[]) => ({ extends: true as const, test: { name, include } });

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/*.test.ts', 'test/unit/**/*.test.ts']),
      project('backend', ['test/backend/**/*.test.ts']),
      project('integration', ['test/integration/**/*.test.ts']),
      project('interop', ['test/interop/**/*.test.ts']),
    ],
    // Many tests wait for a program or a thread that itself uses more than one core.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
