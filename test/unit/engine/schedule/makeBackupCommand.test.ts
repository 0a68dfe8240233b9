import { describe, expect, test } from 'vitest';
import { makeBackupCommand } from '../../../../src/engine/schedule/makeBackupCommand.ts';
import type { BackupJob } from '../../../../src/engine/schedule/makeBackupCommand.ts';

const usage = expect.objectContaining({ code: 'usage' }) as Error;
const refused = expect.objectContaining({ code: 'refused' }) as Error;

describe('makeBackupCommand', () => {
  const job: BackupJob = { program: ['/usr/bin/node', '/opt/cairn/cli.js'], paths: ['/home/u/my work'] };

  test('for the default repository', () => {
    const command = ['/usr/bin/node', '/opt/cairn/cli.js', 'backup', '--trigger', 'schedule', '/home/u/my work'];
    expect(makeBackupCommand(job, 'linux')).toEqual(command);
  });

  test('with everything', () => {
    const command = makeBackupCommand(
      {
        ...job,
        repository: '/srv/r',
        passwordFile: '/etc/p',
        passwordCommand: 'pass show r',
        options: ['--keep-last', '7'],
      },
      'linux',
    );
    expect(command.slice(5).join(' ')).toBe(
      '--repo /srv/r --password-file /etc/p --password-command pass show r --keep-last 7 /home/u/my work',
    );
  });

  test('with the location in a file', () => {
    const command = makeBackupCommand({ ...job, repositoryFile: '/etc/r', passwordFile: '/etc/p' }, 'linux');
    expect(command.slice(5, -1)).toEqual(['--repository-file', '/etc/r', '--password-file', '/etc/p']);
  });

  test.each(['sftp://me@host:2222//srv/r', 'rest:https://host:8000/a:b@c', 's3:https://host/bucket'])(
    'a location without a password: %s',
    (repository) => {
      expect(makeBackupCommand({ ...job, repository, passwordFile: '/p' }, 'linux')).toContain(repository);
    },
  );

  test('for Windows', () => {
    const windows = { program: ['C:\\Program Files\\node.exe'], paths: ['D:\\x', '\\\\server\\share'] };
    expect(makeBackupCommand(windows, 'win32')).toContain('D:\\x');
    expect(() => makeBackupCommand(windows, 'linux')).toThrow(usage);
  });

  test.each<[string, Partial<BackupJob>, Error]>([
    ['no path', { paths: [] }, usage],
    ['a relative path', { paths: ['work'] }, usage],
    ['a relative program', { program: ['node'] }, usage],
    ['a relative password file', { repository: '/r', passwordFile: 'p' }, usage],
    ['a relative repository file', { repositoryFile: 'r', passwordFile: '/p' }, usage],
    ['a line break', { paths: ['/a\n* * * * * evil'] }, usage],
    ['a name that is not UTF-8', { paths: ['/a\udcff'] }, usage],
    ['nobody to ask for the password', { repository: '/srv/r' }, refused],
    ['nobody to ask, again', { repositoryFile: '/etc/r' }, refused],
    ['a password in the location', { repository: 'rest:https://u:secret@host/r', passwordFile: '/p' }, refused],
  ])('refuses %s', (_, change, error) => {
    expect(() => makeBackupCommand({ ...job, ...change }, 'linux')).toThrow(error);
  });

  test('does not repeat the password that it refuses', () => {
    const repository = 'rest:https://u:secret@host/r';
    expect(() => makeBackupCommand({ ...job, repository, passwordFile: '/p' }, 'linux')).not.toThrow(/secret/);
  });
});
