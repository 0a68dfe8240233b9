import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cairn, cairnOk, commandLine } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository, createResticRepository } from '../helpers/localRepository.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const repository = join(root, 'repository');
const source = join(root, 'source');
const mounted = join(source, 'mounted');

interface StoredSnapshot {
  readonly id: string;
  readonly tree: string;
  readonly time: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly parent?: string;
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const parse = <T>(text: string) => JSON.parse(text) as T;
const own = (...args: string[]) => cairnOk(['-r', repository, ...args], { cwd: root });
const real = (...args: string[]) => restic(repository, args, { cwd: root });
const newest = () => parse<StoredSnapshot[]>(real('snapshots', '--json')).at(-1)!;
const hasOption = (command: string, option: string) =>
  execFileSync('restic', [command, '--help'], { encoding: 'utf8' }).includes(` ${option} `);

/** The snapshots that both make by the same words. */
function bothBackUp(...args: string[]): { ours: StoredSnapshot; theirs: StoredSnapshot } {
  real('backup', ...args);
  const theirs = newest();
  own('backup', ...args);
  return { ours: newest(), theirs };
}

beforeAll(async () => {
  await createResticRepository(repository);
  writeTree(source, {
    'a.txt': 'alpha\n',
    'B.TXT': 'beta\n',
    'large.bin': 'x'.repeat(5000),
    '.profile': 'x',
    'marked/.nobackup': 'not this\n',
    'marked/c.txt': 'gamma\n',
    'marked/deep/d.txt': 'delta\n',
    'names with spaces/e f.txt': 'epsilon\n',
  });
  mkdirSync(mounted);
  execFileSync('mount', ['-t', 'tmpfs', 'none', mounted]);
  writeFileSync(join(mounted, 'inside.txt'), 'elsewhere\n');
  writeFileSync(join(root, 'patterns'), '# all of these\n  source/*.txt \n\nsource/names*\n');
  writeFileSync(join(root, 'verbatim'), 'source/names with spaces\nsource/a.txt\n');
  writeFileSync(join(root, 'raw'), 'source/a.txt\0source/names with spaces\0');
});

afterAll(() => void execFileSync('umount', [mounted]));

test.each([
  ['--exclude-larger-than', '4K', 'source'],
  ['--exclude-larger-than', '1k', 'source/large.bin', 'source/a.txt'],
  ['--exclude-if-present', '.nobackup', 'source'],
  ['--exclude-if-present', '.nobackup:not', 'source'],
  ['--exclude-if-present', '.nobackup:other', 'source'],
  ['--exclude-if-present', '.nobackup', 'source/marked'],
  ['--iexclude', '*.txt', 'source'],
  ['-x', 'source'],
  ['--one-file-system', 'source', 'source/mounted'],
  ['--files-from', 'patterns'],
  ['--files-from-verbatim', 'verbatim'],
  ['--files-from-raw', 'raw', 'source/B.TXT'],
  ['-f', 'source'],
  ['--no-lock', 'source/a.txt'],
])('backup %s %s %s gives the same tree', (...args) => {
  const { ours, theirs } = bothBackUp(...args);
  expect(ours.tree).toBe(theirs.tree);
  expect(ours.paths).toEqual(theirs.paths);
  expect(ours.parent === undefined).toBe(args[0] === '-f');
});

const stream = ['--time', '2024-02-29 12:34:56', '--tag', 'stream'];

test('a stream is stored as restic stores it', () => {
  const content = Buffer.concat([Buffer.alloc(3_000_000, 'content of a dump\n'), Buffer.from('end')]);
  const args = ['backup', '--stdin', '--stdin-filename', 'dump.sql', ...stream];
  const env = { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, TZ: 'UTC' };
  const input = { input: content, env, cwd: root };
  expect(spawnSync('restic', ['--no-cache', '-r', repository, ...args], input).status).toBe(0);
  expect(spawnSync(process.execPath, [commandLine, '-r', repository, ...args], input).status).toBe(0);
  const [theirs, ours] = parse<StoredSnapshot[]>(real('snapshots', '--json', '--tag', 'stream'));
  const facts = ({ time, tree, paths, hostname }: StoredSnapshot) => ({ time, tree, paths, hostname });
  expect(facts(ours!)).toEqual(facts(theirs!));
  expect(real('dump', ours!.id, '/dump.sql')).toBe(content.toString());
  own('check', '--read-data');
});

test('a command is stored only if it succeeds', () => {
  own('backup', '--stdin-from-command', '--tag', 'command', '--', 'sh', '-c', 'echo printed');
  const [made] = parse<StoredSnapshot[]>(real('snapshots', '--json', '--tag', 'command'));
  expect(real('dump', made!.id, '/stdin')).toBe('printed\n');
  expect(made!.paths).toEqual(['/stdin']);
  const failed = cairn([
    '-r',
    repository,
    'backup',
    '--stdin-from-command',
    '--tag',
    'failed',
    '--',
    'sh',
    '-c',
    'echo half; exit 3',
  ]);
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain('"sh" ended with status 3');
  expect(cairn(['-r', repository, 'backup', '--stdin-from-command', '--', 'no-such-program']).stderr).toContain(
    'cannot be run',
  );
  expect(parse(real('snapshots', '--json', '--tag', 'failed')) ?? []).toEqual([]);
});

test('--host, --time and --group-by say what is recorded and compared', () => {
  own('backup', '-H', 'elsewhere', '--time', '2024-01-31 17:05:09', 'source/a.txt');
  const dated = parse<StoredSnapshot[]>(real('snapshots', '--json', '--host', 'elsewhere'))[0]!;
  expect(new Date(dated.time).getTime()).toBe(Date.UTC(2024, 0, 31, 17, 5, 9));
  if (!hasOption('backup', '--group-by')) return;
  for (const group of ['', 'host', 'paths', 'tags', 'host,paths,tags']) {
    const args = ['-g', group, '-H', 'third', '--tag', 'grouped', '--dry-run', '--json', 'source/a.txt'];
    const parentOf = (text: string) => /using parent snapshot (\w+)/.exec(text)?.[1];
    const theirs = parentOf(real('backup', ...args.filter((word) => word !== '--json')));
    const summary = parse<{ parent?: string }>(lines(own('backup', ...args)).at(-1)!);
    expect(summary.parent?.slice(0, 8)).toBe(theirs);
  }
});

test.each(['--ignore-ctime', '--ignore-inode'])('%s takes files for unchanged', (option) => {
  const folder = join(root, `changed${option}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), 'content\n');
  const count = (text: string) => parse<Record<string, number>>(lines(text).at(-1)!)['files_unmodified'];
  own('backup', folder);
  // The clock has to move on for a time of change to differ.
  execFileSync('sleep', ['0.1']);
  chmodSync(join(folder, 'file'), 0o600);
  chmodSync(join(folder, 'file'), 0o644);
  const readBytes = (...more: string[]) =>
    parse<Record<string, number>>(lines(own('backup', '--json', '--dry-run', ...more, folder)).at(-1)!)['bytes_read'];
  expect(readBytes()).toBe(8);
  expect(readBytes(option)).toBe(0);
  expect(count(real('backup', '--json', '--dry-run', option, folder))).toBe(1);
});

test('--compression and --pack-size say how packs are filled', () => {
  const content = readFileSync(commandLine, 'utf8');
  const random = execFileSync('head', ['-c', '20000000', '/dev/urandom'], { encoding: 'buffer', maxBuffer: 1 << 30 });
  writeTree(join(root, 'packs'), { 'text.txt': content });
  const packs = (...options: string[]) => {
    const folder = join(root, `repository${options.join('')}`);
    cairnOk(['init', '-r', folder]);
    cairnOk(['backup', '-r', folder, ...options, join(root, 'packs')]);
    restic(folder, ['check', '--read-data']);
    return readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, 'data', name)))
      .filter((stats) => stats.isFile())
      .map(({ size }) => size);
  };
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  const [off, auto, max] = ['off', 'auto', 'max'].map((mode) => sum(packs('--compression', mode)));
  expect(off).toBeGreaterThan(content.length);
  expect(auto).toBeLessThan(off!);
  expect(max).toBeLessThan(auto!);
  writeFileSync(join(root, 'packs/random.bin'), random);
  expect(Math.max(...packs('--pack-size', '16'))).toBeGreaterThan(16 * 1024 * 1024);
  const wrong = cairn(['init', '-r', join(root, 'none'), '--pack-size', '200']);
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('from 4 to 128')]);
});

test('--insecure-no-password is an empty password', () => {
  const folder = join(root, 'open');
  const env = { RESTIC_PASSWORD: undefined };
  cairnOk(['init', '-r', folder, '--insecure-no-password'], { env });
  writeFileSync(join(root, 'empty'), '');
  // restic 0.14 takes no empty password, wherever it comes from.
  if (hasOption('snapshots', '--insecure-no-password'))
    execFileSync('restic', ['--no-cache', '-r', folder, '--insecure-no-password', 'snapshots'], {
      env: { ...process.env, RESTIC_PASSWORD: '', RESTIC_REPOSITORY: '' },
    });
  expect(cairn(['-r', folder, '--insecure-no-password', '-p', join(root, 'empty'), 'snapshots'], { env }).status).toBe(
    1,
  );
  cairnOk(
    ['-r', folder, '--insecure-no-password', 'key', 'add', '--new-insecure-no-password', '--user', 'u', '--host', 'h'],
    {
      env,
    },
  );
  const keys = cairnOk(['-r', folder, '--insecure-no-password', 'key', 'list'], { env });
  expect(keys).toMatch(/ u +h /);
});

test('find looks for blobs, trees and packs as restic does', () => {
  own('backup', 'source');
  const { id, tree } = newest();
  const { nodes } = parse<{ nodes: { subtree: string }[] }>(real('cat', 'blob', tree));
  const sourceTree = nodes[0]!.subtree;
  const files = parse<{ nodes: { name: string; content: string[] }[] }>(real('cat', 'blob', sourceTree)).nodes;
  const blob = files.find(({ name }) => name === 'large.bin')!.content[0]!;
  const same = (...args: string[]) => {
    const ours = parse<Record<string, unknown>[]>(own('find', '--json', '-s', id, ...args));
    const theirs = parse<Record<string, unknown>[] | null>(real('find', '--json', '-s', id, ...args)) ?? [];
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(0);
  };
  same('--blob', blob);
  same('--blob', blob.slice(0, 8));
  same('--tree', sourceTree);
  const pack = /belongs to pack (\w{64})/.exec(own('find', '--blob', '--show-pack-id', blob))![1]!;
  expect(real('find', '--blob', '--show-pack-id', blob)).toContain(pack);
  same('--pack', pack);
  expect(cairn(['-r', repository, 'find', '--pack', 'ffffffff']).stderr).toContain('No index lists the pack ffffffff');
  const times = parse<{ snapshot: string }[]>(own('find', '--json', '-R', 'large.bin')).map(({ snapshot }) => snapshot);
  expect(times).toEqual(
    parse<{ snapshot: string }[]>(own('find', '--json', 'large.bin'))
      .map((hit) => hit.snapshot)
      .toReversed(),
  );
});

test('ls sorts, and writes what ncdu reads, as restic does', () => {
  own('backup', 'source');
  if (!hasOption('ls', '--ncdu')) return;
  const listed = (text: string) => lines(text).filter((line) => line.startsWith('/'));
  for (const mode of hasOption('ls', '--reverse') ? ['name', 'size', 'time', 'mtime', 'ctime', 'extension'] : []) {
    for (const more of [[], ['--reverse']])
      expect(listed(own('ls', 'latest', '-s', mode, ...more))).toEqual(
        listed(real('ls', 'latest', '-s', mode, ...more)),
      );
  }
  const entries = (text: string) => parse<unknown[]>(text)[3];
  expect(entries(own('ls', '--ncdu', 'latest'))).toEqual(entries(real('ls', '--ncdu', 'latest')));
});

test('restore --overwrite leaves what restic leaves', () => {
  own('backup', 'source/a.txt', 'source/B.TXT', 'source/large.bin');
  const modes = hasOption('restore', '--overwrite') ? ['always', 'if-changed', 'if-newer', 'never'] : [];
  for (const mode of modes) {
    const folders = ['ours', 'theirs'].map((name) => join(root, mode, name));
    for (const folder of folders) {
      writeTree(join(folder, 'source'), {
        'a.txt': 'other and newer\n',
        'B.TXT': 'other, but older\n',
        'large.bin': 'y'.repeat(5000),
      });
      utimesSync(join(folder, 'source/B.TXT'), 1, 1);
      const { mtime } = statSync(join(source, 'large.bin'));
      appendFileSync(join(folder, 'source/large.bin'), '');
      utimesSync(join(folder, 'source/large.bin'), mtime, mtime);
      utimesSync(join(folder, 'source/a.txt'), 4e9, 4e9);
    }
    own('restore', 'latest', '-t', folders[0]!, '--overwrite', mode);
    real('restore', 'latest', '-t', folders[1]!, '--overwrite', mode);
    const [ours, theirs] = folders.map((folder) =>
      ['a.txt', 'B.TXT', 'large.bin'].map((name) => readFileSync(join(folder, 'source', name), 'utf8').slice(0, 20)),
    );
    expect(ours, mode).toEqual(theirs);
  }
});

test('forget takes the letters of its rules, and all that pass a filter', async () => {
  const folder = join(root, 'forgotten');
  await createLocalRepository(folder);
  for (const day of ['01', '02', '03'])
    cairnOk(['backup', '-r', folder, '--time', `2024-01-${day} 10:00:00`, '--tag', 'x', join(source, 'a.txt')]);
  const removed = (text: string) =>
    parse<{ remove: { id: string }[] | null }[]>(lines(text).find((line) => line.startsWith('['))!).flatMap(
      ({ remove }) => (remove ?? []).map(({ id }) => id),
    );
  for (const rule of ['-l', '-H', '-d', '-w', '-m', '-y'])
    expect(
      removed(cairnOk(['forget', '-r', folder, rule, '1', '-g', 'host', '-c', '--dry-run', '--no-lock', '--json'])),
    ).toEqual(removed(restic(folder, ['forget', rule, '1', '-g', 'host', '--dry-run', '--json'])));
  expect(cairn(['forget', '-r', folder, '-l', '1', '--no-lock']).stderr).toContain('works with --dry-run only');
  expect(cairn(['forget', '-r', folder, '--unsafe-allow-remove-all']).status).toBe(1);
  cairnOk(['forget', '-r', folder, '--unsafe-allow-remove-all', '--tag', 'x']);
  expect(parse(restic(folder, ['snapshots', '--json'])) ?? []).toEqual([]);
});

test('--verbose takes a level, and check a size to read', () => {
  const count = (option: string) => lines(own('backup', '--dry-run', option, 'source')).length;
  expect(count('--verbose=2')).toBe(count('-vv'));
  expect(count('--verbose=2')).toBeGreaterThan(count('--verbose=0'));
  expect(own('check', '--read-data-subset', '1K', '--with-cache')).toContain('read ');
});

test('ways of naming what to back up that contradict each other are refused', () => {
  const refused = (...args: string[]) => cairn(['-r', repository, 'backup', ...args], { cwd: root }).stderr;
  expect(refused()).toContain('Say what to back up');
  expect(refused('--stdin', 'source')).toContain('leave out the paths');
  expect(refused('--stdin', '--files-from', 'patterns')).toContain('--files-from');
  expect(refused('--stdin-from-command')).toContain('Say which command');
  expect(refused('--stdin', '--stdin-filename', 'a/b')).toContain('without a folder');
  expect(refused('--files-from-raw', 'verbatim')).toContain('zero byte');
  expect(refused('--files-from', 'missing')).toContain('cannot be read');
});
