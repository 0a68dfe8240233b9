import type { Locator, Page } from 'playwright-core';
import { actUntil, appears, type PageElement } from './waiting.ts';

export interface DiffText {
  readonly original: string;
  readonly modified: string;
}

/** The titles of the open editors, from left to right. */
export async function readTabs(page: Page): Promise<string[]> {
  // Without the description that follows, for files of the same name.
  return page
    .locator('.tabs-container .tab')
    .evaluateAll((tabs: PageElement[]) =>
      tabs.map((tab) =>
        ['name', 'suffix']
          .map((part) => tab.querySelector(`.monaco-icon-${part}-container`)?.textContent ?? '')
          .join(''),
      ),
    );
}

/** Writes at the start of the active text editor. */
export async function typeText(page: Page, text: string): Promise<void> {
  const editor = page.locator('.editor-group-container.active .editor-instance .monaco-editor').last();
  await actUntil(
    async (timeout) => {
      if (!(await isFocused(editor, timeout))) await editor.locator('.view-lines').first().click({ timeout });
    },
    appears(editor.and(page.locator('.focused'))),
  );
  await page.keyboard.press('Control+Home');
  await page.keyboard.type(text);
  await page.locator('.editor-group-container.active .tab.active.dirty').waitFor();
}

async function isFocused(editor: Locator, timeout: number): Promise<boolean> {
  return editor.evaluate((element: PageElement) => element.classList.contains('focused'), undefined, { timeout });
}

/** Saves the active editor, and waits until it says that it is saved. */
export async function saveFile(page: Page): Promise<void> {
  await actUntil(
    () => page.keyboard.press('Control+S'),
    appears(page.locator('.editor-group-container.active .tab.active:not(.dirty)')),
  );
}

/** The text of the active editor, as far as it is in view. */
export async function readEditor(page: Page): Promise<string> {
  return readLines(page.locator('.editor-group-container.active .editor-instance .monaco-editor').last());
}

/** Both sides of the diff editor that is shown, as far as they are in view. Unchanged parts may be folded. */
export async function readDiff(page: Page): Promise<DiffText> {
  return readSides(page.locator('.editor-group-container.active .editor-instance .monaco-diff-editor').first());
}

/** The files in the editor for the changes of several files, as far as they are in view. */
export async function readMultiDiff(page: Page): Promise<(DiffText & { readonly title: string })[]> {
  const entries = await page.locator('.editor-group-container.active .multiDiffEntry:visible').all();
  return Promise.all(
    entries.map(async (entry) => ({
      title: ((await entry.locator('.header .title').allInnerTexts())[0] ?? '').trim(),
      ...(await readSides(entry.locator('.monaco-diff-editor').first())),
    })),
  );
}

async function readSides(diff: Locator): Promise<DiffText> {
  const [original, modified] = await Promise.all([
    readLines(diff.locator('.editor.original .monaco-editor').first()),
    readLines(diff.locator('.editor.modified .monaco-editor').first()),
  ]);
  return { original, modified };
}

/** Lines are drawn in any order, with spaces that do not break. */
async function readLines(editor: Locator): Promise<string> {
  return editor.locator('.view-lines > .view-line').evaluateAll((lines: PageElement[]) =>
    lines
      .map((line) => ({ top: parseFloat(line.style.top), text: line.textContent }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text.replaceAll('\u00a0', ' '))
      .join('\n'),
  );
}
