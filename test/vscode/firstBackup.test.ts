import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { answerNotification, readNotifications, readStatusBar, statusBarItem } from './helpers/messages.ts';
import { listCommands } from './helpers/quickInput.ts';
import { openContainer, readViewText } from './helpers/views.ts';
import { openWorkbench } from './helpers/workbench.ts';

test('with nothing configured, one click protects the first folder, in a repository that restic opens', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/a.ts'), 'export const a = 1;\n');
  writeFileSync(join(folder, '.gitignore'), 'ignored.log\n.env\n');
  writeFileSync(join(folder, 'ignored.log'), 'noise\n');
  writeFileSync(join(folder, '.env'), 'SECRET=precious\n');
  const workbench = await openWorkbench({ folder, settings: { 'cairn.protect': 'ask' } });
  const { page } = workbench;
  await openContainer(page, 'Cairn');
  await expect.poll(() => readViewText(page, 'Snapshots')).toContain('There is no snapshot of this workspace yet');
  await expect.poll(() => statusBarItem(page, 'Not backed up').getAttribute('class')).toContain('warning-kind');
  await expect
    .poll(() => readNotifications(page))
    .toEqual([
      {
        text: expect.stringContaining('is not protected') as string,
        buttons: ['Protect This Folder', 'Always', 'Not This One'],
      },
    ]);
  await workbench.screenshot('welcome');

  await answerNotification(page, 'is not protected', 'Protect This Folder');
  const data = join(workbench.home, '.local/share/cairn');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text))
    .toContainEqual(expect.stringContaining(join(data, 'repository')));
  await workbench.screenshot('firstBackup');
  await expect.poll(() => listCommands(page, 'Cairn: Cancel Backup')).not.toContain('Cairn: Cancel Backup');

  const options = { password: readFileSync(join(data, 'password'), 'utf8').trim() };
  const [snapshot] = JSON.parse(restic(join(data, 'repository'), ['snapshots', '--json'], options)) as {
    paths: string[];
    tags: string[];
  }[];
  expect(snapshot).toMatchObject({ paths: [folder] });
  expect(snapshot!.tags).toEqual(expect.arrayContaining(['cairn', 'manual']));
  const restored = tempFolder();
  restic(join(data, 'repository'), ['restore', 'latest', '--target', restored], options);
  expect(readFileSync(join(restored, folder, 'src/a.ts'), 'utf8')).toBe('export const a = 1;\n');
  expect(readFileSync(join(restored, folder, '.env'), 'utf8')).toBe('SECRET=precious\n');
  expect(() => readFileSync(join(restored, folder, 'ignored.log'))).toThrow('ENOENT');
  // Leaving the window gives the lock back, without which restic would not check.
  await page.goto('about:blank');
  await expect.poll(() => readdirSync(join(data, 'repository/locks'))).toEqual([]);
  await workbench.close();
  restic(join(data, 'repository'), ['check', '--read-data'], options);
});

test('Always protects this folder and the next ones, and asks no more', async () => {
  const folders = [tempFolder(), tempFolder()];
  for (const folder of folders) writeFileSync(join(folder, 'a.txt'), 'a\n');
  const workbench = await openWorkbench({ folder: folders[0]!, settings: { 'cairn.protect': 'ask' } });
  const { page } = workbench;
  const data = join(workbench.home, '.local/share/cairn');
  const listed = () => {
    const password = readFileSync(join(data, 'password'), 'utf8').trim();
    const json = restic(join(data, 'repository'), ['snapshots', '--json'], { password });
    return (JSON.parse(json) as { paths: string[] }[]).map(({ paths }) => paths[0]);
  };
  await answerNotification(page, 'is not protected', 'Always');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text))
    .toEqual([expect.stringContaining(join(data, 'repository'))]);
  const next = new URL(page.url());
  next.searchParams.set('folder', folders[1]!);
  await page.goto(next.href);
  await expect
    .poll(async () => (await readStatusBar(page)).filter((text) => text.startsWith('Cairn')))
    .toEqual(['Cairn: last backup now.']);
  expect(await readNotifications(page)).toEqual([]);
  expect(listed()).toEqual(folders);
  await workbench.screenshot('always');
  await workbench.close();
});
