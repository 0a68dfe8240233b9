import type { Locator } from 'playwright-core';

/** What is used of an element where code runs in the page, whose types are not those of Node. */
export interface PageElement {
  readonly textContent: string;
  readonly style: { readonly top: string };
  readonly classList: { contains(name: string): boolean };
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** A pattern for elements with this text and no other. */
export function hasExactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s')}\\s*$`);
}

/** How long anything in the window may take, however busy the machine is. Milliseconds. */
export const PATIENCE = 30_000;
/** After so long without effect, a click or key is taken as lost: the window was not ready for it. */
const LOST_AFTER = 5_000;

/** Acts until `isSeen`, which waits no longer than it is told. What `act` throws counts as without effect, too. */
export async function actUntil(
  act: (timeout: number) => Promise<unknown>,
  isSeen: (timeout: number) => Promise<unknown>,
): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      await act(LOST_AFTER);
      await isSeen(LOST_AFTER);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** Waits until an element is to be seen, or is no more, as the second half of `actUntil`. */
export const appears = (element: Locator) => (timeout: number) => element.waitFor({ timeout });
export const vanishes = (element: Locator) => (timeout: number) => element.waitFor({ state: 'hidden', timeout });

/** Reads every `interval` ms until it is accepted; for what cannot be had by `expect.poll` or a locator. */
export async function pollUntil<T>(read: () => Promise<T>, accept: (value: T) => boolean, interval = 100): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > end) throw new Error(`Waited in vain; last read: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
