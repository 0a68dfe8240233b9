import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cairn } from '../helpers/cairn.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { answerDialog, readDialog, readNotifications, readStatusBar } from './helpers/messages.ts';
import { enterText, pick, quickInput, readQuickInput, runCommand, tick } from './helpers/quickInput.ts';
import { userFolders } from './helpers/userFolders.ts';
import { expandRow, expandView, openContainer, readRows, readViewText, row, view } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const root = tempFolder();
const folder = join(root, 'project');
const existing = join(root, 'backups/existing');
const fresh = join(root, 'backups/fresh');
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(folder);
  mkdirSync(join(root, 'backups'));
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  restic(existing, ['init', '-q']);
  restic(existing, ['backup', '-q', folder]);
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close({ ignoreErrors: true }));

/** Answers the questions for kind and place; the place is on the same disk as everything in a test. */
async function choosePlace(kind: string, place: string): Promise<void> {
  await runCommand(page, 'Cairn: Add Target…');
  await pick(page, kind);
  await pick(page, 'Type a Location…');
  await quickInput(page).locator('.quick-input-box input[placeholder="/media/disk/backup"]').waitFor();
  await enterText(page, place);
  await readDialog(page);
  await workbench.screenshot('addTargetWarning');
  await answerDialog(page, 'Use It All the Same');
}

async function waitForPrompt(text: string): Promise<void> {
  await expect.poll(async () => (await readQuickInput(page)).message).toContain(text);
}

describe('Add Target', () => {
  test('recognises a repository that restic made, and asks for its password again', async () => {
    await choosePlace('Repository', existing);
    await pick(page, 'Type a Password');
    await waitForPrompt('The password of the repository');
    await enterText(page, 'wrong');
    await waitForPrompt('That is not the password. Try 2 of 3.');
    await workbench.screenshot('addTargetWrongPassword');
    await enterText(page, TEST_PASSWORD);
    await waitForPrompt('A name for the target');
    await enterText(page, 'Old disk');
    await expect.poll(async () => (await readQuickInput(page)).title).toBe('Old disk Was Added');
    await workbench.screenshot('addTargetNext');
    await page.keyboard.press('Escape');
    const settings = readFileSync(join(workbench.userDataDir, 'data/Machine/settings.json'), 'utf8');
    expect(JSON.parse(settings)).toMatchObject({ 'cairn.targets': [{ name: 'Old disk', location: existing }] });
    expect(settings).not.toMatch(new RegExp(`"${TEST_PASSWORD}"|password`, 'i'));
  });

  test('makes a repository, and backs up to it', async () => {
    await choosePlace('Repository', fresh);
    await pick(page, 'A New Repository');
    await pick(page, 'Type a Password');
    await waitForPrompt('The new password.');
    await enterText(page, 'a long new password');
    await waitForPrompt('The new password once more');
    await enterText(page, 'a long new password');
    await waitForPrompt('A name for the target');
    await enterText(page, 'New disk');
    await tick(page, ['Back Up to It Now', 'Make It the Default Target']);
    await quickInput(page).getByRole('button', { name: 'OK' }).click();
    await expect
      .poll(() => restic(fresh, ['ls', 'latest'], { password: 'a long new password', allow: [0, 1] }))
      .toContain(join(folder, 'notes.txt'));
  });

  test('the view shows both', async () => {
    await expandView(page, 'Targets');
    await expect
      .poll(async () => (await readRows(page, 'Targets')).map(({ label, description }) => [label, description]))
      .toEqual([
        ['2 copies · 1 disk · 0 away', 'no copy away from this computer'],
        ['Local repository', 'nothing backed up yet'],
        ['Old disk', expect.stringMatching(/^(now|\d min. ago) · .*B$/)],
        ['New disk', expect.stringMatching(/^(now|\d min. ago) · .*B · default$/)],
      ]);
    await expandRow(page, 'Targets', 'New disk');
    await workbench.screenshot('targetsView');
  });

  test('it is said of which target snapshots are listed, and those of the others are a click away', async () => {
    const head = () => view(page, 'Snapshots').locator('> .pane-header').innerText();
    const labels = async () => (await readRows(page, 'Snapshots')).map(({ label }) => label);
    await expect.poll(head).toContain('New disk');
    const aTime = expect.stringMatching(/^\d\d:\d\d$/) as string;
    await expect.poll(labels).toEqual(['Today', aTime, 'Local repository', 'Old disk']);
    await workbench.screenshot('snapshotsOfTarget');
    await row(page, 'Snapshots', 'Old disk').click();
    await expect.poll(head).toContain('Old disk');
    await expect.poll(async () => (await readRows(page, 'Snapshots'))[1]?.description).toMatch(/^other program/);
    await row(page, 'Snapshots', 'Local repository').click();
    const none = async () => (await readRows(page, 'Snapshots')).map(({ description }) => description);
    await expect.poll(none).toContain('Local repository has no snapshot of this workspace yet.');
    await row(page, 'Snapshots', 'New disk').click();
    await expect.poll(labels).toContain('Today');
  });

  test('of a default target that is away, all say the same', async () => {
    const sentence = `The repository ${fresh} is not there. If its drive`;
    const ofRow = async () => (await readRows(page, 'Targets')).find(({ label }) => label === 'New disk')?.description;
    renameSync(fresh, `${fresh}-unplugged`);
    await runCommand(page, 'Cairn: Refresh Changes');
    await expect.poll(() => readViewText(page, 'Changes')).toContain(sentence);
    await expect.poll(async () => (await readStatusBar(page)).join()).toContain(`Cairn: backups fail. ${sentence}`);
    await expect.poll(ofRow).toBe('not reachable · default');
    await runCommand(page, 'Cairn: Refresh Snapshots');
    await expect.poll(() => readViewText(page, 'Snapshots')).toContain(sentence);
    await runCommand(page, 'Cairn: Back Up Workspace');
    const told = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');
    await expect.poll(told).toContain(sentence);
    expect(await told()).not.toContain('cairn init');
    await workbench.screenshot('targetAway');
    renameSync(`${fresh}-unplugged`, fresh);
    await runCommand(page, 'Cairn: Back Up Workspace');
    await runCommand(page, 'Cairn: Refresh Changes');
    await expect.poll(() => readViewText(page, 'Changes')).toContain('No changes since');
    await expect.poll(async () => (await readStatusBar(page)).join()).not.toContain('backups fail');
    await expect.poll(ofRow).toMatch(/^now · .*B · default$/);
  });

  test('the row above them says what is missing, and the command line adds to it', async () => {
    const env = { ...userFolders(workbench.home), RESTIC_PASSWORD: 'a long new password' };
    for (const args of [
      ['verify', '-r', fresh],
      ['replicate', '-r', fresh, '--to', join(root, 'backups/replica')],
    ])
      expect(cairn(args, { env })).toMatchObject({ status: 0 });
    await runCommand(page, 'Cairn: Refresh Targets');
    const numbers = '3 copies · 1 disk · 0 away';
    await expect.poll(async () => (await readRows(page, 'Targets')).map(({ label }) => label)).toContain(numbers);
    const told = async () => {
      await row(page, 'Targets', numbers).hover();
      return (await page.locator('.monaco-hover:visible').allInnerTexts()).join('\n');
    };
    await expect.poll(told).toContain('No copy is away from this computer.');
    expect(await told()).toMatch(/fresh: verified \d\d:\d\d, without the data\./);
    await workbench.screenshot('standing');
  });
});

test('the walkthrough leads through it', async () => {
  await runCommand(page, 'Welcome: Open Walkthrough...');
  await pick(page, 'Back Up Your Work with Cairn');
  const steps = page.locator('.gettingStartedContainer .step-title:visible');
  await expect
    .poll(() => steps.allInnerTexts())
    .toEqual([
      'Back up the workspace',
      'Let agents work',
      'Keep a copy elsewhere',
      'Browse and compare',
      'Find an earlier version',
      'Bring it back',
      'Save the recovery kit',
    ]);
  await workbench.screenshot('walkthrough');
});
