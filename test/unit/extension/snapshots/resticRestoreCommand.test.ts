import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { resticRestoreCommand } from '../../../../src/extension/snapshots/resticRestoreCommand.ts';

describe('a shell takes it as it is meant', () => {
  test.each([
    { location: '/srv/backup', path: undefined },
    { location: "/home/ann's disk/$HOME `x`", path: '/work/a "b"*.txt' },
    { location: 'sftp:user@host:/backup', path: "/it's" },
  ])('%j', ({ location, path }) => {
    const command = resticRestoreCommand(location, 'abc', { path, shell: 'sh' });
    expect(command.startsWith('restic ')).toBe(true);
    const words = execFileSync('sh', ['-c', command.replace('restic', "printf '%s\\n'")], { encoding: 'utf8' });
    const include = path === undefined ? [] : ['--include', path];
    expect(words.trimEnd().split('\n')).toEqual([
      '-r',
      location,
      'restore',
      'abc',
      ...include,
      '--target',
      './restored',
    ]);
  });
});

test.each([
  ['C:\\backup', undefined, 'restic -r C:\\backup restore abc --target ./restored'],
  ['C:\\backup', 'C:\\w\\a.ts', 'restic -r C:\\backup restore abc --include /C/w/a.ts --target ./restored'],
  [
    "D:\\Ann's ’20",
    'C:\\my files',
    "restic -r 'D:\\Ann''s ’’20' restore abc --include '/C/my files' --target ./restored",
  ],
  ['D:\\x', '\\\\s\\x\\a', 'restic -r D:\\x restore abc --include /\\\\s\\x/a --target ./restored'],
])('so does PowerShell, with what is at %s: %s', (location, path, command) => {
  expect(resticRestoreCommand(location, 'abc', { path, shell: 'powershell' })).toBe(command);
});
