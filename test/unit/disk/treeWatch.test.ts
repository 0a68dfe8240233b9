import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TreeWatch } from '../../../src/disk/treeWatch.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const open: TreeWatch[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

function watchTree(root: string, isLeftOut: (folder: string) => boolean = () => false) {
  const heard: string[] = [];
  const watch = new TreeWatch(root, {
    isLeftOut,
    onChange: (path, isGone) => heard.push(`${isGone ? '-' : '+'} ${path}`),
    onTrouble: (message) => heard.push(message),
  });
  open.push(watch);
  return { watch, heard };
}

test('hears of changes at every depth, in folders that are new and in those that were renamed', async () => {
  const root = tempFolder();
  writeTree(root, { 'a/b/c.txt': 'c' });
  const { heard } = watchTree(root);
  writeFileSync(join(root, 'a/b/c.txt'), 'changed');
  await expect.poll(() => heard).toContain(`+ ${join(root, 'a/b/c.txt')}`);
  mkdirSync(join(root, 'a/new/er'), { recursive: true });
  await expect.poll(() => heard).toContain(`+ ${join(root, 'a/new')}`);
  writeFileSync(join(root, 'a/new/er/d.txt'), 'd');
  await expect.poll(() => heard.join('\n')).toMatch(/a.new(.er.d\.txt)?$/m);
  renameSync(join(root, 'a'), join(root, 'z'));
  await expect.poll(() => heard).toContain(`- ${join(root, 'a')}`);
  writeFileSync(join(root, 'z/b/c.txt'), 'again');
  await expect.poll(() => heard).toContain(`+ ${join(root, 'z/b/c.txt')}`);
  rmSync(join(root, 'z/b/c.txt'));
  await expect.poll(() => heard).toContain(`- ${join(root, 'z/b/c.txt')}`);
});

test('hears nothing after its end, and of what is left out only after that is looked at again', async () => {
  const root = tempFolder();
  writeTree(root, { 'out/a.txt': 'a' });
  let isOut = true;
  const { watch, heard } = watchTree(root, (folder) => isOut && folder.endsWith('out'));
  isOut = false;
  watch.refresh();
  writeFileSync(join(root, 'out/a.txt'), 'b');
  await expect.poll(() => heard).toContain(`+ ${join(root, 'out/a.txt')}`);
  watch.close();
  const before = heard.length;
  writeFileSync(join(root, 'out/a.txt'), 'c');
  const { heard: other } = watchTree(root);
  writeFileSync(join(root, 'out/a.txt'), 'd');
  await expect.poll(() => other.length).toBeGreaterThan(0);
  expect(heard).toHaveLength(before);
});

test('fails for a folder that is not there', () => {
  expect(() => watchTree(join(tempFolder(), 'nowhere'))).toThrow('ENOENT');
});
