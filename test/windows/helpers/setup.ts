import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bringWindowsNode, type WindowsNode } from '../../../build/wine.mts';

/** How folders of tests begin, at the top of a drive. */
export const FOLDER_PREFIX = 'cairn-';

declare module 'vitest' {
  interface ProvidedContext {
    windowsNode: WindowsNode;
  }
}

/** Once in a run: brings Windows Node and the Wine that runs it, and the command line as it is now. */
export function setup(project: TestProject): void {
  execFileSync(process.execPath, [resolve('build/cairn.mjs'), '--version']);
  const node = bringWindowsNode();
  for (const drive of Object.values(node.drives)) removeLeftovers(drive);
  project.provide('windowsNode', node);
}

/** What a run that was cut off has left. */
function removeLeftovers(drive: string): void {
  if (!existsSync(drive)) return;
  const names = readdirSync(drive).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const name of names) rmSync(join(drive, name), { recursive: true, force: true });
}
