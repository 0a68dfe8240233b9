import { expect, test } from 'vitest';
import { sshFailure } from '../../../../src/backend/sftp/sshFailure.ts';

const place = { location: 'sftp:me@host:folder', target: '-p 22 me@host', program: 'ssh' };

/** What OpenSSH prints, and what it means. */
const complaints: [string, string, boolean][] = [
  ['ssh: Could not resolve hostname host: Name or service not known', 'name-unknown', true],
  ['ssh: connect to host host port 22: Connection refused', 'connection-refused', true],
  ['ssh: connect to host host port 22: Connection timed out', 'no-answer', true],
  ['ssh: connect to host host port 22: No route to host', 'no-answer', true],
  ['ssh: connect to host host port 22: Network is unreachable', 'no-answer', true],
  ['Timeout, server host not responding.', 'no-answer', true],
  ['kex_exchange_identification: Connection closed by remote host', 'connection-lost', true],
  ['me@host: Permission denied (publickey,password).', 'login-refused', false],
  ['Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures', 'login-refused', false],
  ['No ED25519 host key is known for host.\r\nHost key verification failed.', 'host-key-unknown', false],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'host-key-changed', false],
  ['subsystem request failed on channel 0', 'no-sftp', false],
  ['/home/me/.ssh/config: line 1: Bad configuration option: nonsense', 'ssh-settings', false],
  ['usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy]', 'ssh-settings', false],
  ['', 'connection-lost', true],
];

test.each(complaints)('before there is a connection: %s', (complaint, reason, mayPass) => {
  const error = sshFailure({ status: 255, complaint }, place, false);
  expect(error).toMatchObject({ code: 'target-unavailable', mayPass, details: { reason, location: place.location } });
  expect(error.message).toContain(place.location);
  expect(error.message).not.toMatch(/[\r\n]/);
});

test('afterwards it is lost, whatever ssh says', () => {
  for (const complaint of ['', 'Connection to host closed by remote host.\n', 'Permission denied']) {
    const error = sshFailure({ status: 255, complaint }, place, true);
    expect(error).toMatchObject({
      code: 'target-unavailable',
      mayPass: true,
      details: { reason: 'connection-lost' },
    });
  }
});

test('what a server says cannot command a terminal', () => {
  expect(sshFailure({ complaint: 'evil \u001b[2J text' }, place, true).message).toContain('evil \\x1b[2J text');
});
