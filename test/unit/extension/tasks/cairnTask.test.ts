import { expect, test } from 'vitest';
import { checkTask, taskName } from '../../../../src/extension/tasks/cairnTask.ts';

test.each([
  [{ command: 'backup' }, 'backup'],
  [{ command: 'verify', target: 'Disk', read: 'all' }, 'verify (Disk)'],
  [{ command: 'mirror', folder: 'app', destination: '/copy', dryRun: true }, 'mirror app (/copy)'],
])('%j is a task', (definition, name) => {
  expect(taskName(checkTask({ type: 'cairn', ...definition }))).toBe(name);
});

test.each([
  [{}, '"command"'],
  [{ command: 'unlock' }, '"command"'],
  [{ command: 'verify', read: 'some' }, '"read"'],
  [{ command: 'mirror', force: 'yes' }, '"force"'],
  [{ command: 'backup', target: 1 }, '"target"'],
])('%j is none', (definition, part) => {
  expect(() => checkTask({ type: 'cairn', ...definition })).toThrow(part);
});
