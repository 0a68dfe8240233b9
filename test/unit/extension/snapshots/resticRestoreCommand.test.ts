import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { resticRestoreCommand } from '../../../../src/extension/snapshots/resticRestoreCommand.ts';

test.each([
  { location: '/srv/backup', path: undefined },
  { location: "/home/ann's disk/$HOME `x`", path: '/work/a "b"*.txt' },
  { location: 'sftp:user@host:/backup', path: "/it's" },
])('a shell takes it as it is meant: $location', ({ location, path }) => {
  const command = resticRestoreCommand(location, 'abc', path);
  expect(command.startsWith('restic ')).toBe(true);
  const words = execFileSync('sh', ['-c', command.replace('restic', "printf '%s\\n'")], { encoding: 'utf8' });
  const include = path === undefined ? [] : ['--include', path];
  expect(words.trimEnd().split('\n')).toEqual(['-r', location, 'restore', 'abc', ...include, '--target', './restored']);
});
