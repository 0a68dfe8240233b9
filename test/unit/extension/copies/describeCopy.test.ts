import { expect, test, vi } from 'vitest';
import type { ProgressEvent } from '../../../../src/base/progress.ts';
import type { CopyRecord } from '../../../../src/extension/copies/copyRecord.ts';
import type { Target } from '../../../../src/extension/targets/targetStore.ts';
import { vscodeStub } from '../../../helpers/vscodeStub.ts';

vi.mock('vscode', () => vscodeStub);
const { copyFacts, describeCopy } = await import('../../../../src/extension/copies/describeCopy.ts');

const now = new Date(2026, 2, 4, 15, 0).getTime();
const MINUTE = 60_000;
const replica: Target = { id: 'copy', name: 'Copy', kind: 'repository', location: '/copy', replicaOf: '' };
const away = { code: 'target-unavailable', message: 'No answer.', isAway: true, since: now } as const;
const good = { known: 0, missing: 0, lastGood: now - 5 * MINUTE };
const behind = { ...good, missing: 3, behindSince: new Date(2026, 2, 4, 14, 2).getTime() };

function say(record: CopyRecord, running?: { readonly progress: ProgressEvent | undefined }): string {
  return describeCopy({ record: () => record, running: () => running }, replica, now);
}

const progress = { phase: 'Copying files', items: 1, bytes: 340, totalBytes: 1000 };

test.each<[string, CopyRecord, { readonly progress: ProgressEvent | undefined }?]>([
  ['not copied yet', { known: 0, missing: 7, behindSince: 0 }],
  ['up to date · 5 min. ago', good],
  ['3 snapshots behind since 14:02', behind],
  ['1 snapshot behind since 14:02', { ...behind, missing: 1 }],
  ['waiting: not reachable · 3 snapshots behind since 14:02', { ...behind, failure: away }],
  ['waiting: not reachable · up to date · 5 min. ago', { ...good, failure: away }],
  [
    'waiting: in use by another program · not copied yet',
    { known: 0, missing: 1, failure: { ...away, code: 'locked', isAway: false } },
  ],
  [
    'copying fails · 3 snapshots behind since 14:02',
    { ...behind, failure: { ...away, code: 'refused', isAway: false } },
  ],
  ['copying…', behind, { progress: undefined }],
  ['copying… 34 %', behind, { progress }],
  // Reaching for what is away is no news; that it answers is.
  ['waiting: not reachable · 3 snapshots behind since 14:02', { ...behind, failure: away }, { progress: undefined }],
  ['copying… 34 %', { ...behind, failure: away }, { progress }],
])('%s', (text, record, running) => {
  expect(say(record, running)).toBe(text);
});

test('facts say of which repository it is, and since when it is behind', () => {
  const source: Target = { id: '', name: 'Default repository', kind: 'repository' };
  const facts = (record: CopyRecord, from?: Target) =>
    copyFacts({ record: () => record, running: () => undefined }, { sourceOf: () => from }, replica).map(
      ({ label }) => label,
    );
  expect(facts(good, source)).toEqual(['Replica of', 'Last copied']);
  expect(facts({ ...behind, failure: away }, source)).toEqual(['Problem', 'Replica of', 'Last copied', 'Behind since']);
  const [first] = copyFacts({ record: () => good, running: () => undefined }, { sourceOf: () => undefined }, replica);
  expect(first).toMatchObject({ value: 'none of the targets' });
});
