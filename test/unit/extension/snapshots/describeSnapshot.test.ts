import { expect, test, vi } from 'vitest';
import {
  snapshotDescription,
  snapshotIcon,
  snapshotLabel,
  snapshotName,
  snapshotNames,
} from '../../../../src/extension/snapshots/describeSnapshot.ts';
import { actorInFull } from '../../../../src/extension/snapshots/describeMaker.ts';
import { repeatedMinutes } from '../../../../src/extension/snapshots/repeatedMinutes.ts';
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
  { fields: { trigger: 'save', counts: counts(2, 1) }, icon: 'save', text: '2 modified, 1 added · save' },
  { fields: { trigger: 'save', counts: counts(0, 1) }, icon: 'save', text: '1 added · save' },
  {
    fields: { trigger: 'save', counts: { ...counts(1, 0), filesRemoved: 1012 } },
    icon: 'save',
    text: '1 modified, 1,012 deleted · save',
  },
  { fields: { trigger: 'save', counts: counts(0, 0) }, icon: 'save', text: 'save' },
  { fields: { trigger: 'manual', counts: { files: 9, bytes: 9, bytesAdded: 9 } }, icon: 'person', text: 'manual' },
  {
    fields: { trigger: 'commit', commit: 'a1b2c3d', counts: counts(1234, 0) },
    icon: 'git-commit',
    text: '1,234 modified · commit a1b2c3d',
  },
  {
    fields: { trigger: 'manual', keep: true, counts: counts(1, 0) },
    icon: 'pinned',
    text: '1 modified · manual · kept',
  },
  { fields: { trigger: 'outside', counts: counts(1, 0) }, icon: 'question', text: '1 modified · outside' },
  { fields: { trigger: 'outside', actor: { kind: 'unknown' } }, icon: 'question', text: 'outside' },
  { fields: { trigger: 'save', actor: { kind: 'editor' } }, icon: 'save', text: 'save' },
  {
    fields: { trigger: 'outside', actor: claude, counts: counts(2, 0) },
    icon: 'robot',
    text: '2 modified · Claude Code',
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
  { fields: { trigger: 'outside', actor: claude, keep: true }, icon: 'pinned', text: 'Claude Code · kept' },
  { fields: { trigger: 'schedule' }, icon: 'clock', text: 'schedule' },
  { fields: { trigger: 'restore' }, icon: 'shield', text: 'before restore' },
  { fields: {}, icon: 'archive', text: 'other program' },
])('$text', ({ fields, icon, text }) => {
  expect(snapshotDescription(row(fields))).toBe(text);
  expect(snapshotIcon(row(fields))).toBe(icon);
});

const at = (changedAt: string, filesChanged: number, filesNew = 0, filesRemoved = 0) => ({
  counts: { ...counts(filesChanged, filesNew), filesRemoved, changedAt: `/home/ann/project${changedAt}` },
});

test.each<[Partial<SnapshotRow>, string]>([
  [at('/src/main.ts', 1), 'main.ts modified · save'],
  [at('/main.ts', 0, 1), 'main.ts added · save'],
  [at('/src/main.ts', 0, 0, 1), 'main.ts deleted · save'],
  [at('/src/engine', 12), '12 files in src/engine · save'],
  [at('/src/engine', 0, 3), '3 added in src/engine · save'],
  [at('/docs', 0, 0, 1012), '1,012 deleted in docs · save'],
  [at('/src', 2, 1), '3 files in src · 2 modified, 1 added · save'],
  [{ ...at('/src', 2, 0, 1012), isMassDeletion: true }, '1,012 deleted in src · 2 modified · save'],
  [at('', 2, 1), '2 modified, 1 added · save'],
  [{ ...at('/src/main.ts', 1), paths: ['/srv'] }, '1 modified · save'],
  [{ counts: { ...at('/a.ts', 1).counts, gitFiles: 4 } }, 'a.ts modified · git data · save'],
  [{ counts: { ...counts(0, 0), gitFiles: 4 } }, 'git data · save'],
])('first it is said what happened: %j is %s', (fields, text) => {
  expect(snapshotDescription(row({ trigger: 'save', ...fields }))).toBe(text);
});

test('a commit says whose it is, and keeps its subject beside a label', () => {
  const commit = { trigger: 'commit', commit: 'a1b2c3d', label: 'Fix it' } as const;
  const clock = { now: new Date(2024, 5, 13), locale: 'en' };
  expect(snapshotDescription(row({ ...commit, commitIn: 'packages/app' }))).toBe('commit a1b2c3d in packages/app');
  const unlabelled = { trigger: 'commit', commit: 'a1b2c3d', subject: 'Fix it' } as const;
  const labelled = row({ ...unlabelled, label: 'Works' });
  expect(snapshotLabel(labelled, clock)).toMatch(/  Works$/);
  expect(snapshotDescription(labelled)).toBe('Fix it · commit a1b2c3d');
  expect(snapshotLabel(row(unlabelled), clock)).toMatch(/  Fix it$/);
});

test('seconds stand where minutes repeat', () => {
  const time = (second: number) => new Date(2024, 5, 12, 13, 5, second).toISOString();
  const [a, b, c] = [row({ time: time(1) }), row({ time: time(59) }), row({ time: time(60) })];
  expect([...repeatedMinutes([a, b, c])]).toEqual([a, b]);
  const clock = { now: new Date(2024, 5, 13), locale: 'en' };
  expect(snapshotLabel(a, clock, { seconds: true })).toBe('13:05:01');
  expect(snapshotNames(a, b, clock)).toEqual(['Jun 12 13:05:01', 'Jun 12 13:05:59']);
  expect(snapshotNames(a, c, clock)).toEqual(['Jun 12 13:05', 'Jun 12 13:06']);
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
