import { expect, test } from 'vitest';
import { parseHostKey } from '../../../../src/backend/sftp/hostKey.ts';
import { parseSshConfig } from '../../../../src/backend/sftp/sshHosts.ts';

test('hosts without patterns, and what is included', () => {
  const text = `
# Host commented
Host vault "two words"   # a comment
  HostName vault.example.org
HOST=other
Host * !secret web?
Match host x
Include ~/.ssh/more "conf.d/*"
`;
  expect(parseSshConfig(text)).toEqual({
    hosts: ['vault', 'two words', 'other'],
    includes: ['~/.ssh/more', 'conf.d/*'],
  });
  expect(parseSshConfig('')).toEqual({ hosts: [], includes: [] });
});

test('the key of the last server, since others are on the way', () => {
  const printed = `debug1: Server host key: ssh-ed25519 SHA256:AAAA/bbb+c
debug1: Server host key: ecdsa-sha2-nistp256 SHA256:DDDD
No ECDSA host key is known for host and you have requested strict checking.`;
  expect(parseHostKey(printed)).toBe('ecdsa-sha2-nistp256 SHA256:DDDD');
  expect(parseHostKey('Connection refused')).toBeUndefined();
});
