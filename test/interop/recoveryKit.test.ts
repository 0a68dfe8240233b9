/** The commands of a recovery kit, run by a real shell with the real restic. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeRaw } from '../../src/base/rawName.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { plainAccess, storageAt, type StorageAccess } from '../../src/base/storageAccess.ts';
import { recoveryKit, saveRecoveryKit, type RecoveryKitFacts } from '../../src/engine/recoveryKit.ts';
import { locationOnPage, recoveryNeeds } from '../../src/engine/recoveryNeeds.ts';
import { createRepository } from '../../src/repository/repository.ts';
import { cairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const source = join(top, 'source');

/** The commands of the blocks of a page. */
function commandsOf(kit: string): string[] {
  return [...kit.matchAll(/^(`{3,})sh\n(.*?)\n\1$/gms)].flatMap(([, , text]) => text!.split('\n'));
}

/** Runs those of restic's that end by themselves, as a person would paste them. */
function runKit(kit: string, home: string) {
  const script = commandsOf(kit).filter((line) => !/^(cairn|mkdir|restic mount)/.test(line));
  return spawnSync('bash', ['-euc', script.join('\n')], {
    encoding: 'utf8',
    cwd: top,
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, 'cache') },
  });
}

beforeAll(() => writeTree(source, { 'a.txt': 'alpha' }));

const places: [string, string, string][] = [
  ['plain ones', 'plain', 'secret'],
  ['those that a shell takes for something else', `it's "a" $HOME \`id\` \\ *`, `'"$(id)\`\\ !`],
  ['a password with a dash, spaces and letters of elsewhere', 'ünïcode', '-pässword mit  Räumen'],
  ['a location with lines and bytes of no text', decodeRaw(Buffer.from('a\nb```\xff', 'latin1')), '```'],
];

describe('restic finds everything by the page, with', () => {
  test.each(places)('%s', async (_what, name, password) => {
    const location = join(top, name);
    const repository = await createRepository(new LocalBackend(location), {
      password,
      keyCost: { N: 1024, r: 8, p: 1 },
      owner: { hostname: 'test-host', username: 'tester' },
      created: '2024-05-06T07:08:09Z',
    });
    const facts: RecoveryKitFacts = {
      location,
      repositoryId: repository.config.id,
      password: { text: password },
      date: '2024-05-06',
      shell: 'sh',
    };
    const kit = recoveryKit(facts);
    expect(kit).toContain(`Repository id: ${repository.config.id}`);
    const home = tempFolder();
    const setUp = commandsOf(kit).slice(0, 2).join('\n');
    const made = spawnSync('bash', ['-euc', `${setUp}\nrestic --no-cache backup ${source}`], { encoding: 'utf8' });
    expect([made.stderr, made.status]).toEqual(['', 0]);
    const run = runKit(kit, home);
    expect([run.stderr, run.status]).toEqual([expect.any(String), 0]);
    expect(run.stdout).toContain('no errors were found');
    expect(readFileSync(join(home, 'restored', source, 'a.txt'), 'utf8')).toBe('alpha');
  });
});

test.each<[RecoveryKitFacts['password'], RegExp, RegExp]>([
  [{ file: "/it's here" }, /export RESTIC_PASSWORD_FILE='\/it'\\''s here'/, /does not hold the password/],
  [{ command: 'pass show x' }, /export RESTIC_PASSWORD_COMMAND='pass show x'/, /is printed by: pass show x/],
  [{ text: 'x', file: '/f' }, /export RESTIC_PASSWORD='x'/, /lies in the file: \/f/],
])('a password that is %j', (password, command, says) => {
  const kit = recoveryKit({ location: '/r', repositoryId: '0', password, date: '2024-05-06', shell: 'sh' });
  expect(kit).toMatch(command);
  expect(kit).toMatch(says);
});

test('for PowerShell', () => {
  const kit = recoveryKit({
    location: "D:\\it's ’here’",
    repositoryId: '0',
    password: { text: '$x' },
    date: '2024-05-06',
    shell: 'powershell',
  });
  expect(kit).toContain("$env:RESTIC_REPOSITORY = 'D:\\it''s ’’here’’'");
  expect(kit).toContain("$env:RESTIC_PASSWORD = '$x'");
  expect(kit).not.toMatch(/mount|mkdir/);
});

test('is saved for its owner alone, and over nothing', () => {
  const file = join(top, 'kit.md');
  saveRecoveryKit(file, 'kit');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => saveRecoveryKit(file, 'other')).toThrow(expect.objectContaining({ code: 'refused' }) as Error);
  expect(readFileSync(file, 'utf8')).toBe('kit');
});

test('cairn recovery-kit: of the default repository, and of another one', () => {
  const home = tempFolder();
  const env = { HOME: home, XDG_DATA_HOME: join(home, 'data'), RESTIC_PASSWORD: undefined };
  mkdirSync(env.XDG_DATA_HOME);
  const run = (...args: string[]) => cairn(args, { cwd: home, env });
  expect(run('recovery-kit').status).toBe(10);
  expect(run('backup', source).status).toBe(0);
  expect(run('recovery-kit')).toMatchObject({ status: 0, stderr: '' });
  expect(statSync(join(home, 'cairn-recovery-kit.md')).mode & 0o777).toBe(0o600);
  const kit = readFileSync(join(home, 'cairn-recovery-kit.md'), 'utf8');
  expect(runKit(kit, home).status).toBe(0);
  expect(readFileSync(join(home, 'restored', source, 'a.txt'), 'utf8')).toBe('alpha');
  expect(run('recovery-kit')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/exists already/) as string,
  });
  expect(run('recovery-kit', '--output', '-').stdout).toBe(kit);
  const other = join(home, 'other');
  restic(other, ['init'], { password: 'of another' });
  writeFileSync(join(home, 'password'), 'of another\n');
  expect(run('recovery-kit', '-r', 'other', '-p', 'password', '--output', '-').stdout).toContain(
    `export RESTIC_REPOSITORY='${other}'\nexport RESTIC_PASSWORD='of another'\n`,
  );
});

describe('of a repository elsewhere', () => {
  const settings = (location: string, access: Partial<StorageAccess> = {}) =>
    storageAt(location, { ...plainAccess, ...access });
  const page = (location: string, access: Partial<StorageAccess> = {}) =>
    recoveryKit({
      ...{ location: locationOnPage(location), repositoryId: '0', date: '2024-05-06', shell: 'sh' },
      password: { text: 'x' },
      needs: recoveryNeeds(settings(location, access)),
    });

  test('names the variables and the options, and no value of a secret', () => {
    const kit = page('s3:https://host/bucket/laptop', {
      environment: { AWS_ACCESS_KEY_ID: 'AKIA-me', AWS_SECRET_ACCESS_KEY: 'hush', AWS_REGION: 'eu-1' },
      options: { 's3.region': 'eu-2', 's3.connections': '9', 's3.storage-class': 'STANDARD_IA' },
      tls: { authorities: ['PEM'] },
    });
    expect(kit).toContain('`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`');
    expect(kit).toContain("export RESTIC_REPOSITORY='s3:https://host/bucket/laptop'\n");
    expect(kit).toContain("restic -o 's3.region=eu-2' restore latest");
    expect(kit).toContain("cairn snapshots -o 's3.region=eu-2'");
    expect(kit).toMatch(/--cacert FILE/);
    expect(kit).not.toMatch(/AKIA-me|hush|connections|storage-class|PEM/);
  });

  test('has no login in the location', () => {
    const kit = page('rest:https://me:hush@host:8000/laptop');
    expect(kit).toContain("export RESTIC_REPOSITORY='rest:https://host:8000/laptop/'\n");
    expect(kit).toContain('`RESTIC_REST_USERNAME`, `RESTIC_REST_PASSWORD`');
    expect(kit).not.toMatch(/hush|me:|\*\*\*/);
    expect(page('rest:http://host/x')).not.toContain('What leads to the storage');
  });

  test('names the programs', () => {
    expect(page('sftp:vault:backup', { options: { 'sftp.args': '-i /home/me/key' } })).toMatch(
      /The program `ssh`.*\n- For each command `-o` with `sftp.args`/,
    );
    const kit = page('rclone::s3,secret_access_key=hush:bucket', { environment: { RCLONE_CONFIG_PASS: 'sesame' } });
    expect(kit).toMatch(/The program `rclone`.*\n- The variables `RCLONE_CONFIG_PASS`/);
    expect(kit).not.toMatch(/hush|sesame/);
  });
});
