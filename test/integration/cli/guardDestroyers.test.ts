/** What deletes a home with all rights of its owner, and what is left of the backups in it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cairn, cairnOk, shareProgram } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { randomBytes } from '../../helpers/random.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

shareProgram();
/** Modes do not bind root. */
const USER = 65_534;

/** Each runs in the home, and may fail: what it could not delete, it says. */
const destroyers: Readonly<Record<string, readonly string[]>> = {
  'rm -rf of the home': ['sh', '-c', 'rm -rf "$HOME"'],
  'rm -rf of all that is in it, by name': ['sh', '-c', 'rm -rf "$HOME"/* "$HOME"/.[!.]*'],
  'find -delete': ['sh', '-c', 'find "$HOME" -delete'],
  'git clean': ['sh', '-c', 'git init -q && git clean -q -ffdx'],
  "Python's rmtree": ['python3', '-c', 'import os, shutil; shutil.rmtree(os.environ["HOME"], ignore_errors=True)'],
  "Node's rm": [
    'node',
    '-e',
    `const { rmSync, readdirSync } = require('node:fs');
     const { HOME } = process.env;
     for (const name of readdirSync(HOME)) {
       try { rmSync(HOME + '/' + name, { recursive: true, force: true }); } catch (error) { console.error(error.message); }
     }`,
  ],
  'mv of all that is in it': ['sh', '-c', 'mv "$HOME"/* "$HOME"/.[!.]* "$TRASH"'],
  'emptying every file that may be written to': [
    'sh',
    '-c',
    `find "$HOME" -type f -writable -exec sh -c ': > "$1"' _ {} ';'; rm -rf "$HOME/.local/share/cairn/repository"`,
  ],
};

/** A home with a backup of a project in it, and a copy of that project where nobody destroys it. */
function createHome() {
  const root = tempFolder();
  const [home, trash, original] = [join(root, 'home'), join(root, 'trash'), join(root, 'original')];
  const own = join(home, '.local/share/cairn');
  writeTree(original, { 'a.txt': 'a', 'sub/b.bin': randomBytes('guarded', 3_000_000), 'sub/c.txt': 'c' });
  for (const folder of [home, trash]) mkdirSync(folder);
  cpSync(original, join(home, 'project'), { recursive: true });
  for (const folder of [root, home, trash]) chmodSync(folder, 0o755);
  const owned = spawnSync('chown', ['-R', `${USER}:${USER}`, home, trash]);
  if (owned.status !== 0) throw new Error('These tests need root.');
  const env = {
    HOME: home,
    TRASH: trash,
    XDG_DATA_HOME: join(home, '.local/share'),
    CAIRN_GUARD: undefined,
    RESTIC_PASSWORD: undefined,
  };
  const asUser = { uid: USER, cwd: home, env };
  return {
    home,
    root,
    original,
    repository: join(own, 'repository'),
    passwordFile: join(own, 'password'),
    guards: join(home, '.cairn-guard'),
    asUser,
    destroy: ([program, ...args]: readonly string[]) => {
      const { error, stderr } = spawnSync(program === 'node' ? process.execPath : program!, args, {
        cwd: home,
        uid: USER,
        gid: USER,
        env: { PATH: process.env['PATH'], ...env },
        encoding: 'utf8',
      });
      if (error) throw error;
      return stderr;
    },
    /** The real restic on the default repository, in which it may not write. */
    restic: (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(
        'restic',
        ['-r', join(own, 'repository'), '--password-file', join(own, 'password'), '--no-cache', ...args],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
      return stdout;
    },
  };
}

describe('the default repository comes back whole after', () => {
  test.each(Object.entries(destroyers))('%s', (_name, destroyer) => {
    const { home, root, original, repository, passwordFile, asUser, destroy, restic } = createHome();
    cairnOk(['backup', 'project'], asUser);
    writeTree(join(home, 'project'), { 'later.txt': 'later' });
    writeTree(original, { 'later.txt': 'later' });
    cairnOk(['backup', 'project'], asUser);
    destroy(destroyer);
    expect(existsSync(join(repository, 'config'))).toBe(false);
    expect(cairn(['guard', 'status', '-q'], asUser)).toMatchObject({ status: 1 });
    expect(cairn(['guard', 'recover'], asUser)).toMatchObject({ status: 0 });
    expect(restic('check', '--read-data')).toContain('no errors were found');
    expect(statSync(passwordFile).mode & 0o777).toBe(0o600);
    expect(cairn(['guard', 'status'], asUser)).toMatchObject({ status: 0 });
    const target = join(root, 'restored');
    restic('restore', 'latest', '--target', target);
    expect(spawnSync('diff', ['-r', join(target, 'project'), original]).status).toBe(0);
    // The next backup goes on where the last one ended.
    cairnOk(['backup', original], asUser);
    expect(JSON.parse(cairnOk(['snapshots', '--json'], asUser))).toHaveLength(3);
  });
});

test('a backup finds the default repository gone and brings it back by itself', () => {
  const { home, asUser, destroy, passwordFile, guards } = createHome();
  cairnOk(['backup', 'project'], asUser);
  const password = readFileSync(passwordFile, 'utf8');
  destroy(['sh', '-c', 'rm -rf "$HOME/.local"']);
  const { status, stderr } = cairn(['backup', 'project'], asUser);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining(`was gone. It is back, from its guard ${guards}`) as string,
  });
  expect(readFileSync(passwordFile, 'utf8')).toBe(password);
  expect(JSON.parse(cairnOk(['snapshots', '--json'], asUser))).toHaveLength(2);
  expect(existsSync(join(home, '.local/share/cairn/repository.lock'))).toBe(false);
});

test('a guard whose folder was renamed is found by its new name', () => {
  const { asUser, destroy, restic } = createHome();
  cairnOk(['backup', 'project'], asUser);
  destroy(['sh', '-c', 'mv "$HOME/.cairn-guard" "$HOME/elsewhere"; rm -rf "$HOME/.local"']);
  expect(cairn(['guard', 'recover'], asUser)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--from') as string,
  });
  cairnOk(['guard', 'recover', '--from', 'elsewhere'], asUser);
  expect(restic('check', '--read-data')).toContain('no errors were found');
});
