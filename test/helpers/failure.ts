import { expect } from 'vitest';
import type { CairnRun } from './cairn.ts';

/** Expects that a command failed as it should: this exit code, and one line that says what is wrong. */
export function expectFailure(run: CairnRun, status: number, message: RegExp): void {
  expect(run).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) as string });
  expect(run.stderr).toMatch(/^cairn: [^\n]*\.\n$/);
}
