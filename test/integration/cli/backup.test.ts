import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { version } from '../../../package.json';
import { isWindows } from '../../../src/disk/system.ts';
import { commandLine } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
writeTree(source, {
  'a.txt': 'alpha',
  'b/c.txt': 'gamma',
  'b/skip.log': 'log',
  'node_modules/x.js': 'x',
  '.gitignore': 'ignored\n',
  ignored: 'i',
  '.env': 'secret',
});

test('the default repository is made at the first backup, for its owner alone', () => {
  const run = world.run(['backup', source]);
  expect(run.status).toBe(0);
  expect(run.stderr).toContain('created the repository');
  expect(run.stderr).not.toContain(world.password());
  for (const name of ['password', 'repository', 'repository/keys']) {
    const { mode } = statSync(join(world.repository, '..', name));
    if (!isWindows) expect([name, mode & 0o077]).toEqual([name, 0]);
  }
  expect(world.password()).toMatch(/^[\w-]{43}$/);
  expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
  const second = world.run(['backup', source]);
  expect(second.stderr).toBe('');
  expect(second.stdout).toMatch(/^Files: +0 new, 0 changed, 7 unchanged$/m);
});

test('the version is that of the package', () => {
  expect(world.run(['--version']).stdout).toBe(`${version}\n`);
  const [snapshot] = JSON.parse(world.restic('snapshots', '--json', 'latest')) as { program_version: string }[];
  // restic 0.14 does not print it; ours does.
  expect(world.json(['snapshots', 'latest'])[0]).toMatchObject({ program_version: `cairn ${version}` });
  expect(snapshot).toBeDefined();
});

test('the summary has the fields that programs for restic read', () => {
  writeFileSync(join(source, 'a.txt'), 'alpha again');
  const [summary, ...rest] = world.json([
    'backup',
    source,
    '--tag',
    'x,y',
    '--tag',
    'z',
    '--host',
    'elsewhere',
    '--parent',
    'latest',
  ]);
  expect(rest).toEqual([]);
  expect(summary).toMatchObject({
    message_type: 'summary',
    files_new: 0,
    files_changed: 1,
    files_unmodified: 6,
    data_blobs: 1,
    bytes_read: 11,
    total_files_processed: 7,
    total_duration: expect.any(Number) as number,
    snapshot_id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    parent: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(JSON.parse(world.restic('snapshots', '--json', 'latest', '--host', 'elsewhere'))).toMatchObject([
    { hostname: 'elsewhere', tags: ['cairn', 'manual', 'x', 'y', 'z'], paths: [source] },
  ]);
});

describe('what is left out', () => {
  test('is what the options say, and is on record', () => {
    writeFileSync(join(world.root, 'excludes.txt'), '# a comment\n\n*.log\n');
    const rules = ['--exclude', 'node_modules', '--exclude-file', 'excludes.txt', '--use-ignore-files'];
    const run = world.run(['backup', source, ...rules, '--always-include', '.env', '-v']);
    expect(run.stdout).toContain(`left out   ${join(source, 'b/skip.log')} (exclude: *.log)\n`);
    expect(run.stdout).toContain(`left out   ${join(source, 'ignored')} (gitignore: `);
    expect(world.run(['ls', 'latest', source, '-R']).stdout).not.toMatch(/node_modules|skip\.log|ignored/);
    expect(world.json(['snapshots', 'latest'])[0]).toMatchObject({ excludes: ['node_modules', '*.log'] });
  });

  test('by patterns that matched nothing is told, whoever walks', () => {
    const folder = join(world.root, 'patterns');
    writeTree(folder, { 'a.txt': 'a', 'b/c.log': 'c' });
    const rules = ['-e', '*.log', '-e', 'nothing', '--iexclude', 'A.TXT', '--iexclude', 'b/none'];
    const said = 'nothing matched 2 patterns: ‘nothing’, ‘b/none’\n';
    // The first time the backup walks itself, then a thread does.
    for (const parent of ['none', 'latest']) {
      expect(world.run(['backup', folder, '--parent', parent, ...rules]).stderr).toBe(said);
      expect(world.json(['backup', folder, '--parent', parent, ...rules])[0]).toMatchObject({
        unmatched_patterns: ['nothing', 'b/none'],
      });
    }
    expect(world.run(['backup', folder, '--quiet', ...rules]).stderr).toBe('');
    expect(world.json(['backup', folder, '-e', '*.log'])[0]).not.toHaveProperty('unmatched_patterns');
    expect(world.run(['diff', 'latest', '-e', '*.log', '-e', 'gone']).stderr).toBe(
      'nothing matched 1 pattern: ‘gone’\n',
    );
    const copy = join(world.root, 'mirrored');
    expect(world.run(['mirror', folder, copy, '-e', 'gone']).stderr).toBe('nothing matched 1 pattern: ‘gone’\n');
    expect(world.run(['duplicates', folder, '-e', 'gone']).stderr).toBe('nothing matched 1 pattern: ‘gone’\n');
  });

  test('may be what was named, which is told, but not all of it', () => {
    const folder = join(world.root, 'named');
    writeTree(folder, { 'a.txt': 'a', 'b.log': 'b' });
    const named = [join(folder, 'a.txt'), join(folder, 'b.log')];
    const run = world.run(['backup', ...named, '-e', '*.log']);
    expect(run).toMatchObject({ status: 0, stderr: `warning: The excludes leave out ${named[1]} (*.log).\n` });
    expect(world.run(['ls', 'latest', folder]).stdout).not.toContain('b.log');
    const before = world.run(['snapshots']).stdout;
    const refused = world.run(['backup', folder, '-e', 'named']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`the excludes leave out all that was to be backed up (${folder} by ‘named’)`);
    expect(world.run(['backup', folder, '-e', 'a[']).stderr).toContain('The pattern ‘a[’ cannot be used');
    expect(world.run(['snapshots']).stdout).toBe(before);
  });

  test('follows the rules of the editor with --workspace', () => {
    world.json(['backup', source, '--workspace']);
    const names = world.run(['ls', 'latest', source]).stdout;
    expect(names).toContain('/.env\n');
    expect(names).not.toMatch(/node_modules|ignored/);
  });

  test('is the repository itself', () => {
    const run = world.run(['backup', world.root, '-v']);
    expect(run.status).toBe(0);
    expect(run.stdout).toContain(`left out   ${world.repository} (target: backups are stored here)\n`);
    expect(world.run(['ls', 'latest']).stdout).not.toContain('/repository/');
  });
});

test('-v lists what is new or changed, -vv also what is not', () => {
  const folder = join(world.root, 'listed');
  writeTree(folder, { one: '1', two: '2' });
  const changes = (flag: string) =>
    world
      .json(['backup', folder, flag])
      .filter((line) => line.message_type === 'verbose_status' && !/^$|\/$/.test(String(line['item'])))
      .map((line) => [line['action'], line['item']]);
  expect(changes('-v')).toEqual([
    ['new', join(folder, 'one')],
    ['new', join(folder, 'two')],
  ]);
  expect(changes('-v')).toEqual([]);
  expect(changes('-vv')).toContainEqual(['unchanged', join(folder, 'two')]);
  expect(world.run(['backup', folder, '--quiet']).stdout).toBe('');
});

test('a dry run writes nothing', () => {
  const before = world.run(['snapshots']).stdout;
  writeFileSync(join(source, 'new.txt'), 'n');
  const run = world.run(['backup', source, '--dry-run', '-v']);
  expect(run.stdout).toContain(`new        ${join(source, 'new.txt')}\n`);
  expect(run.stdout).toContain('dry run: nothing was written\n');
  expect(world.run(['snapshots']).stdout).toBe(before);
  expect(world.json(['backup', source, '-n']).at(-1)).toMatchObject({ message_type: 'summary', dry_run: true });
});

test('--skip-if-unchanged makes no snapshot when there is nothing new', () => {
  // From inside, so that the times of folders above do not count.
  const inside = { cwd: source };
  world.json(['backup', '.'], inside);
  const before = world.json(['snapshots']).length;
  expect(world.run(['backup', '.', '--skip-if-unchanged'], inside).stdout).toContain('no snapshot was made');
  expect(world.json(['snapshots'])).toHaveLength(before);
});

test('--if-older-than waits for the last backup of that kind to grow old', () => {
  const folder = join(world.root, 'scheduled');
  writeTree(folder, { a: 'a' });
  const scheduled = ['backup', folder, '--trigger', 'schedule', '--if-older-than', '1h'];
  world.json(['backup', folder]);
  expect(world.json(scheduled).at(-1)).toHaveProperty('snapshot_id');
  expect(world.json(scheduled)).toEqual([{ message_type: 'not_due' }]);
  expect(world.run(scheduled).stdout).toContain('nothing to do');
});

test('names that are not UTF-8 come in, are stored, and come out again', () => {
  const script = `
    mkdir "$(printf 'odd\\377folder')" && cd "$(printf 'odd\\377folder')" && touch x && "$0" "$1" backup . -q
    mkdir ../odd && cd ../odd && printf content > "$(printf 'f\\376\\nx')"
    "$0" "$1" backup . && "$0" "$1" cat "$(printf 'latest:f\\376\\nx')" && "$0" "$1" history --json "$(printf 'f\\376\\nx')"`;
  const run = spawnSync('sh', ['-ec', script, process.execPath, commandLine], {
    cwd: world.root,
    env: { ...process.env, ...world.env },
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(run.stdout).toContain('saved\ncontent{');
  expect(run.stdout).toContain(String.raw`"path":"/f\udcfe\nx"`);
  expect(world.run(['ls', 'latest']).stdout).toBe('/f\ufffd\\x0ax\n');
});

test('of a home folder, what each backup changes itself is left out', () => {
  const home = join(world.repository, '..');
  expect(world.run(['backup', home]).status).toBe(0);
  expect(readdirSync(join(home, 'standing'))).not.toEqual([]);
  const [second] = world.json(['backup', home, '--tag', 'home']);
  expect(second).toMatchObject({ files_new: 0, files_changed: 0 });
  expect(world.run(['ls', 'latest', '--tag', 'home']).stdout).toMatch(/\/password\n$/);
});
