import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLocalRepository } from '../../helpers/localRepository.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const repository = join(world.root, 'here');
const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${TEST_PASSWORD}\r\n`, 'utf16le')]);
writeTree(world.root, {
  'good.txt': `  ${TEST_PASSWORD}\n`,
  'utf16.txt': utf16,
  'bad.txt': 'wrong',
  'where.txt': `${repository}\n`,
  'empty.txt': '\n',
  'echo.mjs': "console.log(process.argv.slice(2).join(' '))",
  'cat.mjs': "process.stdout.write((await import('node:fs')).readFileSync(process.argv[2]))",
  'fail.mjs': 'process.exit(7)',
});
/** As a word of a command, whatever spaces are in it. */
const node = `"${process.execPath}"`;

beforeAll(() => createLocalRepository(repository));

type Variables = Readonly<Record<string, string>>;
const byEnvironment: [what: string, env: Variables, args: string[], status: number][] = [
  ['RESTIC_PASSWORD', { RESTIC_PASSWORD: TEST_PASSWORD }, [], 0],
  ['RESTIC_PASSWORD is taken verbatim', { RESTIC_PASSWORD: `${TEST_PASSWORD} ` }, [], 12],
  ['RESTIC_PASSWORD_FILE', { RESTIC_PASSWORD_FILE: 'good.txt' }, [], 0],
  [
    'RESTIC_PASSWORD_FILE comes before RESTIC_PASSWORD',
    { RESTIC_PASSWORD_FILE: 'bad.txt', RESTIC_PASSWORD: TEST_PASSWORD },
    [],
    12,
  ],
  ['a password file in UTF-16', { RESTIC_PASSWORD_FILE: 'utf16.txt' }, [], 0],
  ['RESTIC_PASSWORD_COMMAND', { RESTIC_PASSWORD_COMMAND: `${node} 'echo.mjs' "${TEST_PASSWORD}"` }, [], 0],
  [
    'RESTIC_PASSWORD_COMMAND is run without a shell',
    { RESTIC_PASSWORD_COMMAND: `${node} echo.mjs ${TEST_PASSWORD} # no` },
    [],
    12,
  ],
  [
    '--password-file comes before all',
    { RESTIC_PASSWORD: 'wrong', RESTIC_PASSWORD_COMMAND: 'false' },
    ['-p', 'good.txt'],
    0,
  ],
  ['--password-command', {}, ['--password-command', `${node} cat.mjs good.txt`], 0],
  ['RESTIC_KEY_HINT', { RESTIC_PASSWORD: TEST_PASSWORD, RESTIC_KEY_HINT: 'abc' }, [], 0],
];

test.each(byEnvironment)('%s', (_what, env, args, status) => {
  expect(world.run(['snapshots', '-r', repository, ...args], { env }).status).toBe(status);
});

const places: [what: string, env: Variables, args: string[], status: number][] = [
  ['RESTIC_REPOSITORY', { RESTIC_REPOSITORY: repository }, [], 0],
  ['a relative location', { RESTIC_REPOSITORY: 'here' }, [], 0],
  ['local:', { RESTIC_REPOSITORY: 'local:here' }, [], 0],
  ['RESTIC_REPOSITORY_FILE', { RESTIC_REPOSITORY_FILE: 'where.txt' }, [], 0],
  ['both', { RESTIC_REPOSITORY: 'here', RESTIC_REPOSITORY_FILE: 'where.txt' }, [], 1],
  ['-r comes before the environment', { RESTIC_REPOSITORY_FILE: 'where.txt' }, ['-r', 'elsewhere'], 10],
  ['--repository-file', { RESTIC_REPOSITORY: 'elsewhere' }, ['--repository-file', 'where.txt'], 0],
  ['an empty file', {}, ['--repository-file', 'empty.txt'], 1],
  ['no file', {}, ['--repository-file', 'nothing.txt'], 1],
];

test.each(places)('the repository by %s', (_what, env, args, status) => {
  expect(world.run(['snapshots', ...args], { env: { RESTIC_PASSWORD: TEST_PASSWORD, ...env } }).status).toBe(status);
});

test('RESTIC_HOST names the host of backups and of filters', () => {
  const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: TEST_PASSWORD };
  const elsewhere = { env: { ...env, RESTIC_HOST: 'elsewhere' } };
  world.json(['backup', 'good.txt'], elsewhere);
  expect(world.json(['snapshots'], { env })).toMatchObject([{ hostname: 'elsewhere' }]);
  expect(world.json(['snapshots'], elsewhere)).toHaveLength(1);
  expect(world.json(['snapshots'], { env: { ...env, RESTIC_HOST: 'here' } })).toHaveLength(0);
  expect(world.json(['snapshots', '--host', 'elsewhere'], { env: { ...env, RESTIC_HOST: 'here' } })).toHaveLength(1);
});

test('options may stand before the command, as in restic', () => {
  const run = world.run(['-q', '-r', repository, 'snapshots', '--host', 'nobody', '-p', 'good.txt']);
  expect(run).toMatchObject({ status: 0, stderr: '', stdout: '0 snapshots\n' });
});

describe('what goes wrong with passwords is said without a secret', () => {
  const cases: [what: string, env: Variables, message: RegExp][] = [
    ['no file', { RESTIC_PASSWORD_FILE: 'nothing.txt' }, /The password file nothing\.txt cannot be read/],
    ['two ways', { RESTIC_PASSWORD_FILE: 'good.txt', RESTIC_PASSWORD_COMMAND: 'cat good.txt' }, /are both given/],
    ['no program', { RESTIC_PASSWORD_COMMAND: 'nosuchprogram topsecret' }, /"nosuchprogram" cannot be run/],
    [
      'a program that fails',
      { RESTIC_PASSWORD_COMMAND: `${node} fail.mjs topsecret` },
      /node(\.exe)?" ended with status 7/,
    ],
    ['half a quotation', { RESTIC_PASSWORD_COMMAND: 'echo "topsecret' }, /lacks a closing "/],
  ];
  test.each(cases)('%s', (_what, env, message) => {
    const run = world.run(['snapshots', '-r', repository], { env });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^cairn: [^\n]*\n$/);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain('topsecret');
  });
});
