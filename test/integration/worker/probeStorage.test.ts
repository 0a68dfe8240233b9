/** What the engine says of places at real servers, before they become targets. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainAccess, type StorageAccess } from '../../../src/base/storageAccess.ts';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { restic, TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { rcloneEnvironment, startRcloneServer } from '../../servers/rcloneServer.ts';
import { serverLogin, startRestServer, type RestServer } from '../../servers/restServer.ts';
import { Sshd } from '../../servers/sshd.ts';
import { startSwift, type Swift, type SwiftUser } from '../../servers/swift.ts';

let client: EngineClient;
const root = tempFolder();
const environment = { PATH: process.env['PATH'], HOME: root, ...rcloneEnvironment };

beforeAll(() => {
  useDataHome(join(root, 'data'));
  mkdirSync(join(root, 'project'));
  writeFileSync(join(root, 'project/a.txt'), 'one\n');
  client = newEngineClient();
});
afterAll(() => client.close());

const accessBy = (more: Partial<StorageAccess>): StorageAccess => ({
  ...plainAccess,
  isAwaited: true,
  mayAsk: false,
  ...more,
  environment: { ...environment, ...more.environment },
});

const probe = (location: string, more: Partial<StorageAccess> = {}) =>
  client.call('probeLocation', { location, access: accessBy(more), folders: [join(root, 'project')] });

/** Makes a repository there, backs up to it, and looks at it again. */
async function fill(location: string, more: Partial<StorageAccess> = {}): Promise<void> {
  const repository = { location, access: accessBy(more), password: { from: 'text', text: TEST_PASSWORD } } as const;
  await client.call('createRepository', { repository });
  const report = await client.call('backup', {
    ...{ repository, source: sourceOf(join(root, 'project')), trigger: 'manual', scan: 'full' },
    programVersion: 'cairn test',
  });
  expect(report).toMatchObject({ filesNew: 1 });
  expect(await client.call('verify', { repository, read: 'all' })).toMatchObject({ isGood: true });
  expect(await probe(location, more)).toMatchObject({ kind: 'repository', snapshots: 1, onSameDisk: false });
}

describe('by ssh', () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await Sshd.start();
  });
  const look = (location: string) => probe(location, { options: server.options });

  test('a folder that is not there, an empty one, one with other files, and a repository', async () => {
    expect(await look('sftp:trusted:new')).toEqual({
      ...{ kind: 'missing', parentExists: true, mayVanish: false, onSameDisk: false },
    });
    expect(await look('sftp:trusted:no/such')).toMatchObject({ kind: 'missing', parentExists: false });
    expect(await look('sftp:trusted:.')).toMatchObject({ kind: 'empty' });
    mkdirSync(join(server.data, 'photos'));
    writeFileSync(join(server.data, 'photos/a.jpg'), '');
    expect(await look('sftp:trusted:photos')).toMatchObject({ kind: 'other-files' });
    await fill('sftp:trusted:new', { options: server.options });
    expect(
      restic('sftp:trusted:new', ['-o', `sftp.command=ssh -F '${server.config}' trusted -s sftp`, 'snapshots']),
    ).toContain('1 snapshots');
  });

  test.each([
    ['stranger', 'login-refused'],
    ['refused', 'connection-refused'],
    ['nameless', 'name-unknown'],
  ])('the host "%s": %s', async (host, reason) => {
    expect(await look(`sftp:${host}:x`)).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'target-unavailable', reason, message: expect.stringMatching(/reached/) as string },
    });
  });

  test.each([
    ['unknown', 'host-key-unknown'],
    ['imposter', 'host-key-changed'],
  ])('the key of the host "%s" is shown, and not accepted', async (host, reason) => {
    const key = join(server.config, '../host_key.pub');
    const hash = execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ')[1]!;
    const problem = { reason, hostKey: `ssh-ed25519 ${hash}` };
    for (let time = 0; time < 2; time++)
      expect(await look(`sftp:${host}:x`)).toMatchObject({ kind: 'unreachable', problem });
  });

  test('a folder that may not be entered', async () => {
    const closed = join(server.data, 'closed');
    mkdirSync(closed);
    // Of the user of this test, and the server's is another one or goes by the mode.
    chmodSync(closed, 0);
    expect(await look('sftp:trusted:closed')).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'permission-denied' },
    });
    chmodSync(closed, 0o700);
  });

  test('the hosts of the configuration are offered', async () => {
    const home = tempFolder();
    mkdirSync(join(home, '.ssh/conf.d'), { recursive: true });
    writeFileSync(
      join(home, '.ssh/config'),
      'Include conf.d/*.conf\nHost vault "two words" # a comment\nHost *.example.org !bad\nhost=other\n',
    );
    writeFileSync(join(home, '.ssh/conf.d/a.conf'), 'Host included vault\n');
    writeFileSync(join(home, '.ssh/conf.d/b.txt'), 'Host not-included\n');
    const access = accessBy({ environment: { HOME: home } });
    expect(await client.call('storageNames', { of: 'ssh', access })).toEqual({
      names: ['vault', 'two words', 'other', 'included'],
    });
  });
});

describe("restic's REST server", () => {
  let server: RestServer;
  let open: RestServer;
  beforeAll(async () => {
    server = await startRestServer(tempFolder(), { hasLogin: true, hasTls: true });
    open = await startRestServer(tempFolder());
  });
  afterAll(async () => {
    await Promise.all([server.stop(), open.stop()]);
  });

  test('a certificate that nobody knows, then no login, a wrong one, and the right one', async () => {
    const location = `rest:${server.url}laptop/`;
    expect(await probe(location)).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'target-unavailable', reason: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/) as string },
    });
    const tls = { authorities: [server.certificates!.authority] };
    const denied = { code: 'permission-denied', status: 401 };
    expect(await probe(location, { tls })).toMatchObject({ kind: 'unreachable', problem: denied });
    const login = (password: string) => ({
      tls,
      environment: { RESTIC_REST_USERNAME: serverLogin.user, RESTIC_REST_PASSWORD: password },
    });
    const wrong = await probe(location, login('a wr0ng one'));
    expect(wrong).toMatchObject({ kind: 'unreachable', problem: denied });
    expect(JSON.stringify(wrong)).not.toContain('a wr0ng one');
    expect(await probe(location, login(serverLogin.password))).toMatchObject({ kind: 'empty' });
    await fill(location, login(serverLogin.password));
    // The same repository by other words is opened anew, so that a login that was changed counts.
    const repository = { location, password: { from: 'text', text: TEST_PASSWORD } } as const;
    const by = (password: string) =>
      client.call('repositoryInfo', { repository: { ...repository, access: accessBy(login(password)) } });
    await expect(by('a wr0ng one')).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await by(serverLogin.password)).toMatchObject({ snapshots: 1 });
  });

  test('what is no server of the kind', async () => {
    expect(await probe(`rest:${open.url.replace('http', 'https')}x`)).toMatchObject({ kind: 'unreachable' });
    expect(await probe('rest:http://127.0.0.1:1/')).toMatchObject({
      ...{ kind: 'unreachable', problem: { reason: 'ECONNREFUSED' } },
    });
    expect(await probe('http://127.0.0.1:1/')).toMatchObject({ kind: 'unreachable', problem: { code: 'usage' } });
  });

  test('one that does not answer is given up when the person leaves', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    const leaving = new AbortController();
    const looking = client.call(
      'probeLocation',
      { location: `rest:http://127.0.0.1:${port}/x/`, access: accessBy({}), folders: [] },
      { signal: leaving.signal },
    );
    void asked.then(() => leaving.abort());
    await expect(looking).rejects.toMatchObject({ code: 'aborted' });
    silent.close();
  });
});

describe('rclone', () => {
  test('an empty place, a repository, a remote that is not there, and no program', async () => {
    const config = join(root, 'rclone.conf');
    writeFileSync(config, `[disk]\ntype = alias\nremote = ${join(root, 'remote')}\n\n[two words]\ntype = memory\n`);
    mkdirSync(join(root, 'remote'));
    const more = { environment: { RCLONE_CONFIG: config } };
    const access = accessBy(more);
    expect(await client.call('storageNames', { of: 'rclone', access })).toEqual({ names: ['disk', 'two words'] });
    expect(await probe('rclone:disk:place', more)).toMatchObject({ kind: 'empty' });
    await fill('rclone:disk:place', more);
    expect(restic(join(root, 'remote/place'), ['check', '--no-lock'])).toContain('no errors were found');
    expect(await probe('rclone:nothing:place', more)).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'target-unavailable', message: expect.stringMatching(/nothing/) as string },
    });
    const missing = { options: { 'rclone.program': join(root, 'no-rclone') } };
    expect(await probe('rclone:disk:place', { ...more, ...missing })).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'usage', reason: 'ENOENT' },
    });
    expect(
      await client.call('storageNames', { of: 'rclone', access: { ...access, options: missing.options } }),
    ).toEqual({ names: [], isMissing: true });
  });

  test('as a server of REST', async () => {
    const server = await startRcloneServer(tempFolder());
    expect(await probe(`rest:${server.url}x/`)).toMatchObject({ kind: 'empty' });
    await server.stop();
  });
});

describe('S3', () => {
  let swift: Swift;
  beforeAll(async () => {
    swift = await startSwift(tempFolder());
  }, 600_000);
  afterAll(() => swift.stop());

  const keysOf = ({ accessKeyId, secretAccessKey }: SwiftUser) => ({
    environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  });

  test('no keys, wrong ones, a bucket that is not there, one with other things, and a repository', async () => {
    const location = `s3:${swift.endpoint}/backups/laptop`;
    const denied = (reason: string) => ({ kind: 'unreachable', problem: { code: 'permission-denied', reason } });
    expect(await probe(location)).toMatchObject(denied('no-credentials'));
    // Whoever has no keys gets some answer at least, if this is the right machine.
    expect(await probe(location, { options: { 's3.unsafe-anonymous-auth': 'true' } })).toMatchObject({
      problem: { status: expect.any(Number) as number },
    });
    const wrong = keysOf({ ...swift.owner, secretAccessKey: 'of somebody else' });
    expect(await probe(location, wrong)).toMatchObject(denied('SignatureDoesNotMatch'));
    const keys = keysOf(swift.owner);
    expect(await probe(location, keys)).toMatchObject({ kind: 'missing', parentExists: true });
    await fill(location, keys);
    expect(await probe(`s3:${swift.endpoint}/backups/other`, keys)).toMatchObject({ kind: 'empty' });
    expect(await probe(`s3:${swift.endpoint}/backups`, keys)).toMatchObject({ kind: 'other-files' });
  });
});
