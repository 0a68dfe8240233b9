import type { Page } from 'playwright-core';

/**
 * Collects what goes wrong in the extension or takes the extension host down, one text for each. The editor
 * under test writes no log files (that takes a native module), but tells its page.
 */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (!['error', 'warning'].includes(message.type()) || /bindings file|native-watchdog|watchdog'/.test(text)) return;
    if (/cairn|extension host .*(terminated|exited|unresponsive)/i.test(text)) errors.push(text);
  });
  return errors;
}
