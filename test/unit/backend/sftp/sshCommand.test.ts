import { expect, test } from 'vitest';
import type { SftpLocation } from '../../../../src/base/location.ts';
import { plainAccess, storageAt } from '../../../../src/base/storageAccess.ts';
import { sftpConnections, sshCommands } from '../../../../src/backend/sftp/sshCommand.ts';

function lines(location: string, options: Record<string, string> = {}, isAwaited = false): string[] {
  const access = { ...plainAccess, options, isAwaited };
  const parsed = storageAt(location, access).location as SftpLocation;
  return sshCommands(parsed, access).map(({ program, args, mayAsk }) => [program, ...args, String(mayAsk)].join('|'));
}

const settings = (batch: string, timeout: number) =>
  `-o|BatchMode=${batch}|-o|ConnectTimeout=${timeout}|-o|ServerAliveInterval=60|-o|ServerAliveCountMax=3`;

test('ssh is called as the location says', () => {
  expect(lines('sftp:host:folder')).toEqual([`ssh|${settings('yes', 30)}|host|-s|sftp|false`]);
  expect(lines('sftp://me@[::1]:2222//folder')).toEqual([`ssh|${settings('yes', 30)}|-p|2222|-l|me|::1|-s|sftp|false`]);
});

test('it may ask only a person who is there, and only once it failed without', () => {
  expect(lines('sftp:host:folder', {}, true)).toEqual([
    `ssh|${settings('yes', 10)}|host|-s|sftp|false`,
    `ssh|${settings('no', 10)}|host|-s|sftp|true`,
  ]);
});

test('where there is no terminal it asks nobody, however long a person waits', () => {
  const access = { ...plainAccess, isAwaited: true, mayAsk: false };
  const commands = sshCommands(storageAt('sftp:host:folder').location as SftpLocation, access);
  expect(commands.map(({ mayAsk }) => mayAsk)).toEqual([false]);
  expect(commands[0]!.args).toContain('ConnectTimeout=10');
});

test('more arguments come first, since ssh takes the first value of a setting', () => {
  expect(lines('sftp:host:folder', { 'sftp.args': `-i "my key" -o ConnectTimeout=5` })).toEqual([
    `ssh|-i|my key|-o|ConnectTimeout=5|${settings('yes', 30)}|host|-s|sftp|false`,
  ]);
  expect(lines('sftp:host:folder', { 'sftp.args': ' ' })).toEqual(lines('sftp:host:folder'));
});

test('a command takes the place of ssh, and of the host', () => {
  expect(lines('sftp:host:folder', { 'sftp.command': `plink -ssh 'other host' -s sftp` })).toEqual([
    'plink|-ssh|other host|-s|sftp|false',
  ]);
});

test.each([
  [{ 'sftp.comand': 'x' }, 'sftp.comand'],
  [{ 'sftp.command': 'x', 'sftp.args': 'y' }, 'sftp.args cannot add'],
  [{ 'sftp.command': '' }, 'sftp.command is empty'],
  [{ 'sftp.args': '"-v' }, 'sftp.args lacks a closing'],
])('%o is refused', (options, message) => {
  const refused: unknown = expect.objectContaining({
    code: 'usage',
    message: expect.stringContaining(message) as unknown,
  });
  expect(() => lines('sftp:host:folder', options)).toThrow(refused);
});

test('the number of calls at the same time', () => {
  expect(sftpConnections({})).toBe(5);
  expect(sftpConnections({ 'sftp.connections': '12' })).toBe(12);
  for (const text of ['0', '', 'x', '1e3', '1000']) {
    expect(() => sftpConnections({ 'sftp.connections': text })).toThrow(/takes a number/);
  }
});
