import { describe, expect, test, vi } from 'vitest';
import { parseLocation } from '../../../../../src/base/location.ts';
import { judgeStorage } from '../../../../../src/extension/targets/far/judgeStorage.ts';
import {
  placeName,
  readServer,
  restLocation,
  s3Location,
  sftpLocation,
} from '../../../../../src/extension/targets/far/readAnswers.ts';
import type { ProbeReport } from '../../../../../src/worker/engineProtocol/targets.ts';

vi.mock('vscode', async () => (await import('../../../../helpers/vscodeStub.ts')).vscodeStub);

describe('answers', () => {
  test.each([
    ['vault', { host: 'vault' }],
    [' me@vault ', { host: 'vault', user: 'me' }],
    ['me@vault.example.org:2222', { host: 'vault.example.org', user: 'me', port: 2222 }],
    ['ssh://me@vault', { host: 'vault', user: 'me' }],
    ['me@[fe80::1]:22', { host: 'fe80::1', user: 'me', port: 22 }],
  ])('%s is a server', (text, server) => {
    expect(readServer(text)).toEqual(server);
    const location = parseLocation(sftpLocation(server, 'a b/c'));
    expect(location).toEqual({ kind: 'sftp', ...server, path: 'a b/c' });
    expect(parseLocation(sftpLocation(server, '/srv/x'))).toMatchObject({ ...server, path: '/srv/x' });
  });

  test.each(['', '-oProxyCommand=x', 'me@-x', 'me:pass@host', 'host:99999', 'host:/path', 'a b@c/d'])(
    '%j is none',
    (text) => expect(readServer(text)).toEqual(expect.any(String)),
  );

  test('addresses of REST and S3', () => {
    expect(restLocation('https://host:8000/x')).toBe('rest:https://host:8000/x');
    expect(restLocation('rest:http://host/')).toBe('rest:http://host/');
    expect([restLocation('host/x'), restLocation('ftp://host')]).toEqual([undefined, undefined]);
    expect(s3Location('s3.example.org/', '/bucket/laptop/')).toBe('s3:s3.example.org/bucket/laptop');
    expect(s3Location('http://host:9000', 'b')).toBe('s3:http://host:9000/b');
    expect([s3Location('host', ''), s3Location('ftp://host', 'b')]).toEqual([undefined, undefined]);
  });

  test.each([
    ['sftp:me@vault:x', 'vault'],
    ['rest:https://host:8000/x', 'host'],
    ['s3:host/bucket/x', 'bucket'],
    ['rclone:drive:x', 'drive'],
  ])('%s is called %s', (location, name) => {
    expect(placeName(parseLocation(location) as Parameters<typeof placeName>[0])).toBe(name);
  });
});

describe('what a look at a place means', () => {
  type Problem = NonNullable<ProbeReport['problem']>;
  const judge = (location: string, probe: Partial<ProbeReport>) =>
    judgeStorage(parseLocation(location), location, {
      kind: 'unreachable',
      mayVanish: false,
      onSameDisk: false,
      ...probe,
    });
  const problem = (more: Partial<Problem>): Partial<ProbeReport> => ({
    problem: { code: 'target-unavailable', message: 'As the engine says.', ...more },
  });

  test('it can be used', () => {
    for (const kind of ['repository', 'empty', 'missing'] as const) expect(judge('sftp:h:x', { kind })).toEqual({});
    expect(judge('rest:http://h/', { kind: 'missing', parentExists: true })).toEqual({});
  });

  test('it holds something else, or would be made nowhere', () => {
    expect(judge('sftp:h:x', { kind: 'other-files' }).refusal).toMatch(/holds other files/);
    expect(judge('sftp:h:x', { kind: 'missing', parentExists: false }).refusal).toMatch(/does not exist/);
    expect(judge('s3:h/b', { kind: 'missing', parentExists: true })).toEqual({ need: 'bucket' });
  });

  test('a key of a server is shown, with the way to accept it', () => {
    const hostKey = 'ssh-ed25519 SHA256:abc';
    const unknown = judge('sftp://me@h:22/x', problem({ reason: 'host-key-unknown', hostKey }));
    expect(unknown.refusal).toMatch(/me@h is not known here yet: ssh-ed25519 SHA256:abc.*"ssh -p 22 me@h"/);
    expect(unknown.need).toBeUndefined();
    expect(judge('sftp:h:x', problem({ reason: 'host-key-changed', hostKey })).refusal).toMatch(
      /SHA256:abc.*in between/,
    );
    expect(judge('sftp:h:x', problem({ reason: 'login-refused' })).refusal).toMatch(/"ssh h" has to work/);
    expect(judge('sftp:h:x', problem({ reason: 'name-unknown' })).refusal).toBe('As the engine says.');
  });

  test.each<[string, Partial<Problem>, string | undefined]>([
    ['rest:https://h/', { status: 401, code: 'permission-denied' }, 'login'],
    ['rest:https://h/', { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'certificate'],
    ['rest:https://h/', { reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'certificate'],
    [
      'rest:https://h/',
      { reason: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', code: 'permission-denied' },
      'clientCertificate',
    ],
    ['rest:https://h/', { reason: 'ECONNREFUSED' }, undefined],
    ['s3:h/b', { reason: 'no-credentials', code: 'permission-denied' }, 'keys'],
    ['s3:h/b', { reason: 'SignatureDoesNotMatch', code: 'permission-denied', status: 403 }, 'keys'],
    ['s3:h/b', { reason: 'AuthorizationHeaderMalformed', status: 400 }, 'region'],
    ['s3:h/b', { reason: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'certificate'],
    ['s3:h/b', { reason: 'AccessDenied', status: 403 }, undefined],
    ['rclone:r:x', { message: 'set RCLONE_CONFIG_PASS' }, 'rclonePassword'],
    ['rclone:r:x', { code: 'usage', reason: 'ENOENT' }, undefined],
    ['b2:x', { code: 'usage' }, undefined],
  ])('%s with %j needs %s', (location, more, need) => {
    expect(judge(location, problem(more))).toEqual({ ...(need && { need }), refusal: expect.any(String) as string });
  });
});
