import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bringWindowsNode, type WindowsNode } from '../../../build/wine.mts';

declare module 'vitest' {
  interface ProvidedContext {
    windowsNode: WindowsNode;
  }
}

/** Once in a run: brings Windows Node and the Wine that runs it, and the command line as it is now. */
export function setup(project: TestProject): void {
  execFileSync(process.execPath, [resolve('build/cairn.mjs'), '--version']);
  project.provide('windowsNode', bringWindowsNode());
}
