import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startRestServer, type RestServer } from '../servers/restServer.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { answerDialog, answerNotification, readDialog, readNotifications } from './helpers/messages.ts';
import { enterText, openFile, pick, quickInput, readPicks, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { collapseView, expandRow, expandView, openContainer, readMenu, readRows, row } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

/** What the extension does by itself takes its time: a server that does not answer is given up after ten seconds. */
const longer = { timeout: 90_000, interval: 300 };
const root = tempFolder();
const folder = join(root, 'project');
const disk = join(root, 'disk');
const second = join(root, 'second');
const serverFolder = join(root, 'server');
const replica = join(serverFolder, 'data/replica');
const userDataDir = tempFolder();
let server: RestServer;
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  writeFileSync(join(root, 'password'), TEST_PASSWORD);
  restic(disk, ['init', '-q']);
  server = await startRestServer(serverFolder);
  mkdirSync(join(userDataDir, 'data/Machine'), { recursive: true });
  writeMachineSettings();
  const settings = { ...noAutomatic, 'cairn.automatic.onSave': true, 'cairn.automatic.quietTime': 0.5 };
  workbench = await openWorkbench({ folder, userDataDir, settings });
  page = workbench.page;
  await openContainer(page, 'Cairn');
  await expandView(page, 'Targets');
  // Rows beyond the border of a view do not exist.
  for (const title of ['Changes', 'Snapshots', 'File History']) await collapseView(page, title);
});
afterAll(async () => {
  await server.stop();
  await workbench.close({ ignoreErrors: true });
});

/** Places of targets count only where no workspace can name them. Replicas follow within seconds here. */
function writeMachineSettings(more: object = {}): void {
  const targets = [
    { id: 'server', name: 'Server', kind: 'repository', location: `rest:${server.url}replica/`, replicaOf: '' },
    { id: 'disk', name: 'Disk', kind: 'repository', location: disk, passwordFile: join(root, 'password') },
  ];
  const settings = { 'cairn.targets': targets, 'cairn.copies.interval': 0.05, ...more };
  writeFileSync(join(userDataDir, 'data/Machine/settings.json'), JSON.stringify(settings));
}

const password = () => readFileSync(join(workbench.home, '.local/share/cairn/password'), 'utf8').trim();
const ids = (repository: string, secret = password()) =>
  (JSON.parse(restic(repository, ['snapshots', '--json', '--no-lock'], { password: secret })) as { id: string }[]).map(
    ({ id }) => id,
  );
const source = () => join(workbench.home, '.local/share/cairn/repository');
const describeRow = async (label: string) =>
  (await readRows(page, 'Targets')).find((each) => each.label === label)?.description;
const notices = async () => (await readNotifications(page)).map(({ text }) => text);

async function save(text: string): Promise<void> {
  await openFile(page, 'notes.txt');
  await typeText(page, text);
  await saveFile(page);
}

describe('a replica on a server', () => {
  test('follows by itself after a backup', async () => {
    await expect.poll(() => describeRow('Server'), longer).toMatch(/^not copied yet/);
    await runCommand(page, 'Cairn: Back Up Workspace');
    await expect.poll(() => describeRow('Server'), longer).toMatch(/^up to date · (now|\d min\. ago)/);
    expect(ids(replica)).toEqual(ids(source()));
    restic(replica, ['check', '--read-data'], { password: password() });
    await expandRow(page, 'Targets', 'Server');
    const facts = async () =>
      Object.fromEntries((await readRows(page, 'Targets')).map((each) => [each.label, each.description]));
    await expect.poll(facts, longer).toMatchObject({
      'Replica of': 'Local repository',
      'Last copied': expect.stringMatching(/\d/) as string,
    });
    await workbench.screenshot('copies-upToDate');
  });

  test('is no place to back up to, and nothing in it is pruned or forgotten', async () => {
    const menu = await readMenu(page, row(page, 'Targets', 'Server'));
    expect(menu).toEqual([
      'Copy Now',
      'Verify Target',
      'Compare with Source',
      'Save Recovery Kit…',
      'Edit Target…',
      'Remove Target…',
    ]);
    for (const command of ['Cairn: Back Up to…', 'Cairn: Prune', 'Cairn: Make Default Target']) {
      await runCommand(page, command);
      await expect.poll(async () => (await readPicks(page)).join(), longer).toContain('Disk');
      expect((await readPicks(page)).join()).not.toContain('Server');
      await page.keyboard.press('Escape');
      await quickInput(page).waitFor({ state: 'hidden' });
    }
  });

  test('that is away waits without a word, and work goes on', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await server.stop();
    await save('two ');
    await expect
      .poll(() => describeRow('Server'), longer)
      .toMatch(/^waiting: not reachable · 1 snapshot behind since \d\d:\d\d/);
    await save('three ');
    await expect.poll(() => ids(source()).length, longer).toBe(3);
    await expect
      .poll(() => describeRow('Server'), longer)
      .toMatch(/^waiting: not reachable · 2 snapshots behind since/);
    await workbench.screenshot('copies-waiting');
    await page.locator('.statusbar-item[id*="cairn"]').first().hover();
    await page.locator('.monaco-hover', { hasText: 'Server: waiting: not reachable' }).waitFor();
    await workbench.screenshot('copies-tooltip');
    expect(await notices()).toEqual([]);
  });

  test('that lacks a change for too long is said once', async () => {
    writeMachineSettings({ 'cairn.copies.overdueAfter': 0.000_01 });
    await expect
      .poll(notices, longer)
      .toEqual([expect.stringMatching(/^Cairn: Server lacks what was backed up since/)]);
    const [notice] = await readNotifications(page);
    expect(notice!.buttons).toEqual(['Copy Now', 'Show Targets']);
    await page.locator('.statusbar-item .codicon-bell, .statusbar-item .codicon-bell-dot').first().click();
    await workbench.screenshot('copies-overdue');
    await save('four ');
    await expect.poll(() => ids(source()).length, longer).toBe(4);
    await expect
      .poll(() => describeRow('Server'), longer)
      .toMatch(/^waiting: not reachable · 3 snapshots behind since/);
    expect(await notices()).toHaveLength(1);
    writeMachineSettings();
  });

  test('catches up by itself when it is there again', async () => {
    server = await startRestServer(serverFolder, { port: server.port });
    await expect.poll(() => describeRow('Server'), longer).toMatch(/^up to date/);
    await expect.poll(() => ids(replica), longer).toEqual(ids(source()));
    restic(replica, ['check', '--read-data'], { password: password() });
  });

  test('is compared with its source', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await runCommand(page, 'Cairn: Compare with Source');
    await pick(page, 'Every Byte');
    await expect
      .poll(notices, longer)
      .toEqual([expect.stringMatching(/^Cairn: Server has all that Local repository has: \d+ files, .* read\.$/)]);
  });
});

test('a replica in a folder is added, and copied to at once', async () => {
  await runCommand(page, 'Notifications: Clear All Notifications');
  await runCommand(page, 'Cairn: Add Replica…');
  await pick(page, 'Local repository');
  await pick(page, 'Type a Location…');
  const typing = () => quickInput(page).locator('.quick-input-box input[placeholder="/media/disk/backup"]').waitFor();
  await typing();
  await enterText(page, disk);
  expect((await readDialog(page)).text).toContain('There is another repository');
  await workbench.screenshot('copies-otherRepository');
  await answerDialog(page, 'OK');
  await typing();
  await enterText(page, second);
  await readDialog(page);
  await answerDialog(page, 'Use It All the Same');
  await expect.poll(async () => (await readQuickInput(page)).message, longer).toContain('A name for the target');
  await enterText(page, 'Second disk');
  await expect
    .poll(notices, longer)
    .toContainEqual(expect.stringMatching(/^Cairn: Second disk is up to date: \d+ files/));
  restic(second, ['check', '--read-data'], { password: password() });
  expect(ids(second)).toEqual(ids(source()));
  await expect.poll(() => describeRow('Second disk'), longer).toMatch(/^up to date · now/);
  await workbench.screenshot('copies-added');
});

test('a snapshot is copied into another repository, once', async () => {
  const copy = async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await runCommand(page, 'Cairn: Copy Snapshot to…');
    await expect.poll(async () => (await readQuickInput(page)).placeholder, longer).toBe('Choose a snapshot');
    await quickInput(page).locator('.monaco-list-row').first().click();
    await expect.poll(async () => (await readQuickInput(page)).placeholder, longer).toBe('Into which repository?');
    // Neither the repository itself nor its replicas.
    await expect.poll(async () => (await readPicks(page)).join(), longer).toContain('Disk');
    expect((await readPicks(page)).join()).not.toMatch(/Local repository|Server|Second disk/);
    await pick(page, 'Disk');
  };
  await copy();
  await expect.poll(notices, longer).toContainEqual(expect.stringMatching(/^Cairn: Copied to Disk: 1 snapshot \(/));
  await workbench.screenshot('copies-copied');
  await copy();
  await expect.poll(notices, longer).toContainEqual('Cairn: The snapshot is in Disk already.');
  expect(ids(disk, TEST_PASSWORD)).toHaveLength(1);
  restic(disk, ['check', '--read-data']);
});

test('the overdue replica can be copied to from its notification', async () => {
  await runCommand(page, 'Notifications: Clear All Notifications');
  writeMachineSettings({ 'cairn.copies.interval': 0, 'cairn.copies.overdueAfter': 0.000_01 });
  await save('five ');
  await expect.poll(() => ids(source()).length, longer).toBe(5);
  await save('six ');
  await expect.poll(() => ids(source()).length, longer).toBe(6);
  await expect.poll(notices, longer).toEqual([expect.stringMatching(/^Cairn: Server lacks what was backed up since/)]);
  await answerNotification(page, 'Server lacks', 'Copy Now');
  await expect.poll(() => ids(replica), longer).toEqual(ids(source()));
});
