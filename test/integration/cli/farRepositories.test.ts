import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cairn, cairnBackup, cairnOk, type CairnOptions, type CairnRun } from '../../helpers/cairn.ts';
import { createLocalRepository, makeKeyCheap } from '../../helpers/localRepository.ts';
import { restic, TEST_PASSWORD } from '../../helpers/restic.ts';
import { expectSameTree } from '../../helpers/sameTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { rcloneEnvironment, startRcloneServer } from '../../servers/rcloneServer.ts';
import { serverLogin, startRestServer, type RestServer, type RestServerOptions } from '../../servers/restServer.ts';

/** A story of a dozen programs, one after the other. Milliseconds. */
const LONG = 900_000;

/** A place that Cairn and restic both reach. */
interface Place {
  /** Where a repository of this name is, as both take it. */
  readonly at: (name: string) => string;
  readonly env: Record<string, string>;
  /** What only restic is told. */
  readonly forRestic?: readonly string[];
  /** Where what is stored lies. */
  readonly data: string;
  readonly server?: RestServer;
}

const login = {
  RESTIC_REST_USERNAME: serverLogin.user,
  RESTIC_REST_PASSWORD: serverLogin.password,
};

async function onRestServer(options: RestServerOptions = {}): Promise<Place> {
  const server = await startRestServer(tempFolder(), options);
  const { certificates } = server;
  const env = {
    ...(options.hasLogin && login),
    ...(certificates && { RESTIC_CACERT: certificates.authorityFile }),
  };
  // restic 0.14 reads no variable for it.
  const forRestic = certificates ? ['--cacert', certificates.authorityFile] : [];
  return { at: (name) => `rest:${server.url}${name}/`, env, forRestic, data: server.data, server };
}

/** restic 0.14 takes a login in the location only. */
function withLogin(location: string): string {
  return location.replace('//', `//${serverLogin.user}:${encodeURIComponent(serverLogin.password)}@`);
}

const places: [string, () => Promise<Place>][] = [
  ['rest-server', () => onRestServer()],
  [
    'rest-server with TLS and a login',
    async () => {
      const place = await onRestServer({ hasTls: true, hasLogin: true });
      return { ...place, at: (name) => withLogin(place.at(name)) };
    },
  ],
  [
    'rclone over HTTP',
    async () => {
      const server = await startRcloneServer(tempFolder());
      return { at: (name) => `rest:${server.url}${name}/`, env: {}, data: server.data, server };
    },
  ],
  [
    'rclone over pipes',
    async () => {
      const data = tempFolder();
      return { at: (name) => `rclone::local:${join(data, name)}`, env: { ...rcloneEnvironment }, data };
    },
  ],
];

let source: string;
beforeAll(() => {
  source = join(tempFolder(), 'source');
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'large'), randomBytes(5_000_000));
  for (let i = 0; i < 20; i++) writeFileSync(join(source, 'folder', `file ${i}`), `content ${i}`);
});

/** Nothing that anyone may see holds the password of the server. */
function expectNoSecret({ stdout, stderr }: CairnRun): void {
  expect(stdout + stderr).not.toContain(serverLogin.password);
  expect(stdout + stderr).not.toContain(encodeURIComponent(serverLogin.password));
}

describe.each(places)('a repository on %s', (_, open) => {
  let place: Place;
  let env: CairnOptions['env'] & object;
  beforeAll(async () => {
    place = await open();
    env = place.env;
  });
  afterAll(() => place.server?.stop());

  const theirRestic = (name: string, ...args: string[]): string =>
    restic(place.at(name), [...args, ...(place.forRestic ?? [])], { env: place.env });

  const run = (name: string, ...args: string[]): string => {
    const done = cairn(['-r', place.at(name), ...args], { env });
    expectNoSecret(done);
    expect(done.status, `cairn ${args.join(' ')}:\n${done.stdout}\n${done.stderr}`).toBe(0);
    return done.stdout;
  };

  test(
    'serves all its life, and restic finds it in order',
    async () => {
      const wrong = cairn(['-r', place.at('ours'), 'snapshots'], { env });
      expect(wrong.status).toBe(10);
      expectNoSecret(wrong);
      run('ours', 'init');
      const again = cairn(['-r', place.at('ours'), 'init'], { env });
      expect(again.status).toBe(1);
      expect(again.stderr).toContain('already');
      await makeKeyCheap(join(place.data, 'ours'));
      cairnBackup(place.at('ours'), [source], { env });
      writeFileSync(join(mkdtempSync(join(source, 'new-')), 'file'), randomBytes(300_000));
      expect(cairnBackup(place.at('ours'), [source], { env })).toMatchObject({ files_new: 1, files_changed: 0 });
      const restored = tempFolder();
      run('ours', 'restore', `latest:${source}`, '--target', restored);
      expectSameTree(restored, source);
      expect(run('ours', 'verify', '--read-data')).toContain('no errors were found');
      run('ours', 'forget', '--keep-last', '1', '--prune', '--grace', '0');
      run('ours', 'prune', '--grace', '0', '--max-unused', '0');
      expect(run('ours', 'snapshots')).toContain('1 snapshot');
      expect(run('ours', 'verify', '--read-data')).toContain('no errors were found');
      expect(readdirSync(join(place.data, 'ours/locks'))).toEqual([]);
      theirRestic('ours', 'check', '--read-data');
      restic(join(place.data, 'ours'), ['check', '--read-data']);
      const theirs = tempFolder();
      theirRestic('ours', 'restore', 'latest', '--target', theirs);
      expectSameTree(join(theirs, source), source);
    },
    LONG,
  );

  test('that restic made is ours, too', async () => {
    theirRestic('theirs', 'init');
    await makeKeyCheap(join(place.data, 'theirs'));
    theirRestic('theirs', 'backup', source);
    expect(cairnBackup(place.at('theirs'), [source], { env })).toMatchObject({ data_blobs: 0 });
    expect(run('theirs', 'verify', '--read-data')).toContain('no errors were found');
    const restored = tempFolder();
    run('theirs', 'restore', `latest:${source}`, '--target', restored);
    expectSameTree(restored, source);
  });

  test('can be the replica of one on a disk, and copies come to another', async () => {
    const near = join(tempFolder(), 'near');
    await createLocalRepository(near);
    cairnBackup(near, [source]);
    const replicate = ['replicate', '-r', near, '--to', place.at('replica')];
    for (const args of [replicate, replicate, [...replicate, '--check', '--read-data']]) {
      const done = cairn(args, { env });
      expectNoSecret(done);
      expect(done.status, done.stderr).toBe(0);
    }
    theirRestic('replica', 'check', '--read-data');
    run('copies', 'init');
    await makeKeyCheap(join(place.data, 'copies'));
    const from = { ...env, RESTIC_FROM_PASSWORD: TEST_PASSWORD };
    expectNoSecret(cairn(['copy', '--from-repo', near, '-r', place.at('copies')], { env: from }));
    expect(run('copies', 'snapshots')).toContain('1 snapshot');
    theirRestic('copies', 'check', '--read-data');
  });

  test('is not taken for empty with a wrong password', () => {
    run('other', 'init');
    const wrong = cairn(['-r', place.at('other'), 'snapshots'], { env: { ...env, RESTIC_PASSWORD: 'another' } });
    expect(wrong.status).toBe(12);
  });
});

describe('a server that appends only', () => {
  let place: Place;
  beforeAll(async () => {
    place = await onRestServer({ hasLogin: true, isAppendOnly: true });
  });
  afterAll(() => place.server?.stop());

  test(
    'takes backups, and says what it forbids',
    async () => {
      const { env } = place;
      const location = place.at('repository');
      const folder = join(place.data, 'repository');
      const stored = (): number => readdirSync(folder, { recursive: true }).length;
      cairnOk(['-r', location, 'init'], { env });
      await makeKeyCheap(folder);
      cairnBackup(location, [source], { env });
      cairnBackup(location, [source], { env });
      expect(readdirSync(join(folder, 'locks'))).toEqual([]);
      const before = stored();
      for (const args of [
        ['forget', '--keep-last', '1'],
        ['forget', '--keep-last', '1', '--prune', '--grace', '0'],
      ]) {
        const refused = cairn(['-r', location, ...args], { env });
        expect(refused.status, refused.stdout).toBe(1);
        expect(refused.stderr).toContain('the storage forbids removal (append-only)');
        expectNoSecret(refused);
      }
      expect(stored()).toBe(before);
      expect(readdirSync(join(folder, 'locks'))).toEqual([]);
      expect(cairnOk(['-r', location, 'snapshots'], { env })).toContain('2 snapshots');
      expect(cairnOk(['-r', location, 'verify', '--read-data'], { env })).toContain('no errors were found');
      // What an administrator removed, by whom it is allowed, leaves something for prune to do.
      restic(folder, ['forget', 'latest']);
      restic(folder, ['check']);
      cairnBackup(location, [join(source, 'folder')], { env });
      restic(folder, ['forget', 'latest']);
      const pruned = cairn(['-r', location, 'prune', '--grace', '0', '--max-unused', '0'], { env });
      expect(pruned.status).toBe(1);
      expect(pruned.stderr).toContain('the storage forbids removal (append-only)');
      expect(readdirSync(join(folder, 'locks'))).toEqual([]);
      restic(folder, ['check', '--read-data']);
    },
    LONG,
  );

  test('with a wrong password says how it is given', () => {
    const refused = cairn(['-r', place.at('repository'), 'snapshots'], {
      env: { ...place.env, RESTIC_REST_PASSWORD: 's3cret' },
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('RESTIC_REST_PASSWORD');
    expect(refused.stderr).not.toContain('s3cret');
  });
});

test('an unknown certificate is refused, unless it is named or none is checked', async () => {
  const place = await onRestServer({ hasTls: true });
  try {
    const location = place.at('repository');
    const refused = cairn(['-r', location, 'init'], { env: {} });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('--cacert');
    cairnOk(['-r', location, '--cacert', place.server!.certificates!.authorityFile, 'init']);
    cairnOk(['-r', location, '--insecure-tls', 'snapshots']);
  } finally {
    await place.server?.stop();
  }
});

test('rclone sees no secret in its arguments, and a remote that is unknown is told', () => {
  const folder = tempFolder();
  const args = join(folder, 'args');
  const program = `rclone.program=sh -c 'echo "$@" >> "${args}"; exec rclone "$@"' sh`;
  const options = ['-r', `rclone::local:${join(folder, 'repository')}`, '-o', program];
  const env = { ...rcloneEnvironment, ...login };
  cairnOk([...options, 'init'], { env });
  cairnOk([...options, 'backup', source], { env });
  expect(readFileSync(args, 'utf8')).toContain('serve restic --stdio');
  expect(readFileSync(args, 'utf8').replaceAll(folder, '')).not.toMatch(
    new RegExp(`${TEST_PASSWORD}|${serverLogin.password}`),
  );
  const unknown = cairn(['-r', 'rclone:nowhere:path', 'snapshots'], { env });
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain("didn't find section in config file");
  const missing = cairn([...options, '-o', 'rclone.program=/no/rclone', 'snapshots'], { env });
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain('Install rclone');
});
