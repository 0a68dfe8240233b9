import type { Locator, Page } from 'playwright-core';
import { hasExactly, pollUntil } from './waiting.ts';

/** The box at the top of the window: quick picks, questions for a text, the Command Palette. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible');
}

/** The rows of the quick pick that are in view. */
export async function readPicks(page: Page): Promise<string[]> {
  return quickInput(page).locator('.quick-input-list .monaco-list-row .label-name').allTextContents();
}

/** Chooses the item with exactly this label from the quick pick, by a click as soon as it is there. */
export async function pick(page: Page, label: string): Promise<void> {
  await pickRow(page, label).click();
}

/** Ticks items of a quick pick for several, which `acceptInput` closes. */
export async function tick(page: Page, labels: readonly string[]): Promise<void> {
  for (const label of labels)
    await pickRow(page, label).locator('.monaco-checkbox, input[type=checkbox]').first().click();
}

/** Answers a question for a text: writes it and presses Enter. */
export async function enterText(page: Page, text: string): Promise<void> {
  await typeFilter(page, text);
  await acceptInput(page);
}

/** Writes into the box without accepting, as for narrowing a list. */
export async function typeFilter(page: Page, text: string): Promise<void> {
  await quickInput(page).locator('.quick-input-box input').fill(text);
}

export async function acceptInput(page: Page): Promise<void> {
  await page.keyboard.press('Enter');
}

/** What the box says besides its items: title, placeholder, message below. */
export async function readQuickInput(page: Page): Promise<{ title: string; placeholder: string; message: string }> {
  const box = quickInput(page);
  return {
    title: await box.locator('.quick-input-title').innerText(),
    placeholder: (await box.locator('.quick-input-box input').getAttribute('placeholder')) ?? '',
    message: await box.locator('.quick-input-message').innerText(),
  };
}

/** Runs a command by its title in the Command Palette, with its category: `Cairn: Back Up Now`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // The palette lists what there was when it was opened; a window that has just opened does not have all yet.
  for (let attempt = 1; attempt <= 5; attempt++) {
    await openPalette(page, title);
    try {
      return await pickRow(page, title).click({ timeout: 4_000 });
    } catch {
      await page.keyboard.press('Escape');
    }
  }
  throw new Error(`The Command Palette does not list "${title}".`);
}

/** The commands that the Command Palette offers for these words. */
export async function listCommands(page: Page, words: string): Promise<string[]> {
  await openPalette(page, words);
  let before: string[] = [];
  // The list is there a moment after the text, and grows by similar commands a moment later.
  const listed = await pollUntil(
    () => readPicks(page),
    (now) => {
      const same = now.length > 0 && now.join('\n') === before.join('\n');
      before = now;
      return same;
    },
    300,
  );
  await page.keyboard.press('Escape');
  return listed;
}

/** Opens a file of the workspace by (the end of) its path. */
export async function openFile(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Control+P');
  await typeFilter(page, path);
  await pick(page, path.split('/').at(-1)!);
  await page.locator('.tab.active', { hasText: path.split('/').at(-1)! }).waitFor();
}

async function openPalette(page: Page, text: string): Promise<void> {
  await page.keyboard.press('F1');
  await typeFilter(page, `>${text}`);
}

function pickRow(page: Page, label: string): Locator {
  const name = page.locator('.label-name', { hasText: hasExactly(label) });
  return quickInput(page).locator('.quick-input-list .monaco-list-row').filter({ has: name }).first();
}
