import type { Locator, Page } from 'playwright-core';
import { actUntil, appears, hasExactly, type PageElement, pollUntil, vanishes } from './waiting.ts';

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
  for (const label of labels) await setTick(page, label, true);
}

/** Takes the tick from an item of a quick pick for several. */
export async function untick(page: Page, label: string): Promise<void> {
  await setTick(page, label, false);
}

async function setTick(page: Page, label: string, isTicked: boolean): Promise<void> {
  const box = pickRow(page, label).locator('.monaco-checkbox, input[type=checkbox]').first();
  // Does nothing when it is so, and throws when the click did not do it.
  await actUntil(
    (timeout) => box.setChecked(isTicked, { timeout }),
    () => Promise.resolve(),
  );
}

/** Answers a question for a text: writes it and presses Enter. */
export async function enterText(page: Page, text: string): Promise<void> {
  await typeFilter(page, text);
  await acceptInput(page);
}

/** Writes into the box without accepting, as for narrowing a list. */
export async function typeFilter(page: Page, text: string): Promise<void> {
  await inputBox(page).fill(text);
}

export async function acceptInput(page: Page): Promise<void> {
  await inputBox(page).press('Enter');
}

/**
 * Names a new file in the dialog that saves one, until `isSaved`. The dialog writes its suggestion into the box only when
 * it has looked at the folder, over what was typed before, and may pass over Enter while it looks at what was typed.
 */
export async function saveAs(page: Page, file: string, isSaved: () => boolean): Promise<void> {
  const box = inputBox(page);
  await pollUntil(
    () => box.inputValue(),
    (suggestion) => /[^/\\]$/.test(suggestion),
  );
  const enter = async (): Promise<boolean> => {
    if (isSaved() || !(await box.isVisible())) return isSaved();
    if ((await box.inputValue()) !== file) await box.fill(file);
    await box.press('Enter');
    return isSaved();
  };
  await pollUntil(enter, Boolean, 1_000);
}

/** What the box says besides its items: title, placeholder, message below. Empty without a box. */
export async function readQuickInput(page: Page): Promise<{ title: string; placeholder: string; message: string }> {
  const [shown] = await quickInput(page).evaluateAll((boxes: PageElement[]) =>
    boxes.map((box) => ({
      title: box.querySelector('.quick-input-title')?.textContent ?? '',
      placeholder: box.querySelector('.quick-input-box input')?.getAttribute('placeholder') ?? '',
      message: box.querySelector('.quick-input-message')?.textContent ?? '',
    })),
  );
  return shown ?? { title: '', placeholder: '', message: '' };
}

/** Runs a command by its title in the Command Palette, with its category: `Cairn: Back Up Now`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // The palette lists what there was when it was opened; what a command depends on may come later.
  await actUntil(
    async (timeout) => {
      await openPalette(page, title);
      await pickRow(page, title).click({ timeout });
    },
    vanishes(pickRow(page, title)),
  );
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

/** Opens a file of the workspace by (the end of) its path, and waits until its text editor has the focus. */
export async function openFile(page: Page, path: string): Promise<void> {
  const name = path.split('/').at(-1)!;
  await actUntil(
    async (timeout) => {
      await openQuickInput(page, 'Control+P', path);
      await pickRow(page, name).click({ timeout });
    },
    appears(page.locator(`.editor-group-container.active .monaco-editor.focused[data-uri$="/${name}"]`)),
  );
}

async function openPalette(page: Page, text: string): Promise<void> {
  await openQuickInput(page, 'F1', `>${text}`);
}

/** Opens the box by a key, in place of one that is open, and writes into it. */
async function openQuickInput(page: Page, key: string, text: string): Promise<void> {
  await actUntil(
    async () => {
      // In an open box the same key would do something else.
      if (await quickInput(page).isVisible()) await page.keyboard.press('Escape');
      await page.keyboard.press(key);
    },
    (timeout) => inputBox(page).fill(text, { timeout }),
  );
}

function inputBox(page: Page): Locator {
  return quickInput(page).locator('.quick-input-box input');
}

function pickRow(page: Page, label: string): Locator {
  const name = page.locator('.label-name', { hasText: hasExactly(label) });
  return quickInput(page).locator('.quick-input-list .monaco-list-row').filter({ has: name }).first();
}
