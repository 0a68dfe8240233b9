import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { addSnapshots } from './helpers/addSnapshots.ts';
import { readDiff, readEditor, readMultiDiff } from './helpers/editors.ts';
import { answerDialog, readDialog, readNotifications } from './helpers/messages.ts';
import {
  acceptInput,
  enterText,
  quickInput,
  readPicks,
  readQuickInput,
  runCommand,
  tick,
} from './helpers/quickInput.ts';
import {
  chooseFromMenu,
  clickInlineAction,
  clickViewAction,
  collapseElement,
  expandElement,
  expandRow,
  expandView,
  openContainer,
  readMenu,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { actUntil, appears, type PageElement } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const VIEW = 'Snapshots';
const MANY = 5_000;
const aTime = expect.stringMatching(/^\d\d:\d\d$/) as string;

const folder = tempFolder();
let workbench: Workbench;

beforeAll(async () => {
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  writeFileSync(join(folder, 'old.txt'), 'old\n');
  writeFileSync(join(folder, 'src/main.ts'), 'export const answer = 41;\n');
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  await openContainer(workbench.page, 'Cairn');
  await expandView(workbench.page, VIEW);
});
afterAll(() => workbench.close());

const rows = () => readRows(workbench.page, VIEW);
/** The rows of snapshots, newest first; they are on the second level. */
const snapshotAt = (at: number) => view(workbench.page, VIEW).locator('.monaco-list-row[aria-level="2"]').nth(at);

test('says so before there is a snapshot, and lists the first one', async () => {
  const { page } = workbench;
  await expect.poll(() => readViewText(page, VIEW)).toContain('There is no snapshot of this workspace yet');
  await workbench.screenshot('snapshots-welcome');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(rows).toEqual([
    { label: 'Today', description: '1', level: 1, expanded: true },
    { label: aTime, description: '3 added · manual', level: 2, expanded: false },
  ]);
});

test('is read out as it is seen', async () => {
  const { page } = workbench;
  await expandElement(snapshotAt(0));
  await row(page, VIEW, 'All Files').waitFor();
  const labels = await view(page, VIEW)
    .locator('.monaco-list-row')
    .evaluateAll((all: PageElement[]) => all.map((each) => each.getAttribute('aria-label')));
  const snapshot = expect.stringMatching(/^\d\d:\d\d, 3 added · manual$/) as string;
  const files = ['notes.txt, Added', 'old.txt, Added', 'main.ts, Added, src'];
  expect(labels).toEqual(['Today, 1 snapshot', snapshot, ...files, 'All Files']);
  await collapseElement(snapshotAt(0));
});

test('shows what a snapshot changed, and each change against the snapshot before', async () => {
  const { page } = workbench;
  writeFileSync(join(folder, 'src/main.ts'), 'export const answer = 42;\n');
  writeFileSync(join(folder, 'new.txt'), 'new\n');
  rmSync(join(folder, 'old.txt'));
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect
    .poll(rows)
    .toMatchObject([
      { label: 'Today', description: '2' },
      { description: '1 modified, 1 added, 1 deleted · manual' },
      {},
    ]);
  await expandElement(snapshotAt(0));
  await expect
    .poll(rows)
    .toMatchObject([
      {},
      { expanded: true },
      { label: 'new.txt', level: 3 },
      { label: 'old.txt', level: 3 },
      { label: 'main.ts', description: 'src', level: 3 },
      { label: 'All Files', level: 3, expanded: false },
      { level: 2 },
    ]);
  await row(page, VIEW, 'main.ts').click();
  await expect
    .poll(() => readDiff(page))
    .toEqual({ original: 'export const answer = 41;\n', modified: 'export const answer = 42;\n' });
  await workbench.screenshot('snapshots-change');
  await row(page, VIEW, 'old.txt').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'old\n', modified: '' });
});

test('browses all files, and opens one as it was', async () => {
  const { page } = workbench;
  await collapseElement(snapshotAt(0));
  await expandElement(snapshotAt(1));
  await expandRow(page, VIEW, 'All Files');
  await expandRow(page, VIEW, 'src');
  await workbench.screenshot('snapshots-browse');
  await row(page, VIEW, 'old.txt').first().click();
  await expandRow(page, VIEW, 'src');
  await view(page, VIEW).locator('.monaco-list-row[aria-level="5"]', { hasText: 'main.ts' }).click();
  await expect.poll(() => readEditor(page)).toBe('export const answer = 41;\n');
  await collapseElement(snapshotAt(1));
});

test('finds those that changed a file by its name', async () => {
  const { page } = workbench;
  await clickViewAction(page, VIEW, 'Filter Snapshots…');
  await answerFilter('NOTES');
  const descriptions = async () => (await rows()).map(({ description }) => description);
  await expect.poll(descriptions).toEqual(['1', '3 added · manual']);
  await workbench.screenshot('snapshots-filteredByFile');
  await clickViewAction(page, VIEW, 'Clear Snapshot Filter');
  await expect.poll(async () => (await rows()).length).toBe(3);
});

test('labels, keeps and deletes', async () => {
  const { page } = workbench;
  await expandElement(snapshotAt(0));
  await chooseFromMenu(page, snapshotAt(0), 'Label Snapshot…');
  await expect.poll(async () => (await readQuickInput(page)).title).toMatch(/^Label of \d\d:\d\d$/);
  await enterText(page, 'Before the *great* change');
  const label = expect.stringContaining('Before the *great* change') as string;
  await expect.poll(async () => (await rows())[1]).toMatchObject({ label, expanded: true });
  await collapseElement(snapshotAt(0));
  await expect.poll(rows).toMatchObject([{}, { label }, {}]);
  await chooseFromMenu(page, snapshotAt(1), 'Keep Snapshot');
  await expect.poll(rows).toMatchObject([{}, {}, { description: '3 added · manual · kept' }]);
  await workbench.screenshot('snapshots-kept');
  expect(await readMenu(page, snapshotAt(1))).toContain('Do Not Keep Snapshot');
  await chooseFromMenu(page, snapshotAt(1), 'Delete Snapshot…');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text).join('\n'))
    .toContain('kept snapshots are never deleted');
  await chooseFromMenu(page, snapshotAt(1), 'Do Not Keep Snapshot');
  await expect.poll(rows).toMatchObject([{}, {}, { description: '3 added · manual' }]);
  await chooseFromMenu(page, snapshotAt(1), 'Delete Snapshot…');
  expect((await readDialog(page)).text).toMatch(/^Delete the snapshot \d\d:\d\d\?$/);
  await workbench.screenshot('snapshots-delete');
  await answerDialog(page, 'Delete');
  await expect
    .poll(rows)
    .toMatchObject([{ description: '1' }, { description: '1 modified, 1 added, 1 deleted · manual' }]);
});

test('asks which snapshot is meant when a command is given without one', async () => {
  const { page } = workbench;
  await runCommand(page, 'Cairn: Keep Snapshot');
  await expect.poll(() => readPicks(page)).toEqual([expect.stringMatching(/^\d\d:\d\d  Before the \*great\* change$/)]);
  await acceptInput(page);
  await expect.poll(rows).toMatchObject([{}, { description: '1 modified, 1 added, 1 deleted · manual · kept' }]);
});

test('compares two selected snapshots, and opens all changes of one', async () => {
  const { page } = workbench;
  writeFileSync(join(folder, 'notes.txt'), 'two\n');
  writeFileSync(join(folder, 'new.txt'), 'newer\n');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(rows).toMatchObject([{ description: '2' }, { description: '2 modified · manual' }, {}]);
  await snapshotAt(0).click();
  await snapshotAt(1).click({ modifiers: ['Control'] });
  await expect.poll(() => view(page, VIEW).locator('.monaco-list-row.selected').count()).toBe(2);
  await chooseFromMenu(page, snapshotAt(1), 'Compare Selected Snapshots');
  const both = [
    { original: 'new\n', modified: 'newer\n' },
    { original: 'one\n', modified: 'two\n' },
  ];
  await expect.poll(() => readMultiDiff(page)).toMatchObject(both);
  await workbench.screenshot('snapshots-compare');
  await runCommand(page, 'View: Close All Editors');
  await snapshotAt(0).click();
  await clickInlineAction(page, snapshotAt(0), 'Open All Changes');
  await expect.poll(() => readMultiDiff(page)).toMatchObject(both);
});

test('the hover of a snapshot names its files, and opens them', async () => {
  const { page } = workbench;
  await runCommand(page, 'View: Close All Editors');
  const hover = page.locator('.monaco-hover:visible', { hasText: 'Made by' });
  await actUntil((timeout) => snapshotAt(0).hover({ timeout }), appears(hover));
  await expect.poll(() => hover.innerText()).toContain('notes.txt · Modified');
  await workbench.screenshot('snapshots-hover');
  await hover.getByText('Open All Changes').click();
  await expect.poll(async () => (await readMultiDiff(page)).length).toBe(2);
});

test('lists thousands by pages, and filters them', async () => {
  const { page, home } = workbench;
  await addSnapshots(home, MANY, 20 * 60_000);
  const start = performance.now();
  await clickViewAction(page, VIEW, 'Refresh Snapshots');
  // Soon after midnight it is not today that has many.
  const mostOfADay = async () => Math.max(...(await rows()).map(({ description }) => Number(description) || 0));
  await expect.poll(mostOfADay, { interval: 20 }).toBeGreaterThan(2);
  console.log(`${MANY} new snapshots: read and drawn after ${Math.round(performance.now() - start)} ms`);
  await clickViewAction(page, VIEW, 'Collapse All');
  await workbench.screenshot('snapshots-many');
  await row(page, VIEW, 'Load more…').click();
  await expect.poll(() => row(page, VIEW, 'Load more…').getAttribute('aria-label')).toContain('4,602 older');

  await clickViewAction(page, VIEW, 'Filter Snapshots…');
  await tick(page, ['manual']);
  await answerFilter('GREAT');
  await expect.poll(rows).toMatchObject([{ label: 'Today', description: '1', expanded: false }]);
  await expandRow(page, VIEW, 'Today');
  await expect.poll(async () => (await rows())[1]?.label).toContain('great');
  await expect.poll(() => view(page, VIEW).locator('> .pane-header').innerText()).toContain('manual, "GREAT"');
  await workbench.screenshot('snapshots-filtered');
  await clickViewAction(page, VIEW, 'Clear Snapshot Filter');
  await expect.poll(async () => (await rows()).length).toBeGreaterThan(2);
  await clickViewAction(page, VIEW, 'Filter Snapshots…');
  await tick(page, ['commit']);
  await answerFilter('');
  await expect.poll(() => readViewText(page, VIEW)).toContain('No snapshot passes the filter');
  await clickViewAction(page, VIEW, 'Clear Snapshot Filter');
  await expect.poll(async () => (await rows())[0]).toMatchObject({ label: 'Today' });
});

/** Accepts what is ticked, and answers the question for a text. */
async function answerFilter(text: string): Promise<void> {
  const { page } = workbench;
  // The box that was ticked has the focus.
  const accept = quickInput(page).getByRole('button', { name: 'OK' });
  await actUntil((timeout) => accept.click({ timeout }), appears(quickInput(page).getByText('Part of the name')));
  await enterText(page, text);
}
