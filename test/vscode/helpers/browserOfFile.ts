import type { Browser } from 'playwright-core';
import { afterAll } from 'vitest';
import { launchBrowser } from './browser.ts';

let browser: Promise<Browser> | undefined;
// Registered before those of what uses it, so it comes after them.
afterAll(async () => (await browser)?.close());

/** One browser for all windows of a test file, since it takes seconds to start. Each `newPage` has its own storage. */
export function browserOfFile(): Promise<Browser> {
  browser ??= launchBrowser();
  return browser;
}
