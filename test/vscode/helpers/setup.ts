import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  fetchVscode,
  packageExtension,
  vscodeCache,
  type VscodeRelease,
  type VscodeServer,
} from '../../../build/vscode.mts';
import { installExtension } from '../../../build/vscodeServer.mts';

declare module 'vitest' {
  interface ProvidedContext {
    vscode: Record<VscodeRelease, VscodeServer>;
    /** Where the packaged extension is installed. */
    extensionsDir: string;
  }
}

/** Once in a run: brings the editors, packages the extension as it is now and installs it. */
export function setup(project: TestProject): void {
  const vscode = { current: fetchVscode('current'), oldest: fetchVscode('oldest') };
  const installed = join(vscodeCache, 'test');
  rmSync(installed, { recursive: true, force: true });
  const extensionsDir = join(installed, 'extensions');
  const options = { server: vscode.current, extensionsDir, dataDir: join(installed, 'data') };
  installExtension(options, packageExtension());
  project.provide('vscode', vscode);
  project.provide('extensionsDir', extensionsDir);
}
