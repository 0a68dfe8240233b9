import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { quickInput, readPicks } from './quickInput.ts';
import { view } from './views.ts';
import type { PageElement } from './waiting.ts';

/** Runs a command of the Command Palette by keys alone. */
export async function typeCommand(page: Page, title: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.keyboard.press('F1');
        await quickInput(page).waitFor();
        await page.keyboard.press('End');
        await page.keyboard.type(title);
        return firstPick(page, title);
      },
      { timeout: 30_000 },
    )
    .toBe(title);
  await page.keyboard.press('Enter');
}

/** Presses Ctrl+K and then a letter, as the manifest binds it. */
export async function pressChord(page: Page, letter: string): Promise<void> {
  await page.keyboard.press('Control+K');
  await page.keyboard.press(letter);
}

/** Goes down in the quick pick to the item with this label, and accepts it. */
export async function acceptPick(page: Page, label: string): Promise<void> {
  await expect.poll(() => readPicks(page)).toContain(label);
  await pressUntil(page, 'ArrowDown', label, quickInput(page).locator('.monaco-list-row.focused .label-name'));
  await page.keyboard.press('Enter');
}

/** Goes down in the quick pick for several to the item with this label, and ticks or unticks it. */
export async function togglePick(page: Page, label: string): Promise<void> {
  await pressUntil(page, 'ArrowDown', label, quickInput(page).locator('.monaco-list-row.focused .label-name'));
  await page.keyboard.press('Space');
}

/** Goes down in the menu that is open to this entry, and chooses it. */
export async function acceptMenu(page: Page, title: string): Promise<void> {
  const entries = page.locator('.monaco-menu .action-item');
  await entries.first().waitFor();
  await pressUntil(page, 'ArrowDown', title, page.locator('.monaco-menu .action-item.focused .action-label'));
  await page.keyboard.press('Enter');
}

/** Waits until this view has the focus, which a command gives it some time after its keys. */
export async function waitForFocus(page: Page, viewTitle: string): Promise<Locator> {
  const tree = view(page, viewTitle).locator('.monaco-list:focus-within');
  await tree.waitFor();
  return tree;
}

/** Waits until this view has the focus, and goes through its rows until the one with this label has it. */
export async function goToRow(page: Page, viewTitle: string, label: string): Promise<void> {
  const tree = await waitForFocus(page, viewTitle);
  await pressUntil(page, 'ArrowDown', label, tree.locator('.monaco-list-row.focused .label-name'));
}

/** Hears of mouse buttons from now on; tells whether one was pressed. */
export async function watchMouse(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(`addEventListener('mousedown', () => (globalThis.mouseWasUsed = true), true)`);
  return () => page.evaluate<boolean>('globalThis.mouseWasUsed === true');
}

async function pressUntil(page: Page, key: string, text: string, focused: ReturnType<Page['locator']>): Promise<void> {
  const read = async () =>
    (await focused.evaluateAll((all: PageElement[]) => all.map(({ textContent }) => textContent.trim())))[0];
  for (let pressed = 0; pressed < 30; pressed++) {
    if ((await read()) === text) return;
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
  }
  throw new Error(`"${text}" did not get the focus; "${await read()}" has it.`);
}

/** The first item, as soon as it is the one that is looked for; else what is there, with the box closed. */
async function firstPick(page: Page, wanted: string): Promise<string | undefined> {
  for (let looked = 0; looked < 30; looked++) {
    const [first] = await readPicks(page);
    if (first === wanted) return first;
    await page.waitForTimeout(100);
  }
  const [first] = await readPicks(page);
  await page.keyboard.press('Escape');
  return first;
}
