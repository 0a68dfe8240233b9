/** Extended attributes that a restore could not set are set by the next one that can. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { RestoreResult } from '../../src/engine/restore/restoreRun.ts';
import { bundle } from '../helpers/bundle.ts';
import { Craft } from '../helpers/craftRepository.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

let childFile: string;
let threadFile: string;
beforeAll(() => {
  childFile = bundle('test/helpers/restoreChild.ts');
  threadFile = bundle('src/worker/codecThread.ts');
  for (const file of [childFile, threadFile]) chmodSync(join(file, '..'), 0o755);
});

const value = (text: string) => Buffer.from(text).toString('base64');

async function makeFiles(craft: Craft) {
  const attributes = (text: string) => ({
    extendedAttributes: [
      { name: 'user.plain', value: value(text) },
      { name: 'user.odd=\n\\ä', value: value('') },
    ],
  });
  return [
    await craft.file('file', 'x', attributes('of the file')),
    await craft.file('locked', 'x', { mode: 0o444, ...attributes('of the locked one') }),
    await craft.file('without', 'x'),
    { ...(await craft.folder('folder', [])), ...attributes('of the folder') },
  ];
}

/** `user::rw-,user:12:rwx,group::r--,mask::rwx,other::r--` */
const accessList = {
  name: 'system.posix_acl_access',
  value: 'AgAAAAEABgD/////AgAHAAwAAAAEAAQA/////xAABwD/////IAAEAP////8=',
};

/** The same with `user::rwx`. */
const folderList = { ...accessList, value: accessList.value.replace('EABgD', 'EABwD') };

async function createScene(makeNodes = makeFiles) {
  const folder = tempFolder();
  chmodSync(folder, 0o755);
  const location = join(folder, 'repository');
  const craft = await Craft.create(location);
  await craft.snapshot(await makeNodes(craft));
  execFileSync('chmod', ['-R', 'a+rX', location]);
  const destination = join(folder, 'destination');
  mkdirSync(destination);
  if (isRoot) chownSync(destination, nobody, nobody);
  const programs = join(folder, 'no programs');
  mkdirSync(programs);
  const run = (path = process.env['PATH']) => {
    const args = [resolve(childFile), location, JSON.stringify({ destination }), threadFile];
    const user = isRoot ? { uid: nobody, gid: nobody } : {};
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: '/', env: { PATH: path }, ...user });
    return (JSON.parse(output) as { result: RestoreResult }).result;
  };
  return { work: join(destination, 'work'), run, runWithout: () => run(programs) };
}

const show = (path: string) =>
  execFileSync('getfattr', ['--absolute-names', '-d', '-m', '-', '-e', 'base64', path], { encoding: 'utf8' });

test('once the programs are there', async () => {
  const { work, run, runWithout } = await createScene();
  const first = runWithout();
  expect(first).toMatchObject({ problems: [], files: 3 });
  expect(first.warnings).toEqual([
    expect.stringMatching(
      /^Files and folders that did not get .*: 3; .* Install the package "attr" and restore again\.$/,
    ),
  ]);
  expect(show(join(work, 'file'))).toBe('');
  // Of what it did not write, nobody can tell.
  expect(runWithout()).toMatchObject({ problems: [], warnings: [], unchanged: 3 });
  expect(run()).toMatchObject({ problems: [], warnings: [], unchanged: 3 });
  expect(show(join(work, 'file'))).toContain(`user.plain=0s${value('of the file')}\n`);
  expect(show(join(work, 'locked'))).toContain(`user.plain=0s${value('of the locked one')}\n`);
  expect(show(join(work, 'without'))).toBe('');
  expect(show(join(work, 'folder'))).toContain(`user.plain=0s${value('of the folder')}\n`);
  expect(lstatSync(join(work, 'locked')).mode & 0o777).toBe(0o444);

  const before = ['file', 'locked'].map((name) => lstatSync(join(work, name), { bigint: true }).ctimeNs);
  expect(run()).toMatchObject({ problems: [], warnings: [], unchanged: 3 });
  // Those that have them already are not touched.
  expect(['file', 'locked'].map((name) => lstatSync(join(work, name), { bigint: true }).ctimeNs)).toEqual(before);

  expect(runWithout()).toMatchObject({ problems: [], warnings: [], unchanged: 3 });
  expect(show(join(work, 'folder'))).toContain(`user.plain=0s${value('of the folder')}\n`);

  execFileSync('setfattr', ['-n', 'user.plain', '-v', 'another', join(work, 'file')]);
  expect(run()).toMatchObject({ problems: [], warnings: [] });
  expect(show(join(work, 'file'))).toContain(`user.plain=0s${value('of the file')}\n`);
});

test('an access control list that cannot be set leaves no wider mode behind', async () => {
  const withList = { extendedAttributes: [accessList] };
  const { work, run, runWithout } = await createScene(async (craft) => [
    await craft.file('file', 'x', { mode: 0o674, ...withList }),
    {
      ...(await craft.folder('folder', [await craft.file('inner', 'y')])),
      mode: 2 ** 31 + 0o774,
      extendedAttributes: [folderList],
    },
  ]);
  const modes = () => ['file', 'folder'].map((name) => (lstatSync(join(work, name)).mode & 0o777).toString(8));
  const first = runWithout();
  expect(modes()).toEqual(['644', '744']);
  expect(first.warnings).toContainEqual(
    expect.stringMatching(/^Files and folders that lack their access control list: 2\./),
  );
  expect(runWithout()).toMatchObject({ unchanged: 2, metadata: 0, files: 0, warnings: [] });
  expect(modes()).toEqual(['644', '744']);

  expect(run()).toMatchObject({ problems: [], warnings: [] });
  expect(show(join(work, 'file'))).toContain(`${accessList.name}=0s${accessList.value}`);
  expect(modes()).toEqual(['674', '774']);

  // Spoiled, and mended again.
  chmodSync(join(work, 'file'), 0o600);
  expect(run()).toMatchObject({ problems: [], warnings: [] });
  expect(show(join(work, 'file'))).toContain(`${accessList.name}=0s${accessList.value}`);
  expect(modes()).toEqual(['674', '774']);
});
