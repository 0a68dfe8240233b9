/** The package of the command line for npm: packed and installed as npm does it, without a registry. */
import { execFileSync, execSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

type Packed = [{ readonly filename: string; readonly files: { readonly path: string }[] }];

const root = tempFolder();
const env = { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, RESTIC_REPOSITORY: join(root, 'repository') };
const options = { cwd: root, env, encoding: 'utf8' } as const;

function run(command: string, ...args: string[]): string {
  if (!isWindows) return execFileSync(command, args, options).trim();
  // npm and what it installs are scripts there, which a shell runs; folders of Windows have spaces in their names.
  return execSync([command, ...args].map((word) => `"${word}"`).join(' '), options).trim();
}

test('it installs by itself, and backs up and restores', () => {
  run(process.execPath, join(process.cwd(), 'build/npmPackage.mts'), join(root, 'assembled'));
  const packed = JSON.parse(run('npm', 'pack', '--json', './assembled')) as Packed;
  const [{ filename, files }] = packed;
  expect(files.map(({ path }) => path).sort()).toEqual(
    [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'licenses.txt', 'package.json'],
      ...['cli.js', 'codec.js', 'mcp.js', 'walk.js'],
    ].sort(),
  );
  run('npm', 'install', '--prefix', 'installed', '--offline', '--no-audit', '--no-fund', `./${filename}`);

  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const manifest = JSON.parse(readFileSync(join(root, 'assembled/package.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({ name: 'cairn-backup', version, bin: { cairn: 'cli.js' } });
  expect(manifest).not.toHaveProperty('private');
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('devDependencies');
  expect(manifest).not.toHaveProperty('scripts');

  const cairn = join(root, 'installed/node_modules/.bin', isWindows ? 'cairn.cmd' : 'cairn');
  expect(run(cairn, '--version')).toContain(version);
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'a.txt'), 'one\n');
  run(cairn, 'init');
  run(cairn, 'backup', source);
  // The second one has a parent, with which another thread walks ahead.
  writeFileSync(join(source, 'b.txt'), 'two\n');
  run(cairn, 'backup', source);
  run(cairn, 'restore', `latest:${source}`, '--target', join(root, 'restored'));
  expect(['a.txt', 'b.txt'].map((name) => readFileSync(join(root, 'restored', name), 'utf8'))).toEqual([
    'one\n',
    'two\n',
  ]);
});
