/** A person's first day with Cairn. It also takes the pictures of the README, into docs/images with `UPDATE_IMAGES=1`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, saveFile, typeText } from './helpers/editors.ts';
import { openFile, pick, quickInput, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { readNotifications } from './helpers/messages.ts';
import { expandElement, openContainer, readRows, row, view } from './helpers/views.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

const folder = join(tempFolder(), 'garden');
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: folder });

async function picture(workbench: Workbench, name: string): Promise<void> {
  await workbench.page.mouse.move(640, 790);
  await workbench.screenshot(`tour-${name}`);
  if (!process.env['UPDATE_IMAGES']) return;
  const images = join(import.meta.dirname, '../../docs/images');
  mkdirSync(images, { recursive: true });
  copyFileSync(join(import.meta.dirname, `screenshots/tour-${name}.png`), join(images, `${name}.png`));
}

test('back up, save, commit, lose everything, get it back', async () => {
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'README.md'), '# Garden\n\nWhat grows where.\n');
  writeFileSync(join(folder, '.env'), 'TOKEN=precious\n');
  writeFileSync(join(folder, '.gitignore'), '.env\n');
  writeFileSync(join(folder, 'src/beds.ts'), "export const beds = ['beans', 'kale'];\n");
  writeFileSync(
    join(folder, 'src/water.ts'),
    'export function litres(days: number): number {\n  return days * 10;\n}\n',
  );
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'Lay out the beds');
  const workbench = await openWorkbench({
    folder,
    settings: { 'breadcrumbs.enabled': false, 'workbench.reduceMotion': 'on' },
  });
  const { page } = workbench;
  await openContainer(page, 'Cairn');
  await runCommand(page, 'Cairn: Back Up Workspace');
  const labels = async () =>
    (await readRows(page, 'Snapshots')).map(({ label, description }) => `${label} ${description}`);
  await expect.poll(labels).toContainEqual(expect.stringContaining('manual'));

  await openFile(page, 'water.ts');
  await typeText(page, 'const july = 2;\n');
  await saveFile(page);
  await expect.poll(labels).toContainEqual(expect.stringContaining('save'));
  git('commit', '-q', '-a', '-m', 'Water more in July');
  await expect.poll(labels).toContainEqual(expect.stringContaining('Water more in July'));

  const saved = view(page, 'Snapshots').locator('.monaco-list-row', { hasText: 'water.ts modified · save' }).first();
  await expandElement(saved);
  await row(page, 'Snapshots', 'water.ts').click();
  await expect
    .poll(() => readDiff(page))
    .toMatchObject({
      original: expect.not.stringContaining('july') as string,
      modified: expect.stringContaining('const july = 2;') as string,
    });
  await picture(workbench, 'snapshots');

  execFileSync('rm', ['-rf', 'src', '.env'], { cwd: folder });
  writeFileSync(join(folder, 'notes.txt'), 'tomatoes by the wall\n');
  await runCommand(page, 'Cairn: Refresh Changes');
  const changed = async () => (await readRows(page, 'Changes')).map(({ label }) => label);
  await expect.poll(changed).toEqual(expect.arrayContaining(['.env', 'beds.ts', 'water.ts']));
  await picture(workbench, 'changes');

  await runCommand(page, 'Cairn: Restore Workspace…');
  const newest = quickInput(page).locator('.monaco-list-row', { hasText: 'Water more in July' });
  await newest.click();
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toContain('3 created, 1 deleted');
  await picture(workbench, 'restore');
  await pick(page, 'Restore Without Deleting');
  const texts = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');
  await expect.poll(texts).toContain('3 restored');
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('TOKEN=precious\n');
  expect(readFileSync(join(folder, 'src/water.ts'), 'utf8')).toMatch(/^const july = 2;\n/);
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('tomatoes by the wall\n');
  await workbench.close();
});
