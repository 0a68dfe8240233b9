import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runInExtensionHost } from './helpers/extensionHost.ts';
import { readNotifications, readStatusBar } from './helpers/messages.ts';
import { pick, runCommand } from './helpers/quickInput.ts';
import { noAutomatic, waitForExtension, type Workbench } from './helpers/workbench.ts';

const longer = { timeout: 30_000, interval: 300 };
const FILES = 300;
const root = tempFolder();
const folder = join(root, 'project');
const disk = join(root, 'disk');
const signals = { crash: join(root, 'crash'), done: join(root, 'done') };

/** A workspace that takes a while to back up, and a repository for it. Returns where the editor has its data. */
function prepare(): string {
  mkdirSync(folder);
  const bytes = randomBytes('crash', 500_000);
  for (let at = 0; at < FILES; at++) {
    bytes.writeUInt32LE(at);
    writeFileSync(join(folder, `${at}.bin`), bytes);
  }
  writeFileSync(join(root, 'password'), TEST_PASSWORD);
  restic(disk, ['init', '-q']);
  const userDataDir = tempFolder();
  mkdirSync(join(userDataDir, 'data/Machine'), { recursive: true });
  const target = { id: 'disk', name: 'Disk', kind: 'repository', location: disk };
  const targets = [{ ...target, passwordFile: join(root, 'password') }];
  const machine = { 'cairn.targets': targets, 'cairn.defaultTarget': 'disk' };
  writeFileSync(join(userDataDir, 'data/Machine/settings.json'), JSON.stringify(machine));
  return userDataDir;
}

async function crashEngine(): Promise<void> {
  writeFileSync(signals.crash, '');
  await expect.poll(() => existsSync(signals.crash), { ...longer, interval: 20 }).toBe(false);
}

const countPacks = () => readdirSync(join(disk, 'data'), { recursive: true }).filter((name) => name.length > 60).length;
const countSnapshots = () => (JSON.parse(restic(disk, ['snapshots', '--json', '--no-lock'])) as unknown[]).length;

async function crashTwice(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  const texts = async () => (await readNotifications(page)).map(({ text }) => text);
  const status = async () => (await readStatusBar(page)).join('\n');
  await waitForExtension(page);

  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countPacks, { ...longer, interval: 20 }).toBeGreaterThan(0);
  await crashEngine();
  await expect
    .poll(texts, longer)
    .toEqual(['Cairn: The backup engine of Cairn stopped unexpectedly. Nothing that was stored is lost; try again.']);
  expect(await status()).toContain('backups fail');
  await page.locator('.statusbar-item .codicon-bell, .statusbar-item .codicon-bell-dot').first().click();
  await workbench.screenshot('engineCrash');
  expect(countSnapshots()).toBe(0);
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countSnapshots, longer).toBe(1);
  await expect.poll(status, longer).not.toContain('backups fail');

  await runCommand(page, 'Notifications: Clear All Notifications');
  await crashEngine();
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countSnapshots, longer).toBe(2);
  await expect.poll(texts, longer).toEqual([]);
  await workbench.screenshot('engineCrashIdle');

  // What the dead ones locked stands in nobody's way, though the process that they ran in lives.
  await crashEngine();
  expect(readdirSync(join(disk, 'locks'))).not.toEqual([]);
  await runCommand(page, 'Cairn: Prune');
  await pick(page, 'Disk');
  // How much there is depends on when it died, and a dialog cannot be answered in such a window.
  const nothingOrMuch = /^Cairn: (There is nothing to prune in Disk( yet: .*)?\.|.*Give back .* in Disk\?)$/;
  await expect.poll(texts, longer).toEqual([expect.stringMatching(nothingOrMuch) as string]);
  await expect.poll(() => readdirSync(join(disk, 'locks')), longer).toEqual([]);
}

test('an engine that dies is said once where a backup fails, and the next backup is whole', async () => {
  const userDataDir = prepare();
  const meanwhile = async (workbench: Workbench) => {
    await crashTwice(workbench);
    writeFileSync(signals.done, '');
  };
  const window = { folder, userDataDir, settings: noAutomatic, ignoreErrors: true };
  await runInExtensionHost('host/endEngine.ts', { ...window, input: signals, meanwhile });
  restic(disk, ['check', '--read-data']);
  expect(restic(disk, ['ls', 'latest']).match(/\.(bin|txt)$/gm)).toHaveLength(FILES + 1);
});
