import { expect, test } from 'vitest';
import type { Output } from '../../../src/cli/output.ts';
import { reportReplication } from '../../../src/cli/replicateText.ts';
import type { RemovalResult, ReplicateResult } from '../../../src/engine/index.ts';

const nothing = { files: { key: 0, snapshot: 0, index: 0, pack: 0 }, bytes: 0 };
const some = { files: { key: 0, snapshot: 1, index: 0, pack: 2 }, bytes: 2048 };
const problem = { type: 'pack', name: 'ab'.repeat(32), code: 'repository-damaged', message: 'It is damaged.' } as const;

/** What is printed of a result, and the exit code. */
function report(
  removal: Partial<RemovalResult>,
  { wantsRemoval = false, ...result }: Partial<ReplicateResult> & { wantsRemoval?: boolean } = {},
) {
  const lines: string[] = [];
  const output = {
    json: false,
    verbosity: 0,
    line: (text: string) => void lines.push(text),
    warn: (text: string) => void lines.push(`warning: ${text}`),
  } as unknown as Output;
  const whole: ReplicateResult = {
    created: false,
    copied: nothing,
    replaced: 0,
    problems: [],
    ...result,
    removal: { state: 'none', removed: nothing, waiting: nothing, ...removal },
  };
  return { exitCode: reportReplication(output, whole, { dryRun: false, wantsRemoval }), lines };
}

test('storage that forbids removing is no failure, unless a delay was asked for', () => {
  const removal = { state: 'forbidden', waiting: some, reason: 'It forbids removing.' } as const;
  const lines = [
    'warning: It forbids removing.',
    'copied nothing, 0 B',
    'kept, though gone here: 2 packs, 1 snapshot, 2.00 KiB',
  ];
  expect(report(removal)).toEqual({ exitCode: 0, lines });
  expect(report(removal, { wantsRemoval: true })).toEqual({ exitCode: 1, lines });
});

test('what was held back or locked is said, and is no failure', () => {
  for (const state of ['held', 'locked', 'needed'] as const)
    expect(report({ state, waiting: some, reason: 'Because.' })).toMatchObject({
      exitCode: 0,
      lines: ['warning: Because.', 'copied nothing, 0 B', 'kept, though gone here: 2 packs, 1 snapshot, 2.00 KiB'],
    });
});

test('what could not be copied makes the exit code 3', () => {
  expect(report({}, { problems: [problem], copied: some })).toEqual({
    exitCode: 3,
    lines: ['warning: It is damaged.', 'copied 2 packs, 1 snapshot, 2.00 KiB'],
  });
});
