import type { Locator, Page } from 'playwright-core';
import { actUntil, appears, hasExactly, type PageElement, vanishes } from './waiting.ts';

export interface Message {
  readonly text: string;
  readonly buttons: string[];
}

/** The notifications that have come and were not closed. */
export async function readNotifications(page: Page): Promise<Message[]> {
  return withNotifications(page, (list) =>
    list.locator('.notification-list-item').evaluateAll((items: PageElement[]) =>
      items.map((item) => ({
        text: item.querySelector('.notification-list-item-message')?.textContent ?? '',
        buttons: [...item.querySelectorAll('.notification-list-item-buttons-container .monaco-button')].map(
          ({ textContent }) => textContent,
        ),
      })),
    ),
  );
}

/** Presses a button of the notification that has `text` in it, as soon as it is there. */
export async function answerNotification(page: Page, text: string, button: string): Promise<void> {
  await withNotifications(page, async (list) => {
    const notification = list.locator('.notification-list-item', { hasText: text }).first();
    await buttonOf(notification, button).click();
  });
}

/** With the list of notifications open: driven by a test, the editor does not let them pop up. */
async function withNotifications<T>(page: Page, read: (list: Locator) => Promise<T>): Promise<T> {
  const list = page.locator('.notifications-center.visible');
  const bell = page.locator('.statusbar-item', { has: page.locator('.codicon-bell, .codicon-bell-dot') });
  // It also comes and goes by itself, with the first and the last notification.
  await actUntil(async (timeout) => {
    if (!(await list.isVisible())) await bell.click({ timeout });
  }, appears(list));
  const result = await read(list);
  // A dialog that was opened from the list stands before it, and the list may stay behind that.
  const dialog = page.locator('.monaco-dialog-box');
  await actUntil(
    async (timeout) => {
      if ((await list.isVisible()) && !(await dialog.isVisible())) await bell.click({ timeout });
    },
    async (timeout) => {
      if (!(await dialog.isVisible())) await vanishes(list)(timeout);
    },
  );
  return result;
}

/** The dialog that has to be answered before anything else; waits for it. */
export async function readDialog(page: Page): Promise<Message & { readonly detail: string }> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  // Without a detail, the text stands in its place.
  const texts = await dialog.locator('.dialog-message-text, .dialog-message-detail').allInnerTexts();
  const buttons = await dialog.locator('.dialog-buttons .monaco-button').allInnerTexts();
  return { text: texts[0] ?? '', detail: texts[1] ?? '', buttons };
}

/** Presses a button of the dialog, and waits until it is gone. */
export async function answerDialog(page: Page, button: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  await buttonOf(dialog, button).waitFor();
  await actUntil(async (timeout) => {
    if (await dialog.isVisible()) await buttonOf(dialog, button).click({ timeout });
  }, vanishes(dialog));
}

/** What the items of the status bar say to a reader, from left to right. */
export async function readStatusBar(page: Page): Promise<string[]> {
  return page
    .locator('.statusbar .statusbar-item')
    .evaluateAll((items: PageElement[]) => items.map((item) => item.getAttribute('aria-label') ?? item.textContent));
}

/** An item of the status bar, to be clicked or read, by a part of its text. */
export function statusBarItem(page: Page, text: string): Locator {
  return page.locator('.statusbar .statusbar-item', { hasText: text }).first();
}

function buttonOf(parent: Locator, title: string): Locator {
  return parent.locator('.monaco-button', { hasText: hasExactly(title) });
}
