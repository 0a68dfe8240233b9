import { expect, test, vi } from 'vitest';
import { asText, snapshotTooltip } from '../../../../src/extension/snapshots/snapshotTooltip.ts';
import type { ChangeList, SnapshotRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const row: SnapshotRow = {
  id: 'f'.repeat(64),
  time: '2024-06-12T13:05:09Z',
  hostname: 'box',
  username: 'ann',
  paths: ['/home/ann/project'],
  tags: ['cairn', 'outside'],
  trigger: 'outside',
  keep: false,
  counts: { filesChanged: 12, filesNew: 0, files: 20, bytes: 9, bytesAdded: 9, changedAt: '/home/ann/project/src' },
};
const list: ChangeList = {
  changes: Array.from({ length: 10 }, (_, at) => ({
    path: `/home/ann/project/src/${at} *.ts`,
    kind: at === 0 ? 'removed' : 'modified',
    type: 'file',
  })),
  counts: { added: 0, modified: 11, removed: 1 },
  gitFiles: 0,
  truncated: true,
  problems: [],
};

test('files and actions come first, ids, tags and hosts last', () => {
  const { value } = snapshotTooltip(row, { locale: 'en', list, actions: '[Open](command:x)' });
  const lines = value.split('\n').map((line) => line.trim());
  expect(lines.slice(0, 4)).toEqual([
    '$(question) **12 files in src**',
    '',
    'src/0 \\*.ts · Deleted',
    'src/1 \\*.ts · Modified',
  ]);
  expect(lines.slice(12, 15)).toEqual(['… and 2 more', '', '[Open](command:x)']);
  const names = lines.slice(16).map((line) => line.replace(/:.*/, ''));
  expect(names).toEqual(['Time', 'Made by', 'Files', 'Folders', 'Tags', 'Host and user', 'Id', '']);
});

test('what others wrote is text, of which lines break at spaces', () => {
  expect(asText('[a](command:b)  c\nd')).toBe('\\[a\\]\\(command:b\\) c d');
  expect(asText('$(trash) $5')).toBe('\\\\$\\(trash\\) $5');
  expect(asText('1. one')).toBe('1\\. one');
});
