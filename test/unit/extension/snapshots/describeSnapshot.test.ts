import { expect, test, vi } from 'vitest';
import {
  snapshotDescription,
  snapshotIcon,
  snapshotLabel,
  snapshotName,
} from '../../../../src/extension/snapshots/describeSnapshot.ts';
import { actorInFull } from '../../../../src/extension/snapshots/describeMaker.ts';
import type { RowActor, SnapshotRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

// There is no editor here; its texts in English are the sources.
vi.mock('vscode', () => ({
  env: { language: 'en' },
  l10n: {
    t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at: string) => String(values[+at])),
  },
}));

const row = (fields: Partial<SnapshotRow>): SnapshotRow => ({
  id: 'f'.repeat(64),
  time: '2024-06-12T13:05:09Z',
  hostname: 'box',
  username: 'ann',
  paths: ['/home/ann/project'],
  tags: [],
  keep: false,
  ...fields,
});
const claude: RowActor = {
  kind: 'agent',
  name: 'claude',
  title: 'Claude Code',
  session: '5f2c1a9b-77',
  turn: '3',
};
const counts = (filesChanged: number, filesNew: number) => ({
  filesChanged,
  filesNew,
  files: 10,
  bytes: 100,
  bytesAdded: 10,
});

test.each<{ fields: Partial<SnapshotRow>; icon: string; text: string }>([
  { fields: { trigger: 'save', counts: counts(2, 1) }, icon: 'save', text: 'save · 2 modified, 1 added' },
  { fields: { trigger: 'save', counts: counts(0, 1) }, icon: 'save', text: 'save · 1 added' },
  {
    fields: { trigger: 'save', counts: { ...counts(1, 0), filesRemoved: 1012 } },
    icon: 'save',
    text: 'save · 1 modified, 1,012 deleted',
  },
  { fields: { trigger: 'save', counts: counts(0, 0) }, icon: 'save', text: 'save' },
  { fields: { trigger: 'manual', counts: { files: 9, bytes: 9, bytesAdded: 9 } }, icon: 'person', text: 'manual' },
  {
    fields: { trigger: 'commit', commit: 'a1b2c3d', counts: counts(1234, 0) },
    icon: 'git-commit',
    text: 'commit a1b2c3d · 1,234 modified',
  },
  {
    fields: { trigger: 'manual', keep: true, counts: counts(1, 0) },
    icon: 'pinned',
    text: 'kept · manual · 1 modified',
  },
  { fields: { trigger: 'outside', counts: counts(1, 0) }, icon: 'question', text: 'outside · 1 modified' },
  { fields: { trigger: 'outside', actor: { kind: 'unknown' } }, icon: 'question', text: 'outside' },
  { fields: { trigger: 'save', actor: { kind: 'editor' } }, icon: 'save', text: 'save' },
  {
    fields: { trigger: 'outside', actor: claude, counts: counts(2, 0) },
    icon: 'robot',
    text: 'Claude Code · 2 modified',
  },
  { fields: { trigger: 'manual', actor: { kind: 'agent', name: 'mine' } }, icon: 'robot', text: 'manual · mine' },
  { fields: { trigger: 'restore', actor: claude }, icon: 'shield', text: 'before restore · Claude Code' },
  { fields: { trigger: 'outside', actor: { kind: 'terminal' } }, icon: 'terminal', text: 'terminal' },
  { fields: { trigger: 'outside', actor: { kind: 'git', name: 'reset' } }, icon: 'git-branch', text: 'git reset' },
  {
    fields: { trigger: 'commit', commit: 'a1b2c3d', actor: { kind: 'git', name: 'commit' } },
    icon: 'git-commit',
    text: 'commit a1b2c3d',
  },
  { fields: { trigger: 'outside', actor: claude, keep: true }, icon: 'pinned', text: 'kept · Claude Code' },
  { fields: { trigger: 'schedule' }, icon: 'clock', text: 'schedule' },
  { fields: { trigger: 'restore' }, icon: 'shield', text: 'before restore' },
  { fields: {}, icon: 'archive', text: 'other program' },
])('$text', ({ fields, icon, text }) => {
  expect(snapshotDescription(row(fields))).toBe(text);
  expect(snapshotIcon(row(fields))).toBe(icon);
});

test.each<[Partial<SnapshotRow>, string | undefined]>([
  [{}, undefined],
  [{ actor: claude }, 'Claude Code, session 5f2c1a9b, turn 3'],
  [{ actor: { kind: 'unknown' } }, 'not known: a program beside the editor, or several at once'],
  [{ actor: { kind: 'editor' } }, 'editor'],
])('the hover of a snapshot with %o says who it was, with the evidence', (fields, text) => {
  expect(actorInFull(row(fields))).toBe(text);
});

test('among those of all workspaces, it is said whose one is', () => {
  expect(snapshotDescription(row({ trigger: 'save' }), { whose: true })).toBe('project @ box · save');
});

test('a label stands after the time', () => {
  const time = new Date(2024, 5, 12, 13, 5).toISOString();
  const clock = { now: new Date(2024, 5, 13), locale: 'en' };
  expect(snapshotLabel(row({ time }), clock)).toBe('13:05');
  expect(snapshotLabel(row({ time, label: 'Fix it' }), clock)).toBe('13:05  Fix it');
  expect(snapshotName(row({ time, label: 'Fix it' }), clock)).toMatch(/12.*13:05  Fix it$/);
});
