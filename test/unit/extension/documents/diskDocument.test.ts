import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decodeRaw } from '../../../../src/base/rawName.ts';
import { readOnDisk, statOnDisk } from '../../../../src/extension/documents/diskDocument.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const root = tempFolder();
const folder = join(root, 'workspace');
const oddName = Buffer.from([0x6f, 0x64, 0x64, 0xff]);

beforeAll(() => {
  for (const name of ['workspace/inner', 'outside', 'workspace-too']) mkdirSync(join(root, name), { recursive: true });
  for (const path of ['workspace/plain', 'workspace/inner/deep', 'outside/secret', 'workspace-too/secret']) {
    writeFileSync(join(root, path), path);
  }
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), oddName]), 'odd');
  symlinkSync('../outside/secret', join(folder, 'link'));
  symlinkSync('../outside', join(folder, 'way-out'));
  symlinkSync('inner', join(folder, 'way-in'));
  symlinkSync('workspace', join(root, 'another-way'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});

const read = async (path: string, folders = [folder], most = 1000) => {
  const found = await readOnDisk(path, folders, most);
  return typeof found === 'string' ? { refused: found } : Buffer.from(found).toString();
};

test.each([
  ['a plain file', 'plain', 'workspace/plain'],
  ['one in a folder', 'inner/deep', 'workspace/inner/deep'],
  ['one behind a link that stays inside', 'way-in/deep', 'workspace/inner/deep'],
  ['one whose name is not UTF-8', decodeRaw(oddName), 'odd'],
  ['where a link leads, which is not followed', 'link', '../outside/secret'],
])('%s is shown', async (_what, path, content) => {
  expect(await read(join(folder, path))).toBe(content);
  expect(await statOnDisk(join(folder, path), [folder])).toMatchObject({ size: content.length });
});

test('a workspace folder may itself be reached by a link', async () => {
  const linked = join(root, 'another-way');
  expect(await read(join(linked, 'plain'), [linked])).toBe('workspace/plain');
});

test.each([
  ['a file elsewhere', join(root, 'outside/secret')],
  ['a file of a folder whose name begins alike', join(root, 'workspace-too/secret')],
  ['a way up', `${folder}/../outside/secret`],
  ['a way up through a folder', `${folder}/inner/../../outside/secret`],
  ['what is behind a link that leads out', join(folder, 'way-out/secret')],
  ['a device', '/dev/zero'],
  ['a pipe', join(folder, 'pipe')],
  ['a folder', join(folder, 'inner')],
])('%s is not', async (_what, path) => {
  expect(await read(path)).toEqual({ refused: 'outside' });
  expect(await statOnDisk(path, [folder])).toBe('outside');
});

test('no device is shown even where it is in the workspace', async () => {
  expect(await read('/dev/zero', ['/dev'])).toEqual({ refused: 'outside' });
  expect(await read('/dev/zero', ['/'])).toEqual({ refused: 'outside' });
});

test('what is larger than it may be is not read, whatever it claims', async () => {
  expect(await read(join(folder, 'plain'), [folder], 3)).toEqual({ refused: 'too-large' });
  expect(await read('/proc/self/pagemap', ['/proc/self'])).toEqual({ refused: 'too-large' });
});

test('without folders nothing is shown, and what is missing is an error of the system', async () => {
  expect(await read(join(folder, 'plain'), [])).toEqual({ refused: 'outside' });
  await expect(read(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});
