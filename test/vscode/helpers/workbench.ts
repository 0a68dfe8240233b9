import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, inject } from 'vitest';
import type { VscodeRelease } from '../../../build/vscode.mts';
import { startServer } from '../../../build/vscodeServer.mts';
import { browserOfFile } from './browserOfFile.ts';
import { watchErrors } from './logs.ts';
import { userFolders } from './userFolders.ts';
import { PATIENCE } from './waiting.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

export interface WorkbenchOptions {
  /** The folder or `.code-workspace` file to open; without one the window is empty. */
  readonly folder?: string;
  readonly workspaceFile?: string;
  /** User settings, over those below. */
  readonly settings?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** Given again, it makes the editor start as it was left. */
  readonly userDataDir?: string;
  /** Home of the user, under which the data of Cairn go, too. */
  readonly home?: string;
  readonly release?: VscodeRelease;
  /** Names and values of VS Code's `payload`. */
  readonly payload?: (remote: string) => readonly (readonly [string, string])[];
  /** Called before the page is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
}

export interface Workbench {
  readonly page: Page;
  readonly userDataDir: string;
  readonly home: string;
  /** Saves a picture of the window as test/vscode/screenshots/NAME.png. */
  screenshot(name: string): Promise<void>;
  /**
   * Ends the editor. Throws when the page was told of an error in the extension, or that the extension host
   * has died, unless told not to look.
   */
  close(options?: { readonly ignoreErrors?: boolean }): Promise<void>;
}

const screenshots = join(import.meta.dirname, '../screenshots');

const open = new Set<Workbench>();
// Registered when a test file imports this. What a failed test saw last is the best hint.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const [at, workbench] of [...open].entries()) {
    await workbench.screenshot(`failed-${task.name.replace(/[^a-z0-9]+/gi, '-')}${at || ''}`);
  }
});
afterAll(async () => {
  for (const workbench of open) await workbench.close({ ignoreErrors: true });
});

const defaultSettings = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'git.openRepositoryInParentFolders': 'never',
  // A question for what most tests do as their first step would stand before what they look at.
  'cairn.protect': 'never',
  // As on the desktop; a browser would save by itself.
  'files.autoSave': 'off',
  // Both sides of a difference, however narrow the window.
  'diffEditor.useInlineViewWhenSpaceIsLimited': false,
  // A click on one of two buttons is not to depend on the platform.
  'window.dialogStyle': 'custom',
};

/** Settings under which Cairn makes no snapshot by itself. */
export const noAutomatic = {
  'cairn.automatic.onSave': false,
  'cairn.automatic.onCommit': false,
  'cairn.automatic.outsideChanges': false,
  'cairn.automatic.onStartup': false,
  'cairn.automatic.interval': 0,
};

/**
 * Opens a window of a new editor with the packaged extension, and waits until that runs. Touches no data of the
 * real user.
 */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const userDataDir = options.userDataDir ?? tempFolder();
  const home = options.home ?? tempFolder();
  writeSettings(userDataDir, { ...defaultSettings, ...options.settings });
  const server = await startServer(
    {
      server: inject('vscode')[options.release ?? 'current'],
      extensionsDir: inject('extensionsDir'),
      dataDir: userDataDir,
    },
    {
      args: ['--enable-smoke-test-driver', '--log', 'debug'],
      env: { ...process.env, ...userFolders(home), ...options.env },
    },
  );
  const page = await (await browserOfFile()).newPage({ viewport: { width: 1280, height: 800 } });
  const errors = watchErrors(page);
  const close = async ({ ignoreErrors = false } = {}): Promise<void> => {
    open.delete(workbench);
    // What the editor was about to read as its window closed, it reports as cancelled.
    const met = [...errors];
    await page.context().close();
    await server.stop();
    if (met.length > 0 && !ignoreErrors) throw new Error(`The extension had errors:\n${met.join('\n')}`);
  };
  const screenshot = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
  };
  const workbench: Workbench = { page, userDataDir, home, screenshot, close };
  open.add(workbench);
  try {
    await options.prepare?.(page);
    await page.goto(addressOf(server.port, server.token, options));
    // A module that is run in the extension host may end before the window is drawn.
    if (!options.payload) await waitForExtension(page);
  } catch (error) {
    await close({ ignoreErrors: true });
    throw new Error(`The window did not open. The server says:\n${server.output()}`, { cause: error });
  }
  return workbench;
}

/** Waits until the extension runs; before, the window is not restored, and the Command Palette lacks its commands. */
export async function waitForExtension(page: Page): Promise<void> {
  await page.locator('.statusbar-item[id*="cairn"]').first().waitFor({ timeout: PATIENCE });
}

function addressOf(port: number, token: string, { folder, workspaceFile, payload }: WorkbenchOptions): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set('tkn', token);
  if (folder !== undefined) url.searchParams.set('folder', folder);
  if (workspaceFile !== undefined) url.searchParams.set('workspace', workspaceFile);
  const more = payload?.(`vscode-remote://127.0.0.1:${port}`) ?? [];
  url.searchParams.set('payload', JSON.stringify([['skipWelcome', 'true'], ...more]));
  return url.href;
}

function writeSettings(userDataDir: string, settings: object): void {
  const folder = join(userDataDir, 'data/User');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}
