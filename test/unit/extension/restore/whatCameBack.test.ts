import { expect, test, vi } from 'vitest';
import { whatCameBack } from '../../../../src/extension/restore/whatCameBack.ts';
import type { RestoreLine } from '../../../../src/worker/engineProtocol/restore.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const line = (path: string, change: RestoreLine['change'] = 'create', isFolder = false): RestoreLine => ({
  ...{ path, change, isFolder, size: 1 },
});
const many = Array.from({ length: 1203 }, (_, at) => line(`/w/${at}.ts`));

test.each<[string, readonly RestoreLine[], string]>([
  ['one file', [line('/w/a.ts')], 'Brought back: a.ts.'],
  ['a file that was named', [line('/w/src/project')], ''],
  [
    'files of several kinds',
    [line('/w/a', 'overwrite'), line('/w/src', 'create', true), line('/w/b')],
    'Brought back: a, b.',
  ],
  ['what was deleted, or only has other times', [line('/w/a', 'delete'), line('/w/b', 'metadata')], ''],
  ['git data', [line('/w/.git/HEAD'), line('/w/a')], 'Brought back: a.'],
  ['many', many, 'Brought back: 0.ts, 1.ts, 2.ts and 1,200 more.'],
])('what came back is named: %s', (_what, lines, text) => {
  expect(whatCameBack([{ lines, truncated: false }], 'project')).toBe(text);
});

test('of more than was listed, it is not known how many', () => {
  expect(whatCameBack([{ lines: many, truncated: true }], 'project')).toBe(
    'Brought back: 0.ts, 1.ts, 2.ts and many more.',
  );
});
