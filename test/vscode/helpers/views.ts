import type { Locator, Page } from 'playwright-core';
import { actUntil, appears, hasExactly, type PageElement, vanishes } from './waiting.ts';

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 for the roots. */
  readonly level: number;
  /** `undefined` for a row without children. */
  readonly expanded: boolean | undefined;
}

/** Shows a view container of the activity bar, such as `Explorer` or `Cairn`. */
export async function openContainer(page: Page, title: string): Promise<void> {
  const tab = page.locator('.activitybar .action-item[role=tab], .activitybar .action-item:has([role=tab])').filter({
    has: page.locator(`[aria-label^="${title}"]`),
  });
  const chosen = page.locator(`.activitybar .action-item.checked:has([aria-label^="${title}"])`);
  await actUntil(async (timeout) => {
    if (!(await chosen.isVisible())) await tab.first().click({ timeout });
  }, appears(chosen));
}

/** One view of the container that is shown, by its title: its header and, when open, its body. */
export function view(page: Page, title: string): Locator {
  // A description stands in the label, too.
  return page.locator(`.sidebar .pane:has(> .pane-header[aria-label^="${title}"][aria-label*=" Section"])`);
}

/** Opens the view when it is folded to its header. */
export async function expandView(page: Page, title: string): Promise<void> {
  const header = view(page, title).locator('> .pane-header');
  await toggleUntil(header, header, 'true');
}

/** Folds the view to its header. */
export async function collapseView(page: Page, title: string): Promise<void> {
  const header = view(page, title).locator('> .pane-header');
  await toggleUntil(header, header, 'false');
}

/** The rows of a tree that are in view: rows beyond its border do not exist. */
export async function readRows(page: Page, viewTitle: string): Promise<TreeRow[]> {
  return view(page, viewTitle)
    .locator('.monaco-list-row')
    .evaluateAll((rows: PageElement[]) =>
      rows
        .map((row) => ({
          at: Number(row.getAttribute('data-index')),
          label: row.querySelector('.label-name')?.textContent ?? '',
          description: row.querySelector('.label-description')?.textContent ?? '',
          level: Number(row.getAttribute('aria-level')),
          expanded:
            row.getAttribute('aria-expanded') === null ? undefined : row.getAttribute('aria-expanded') === 'true',
        }))
        .sort((a, b) => a.at - b.at)
        .map(({ at: _, ...row }) => row),
    );
}

/** What a view says in place of its rows: its message or its welcome text. */
export async function readViewText(page: Page, viewTitle: string): Promise<string> {
  const texts = await view(page, viewTitle).locator('.message, .welcome-view-content').allInnerTexts();
  return texts.join('\n').trim();
}

/** The row with exactly this label; the first, where there are several. */
export function row(page: Page, viewTitle: string, label: string): Locator {
  const name = page.locator('.label-name', { hasText: hasExactly(label) });
  return view(page, viewTitle).locator('.monaco-list-row').filter({ has: name }).first();
}

/** Opens a row that has children, and waits until it is open. */
export async function expandRow(page: Page, viewTitle: string, label: string): Promise<void> {
  await expandElement(row(page, viewTitle, label));
}

/** The same for a row that is not named by its label. */
export async function expandElement(element: Locator): Promise<void> {
  await toggleUntil(element, element.locator('.monaco-tl-twistie'), 'true');
}

export async function collapseElement(element: Locator): Promise<void> {
  await toggleUntil(element, element.locator('.monaco-tl-twistie'), 'false');
}

async function toggleUntil(element: Locator, toggle: Locator, expanded: 'true' | 'false'): Promise<void> {
  const reached = element.and(element.page().locator(`[aria-expanded=${expanded}]`));
  await element.waitFor();
  await actUntil(async (timeout) => {
    if (!(await reached.isVisible())) await toggle.click({ timeout });
  }, appears(reached));
}

/** Chooses from the context menu of an element; `path` goes through submenus. */
export async function chooseFromMenu(page: Page, element: Locator, ...path: readonly string[]): Promise<void> {
  const menu = page.locator('.monaco-menu');
  await actUntil(async (timeout) => {
    await openMenu(page, element, timeout);
    for (const [depth, title] of path.entries()) {
      const item = menu.locator('.action-item', {
        has: page.locator('.action-label', { hasText: hasExactly(title) }),
      });
      // A menu takes no click in its first tenth of a second.
      await (depth < path.length - 1 ? item.last().hover({ timeout }) : item.last().click({ delay: 200, timeout }));
    }
  }, vanishes(menu.first()));
}

/** The titles in the context menu of an element, top level only. */
export async function readMenu(page: Page, element: Locator): Promise<string[]> {
  const labels = page.locator('.monaco-menu .action-item:not(.disabled) .action-label:not(.separator)');
  let titles: string[] = [];
  await actUntil(async (timeout) => {
    await openMenu(page, element, timeout);
    titles = await labels.allTextContents();
    await page.keyboard.press('Escape');
  }, vanishes(labels.first()));
  return titles;
}

async function openMenu(page: Page, element: Locator, timeout: number): Promise<void> {
  const menu = page.locator('.monaco-menu').first();
  // What is left of an attempt before lies over everything.
  if (await menu.isVisible()) await page.keyboard.press('Escape');
  await element.click({ button: 'right', timeout });
  await menu.waitFor({ timeout });
}

/** Presses one of the buttons that a row shows under the mouse. */
export async function clickInlineAction(page: Page, element: Locator, title: string): Promise<void> {
  await clickUnderMouse(element, title);
}

/** Presses a button in the header of a view. */
export async function clickViewAction(page: Page, viewTitle: string, title: string): Promise<void> {
  await clickUnderMouse(view(page, viewTitle).locator('> .pane-header'), title);
}

async function clickUnderMouse(element: Locator, title: string): Promise<void> {
  // The buttons go when the element is drawn anew under the mouse.
  await actUntil(
    async (timeout) => {
      await element.hover({ timeout });
      await element.locator(`.actions .action-label[aria-label^="${title}"]`).click({ timeout });
    },
    () => Promise.resolve(),
  );
}
