import { type Browser, chromium } from 'playwright-core';
import { browser, findTool } from '../../../build/tools.mts';

const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser of this machine; with a window, and slowly, when `HEADED` is set. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findTool(browser);
  if (executablePath === undefined) throw new Error(`Install ${browser.command}, or name one in CHROMIUM.`);
  const headed = Boolean(process.env['HEADED']);
  return chromium.launch({ executablePath, args: switches, headless: !headed, slowMo: headed ? 100 : 0 });
}
