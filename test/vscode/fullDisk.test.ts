import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readNotifications, readStatusBar } from './helpers/messages.ts';
import { runCommand } from './helpers/quickInput.ts';
import { noAutomatic, openWorkbench } from './helpers/workbench.ts';

const longer = { timeout: 30_000, interval: 300 };
const root = tempFolder();
const folder = join(root, 'project');
const disk = join(root, 'disk');
let isMounted = false;
afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', disk]);
});

test('a target that is full is said in one message, and works again when there is room', async () => {
  mkdirSync(folder);
  mkdirSync(disk);
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  writeFileSync(join(root, 'password'), TEST_PASSWORD);
  // Mounting takes root, as the machines of the tests give it; without, this fails and says so.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  isMounted = true;
  const repository = join(disk, 'repository');
  restic(repository, ['init', '-q']);
  const userDataDir = tempFolder();
  mkdirSync(join(userDataDir, 'data/Machine'), { recursive: true });
  const target = { id: 'disk', name: 'Disk', kind: 'repository', location: repository };
  const targets = [{ ...target, passwordFile: join(root, 'password') }];
  const machine = { 'cairn.targets': targets, 'cairn.defaultTarget': 'disk' };
  writeFileSync(join(userDataDir, 'data/Machine/settings.json'), JSON.stringify(machine));
  const workbench = await openWorkbench({ folder, userDataDir, settings: noAutomatic });
  const { page } = workbench;
  const countSnapshots = () =>
    (JSON.parse(restic(repository, ['snapshots', '--json', '--no-lock'])) as unknown[]).length;
  const status = async () => (await readStatusBar(page)).join('\n');
  await page.locator('.statusbar-item[id*="cairn"]').first().waitFor();
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countSnapshots, longer).toBe(1);

  for (let at = 0; at < 10; at++) writeFileSync(join(folder, `${at}.bin`), randomBytes(`full ${at}`, 1_000_000));
  await runCommand(page, 'Notifications: Clear All Notifications');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect
    .poll(() => readNotifications(page), longer)
    .toEqual([
      {
        text: expect.stringMatching(
          /^Cairn: The disk of the repository .* is full, so .* could not be stored/,
        ) as string,
        buttons: ['Show Log'],
      },
    ]);
  expect(await status()).toMatch(/backups fail\. The disk of the repository .* is full/);
  await page.locator('.statusbar-item .codicon-bell, .statusbar-item .codicon-bell-dot').first().click();
  await workbench.screenshot('fullDisk');
  expect(countSnapshots()).toBe(1);

  execFileSync('mount', ['-o', 'remount,size=100m', disk]);
  restic(repository, ['check', '--read-data']);
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countSnapshots, longer).toBe(2);
  await expect.poll(status).not.toContain('backups fail');
  await page.goto('about:blank');
  await workbench.close({ ignoreErrors: true });
  restic(repository, ['check', '--read-data']);
});
