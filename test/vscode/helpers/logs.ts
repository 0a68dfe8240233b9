import type { Page } from 'playwright-core';

/** What the editor itself lacks here: native modules, and a way to where extensions are published. */
const noise = /bindings file|watchdog'|getting the latest version/;

/**
 * Collects what goes wrong in the extension or takes the extension host down, one text for each. The editor
 * under test writes no log files (that takes a native module), but tells its page.
 */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (!['error', 'warning'].includes(message.type()) || noise.test(text)) return;
    if (/cairn|extension host .*(terminated|exited|unresponsive)/i.test(text)) errors.push(text);
  });
  return errors;
}
