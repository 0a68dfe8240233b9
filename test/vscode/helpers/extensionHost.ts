import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { bundleHostModule } from './bundleHostModule.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';

export interface HostOptions extends WorkbenchOptions {
  readonly input?: unknown;
  /** What a person does in the window while the module runs; its end is waited for. */
  readonly meanwhile?: (workbench: Workbench) => Promise<void>;
  /** Errors of the extension are what is looked for. */
  readonly ignoreErrors?: boolean;
}

/** The folder of the installed package. */
export function installedExtension(): string {
  const extensionsDir = inject('extensionsDir');
  return join(
    extensionsDir,
    readdirSync(extensionsDir).find((name) => name.startsWith('cairn-backup.'))!,
  );
}

/**
 * Runs a module in the extension host of a new window, next to the installed extension. The module
 * (a path from test/vscode) exports `run(input)`, which has the whole of `vscode`; what it returns,
 * as JSON, is the result, and what it throws is thrown.
 */
export async function runInExtensionHost<T>(modulePath: string, options: HostOptions = {}): Promise<T> {
  const folder = tempFolder();
  const resultFile = join(folder, 'result.json');
  const bundle = join(folder, 'run.cjs');
  await bundleHostModule(resolve(import.meta.dirname, '..', modulePath), options.input, resultFile, bundle);
  let exited: (code: number) => void;
  const exit = new Promise<number>((resolve) => (exited = resolve));
  let output = '';
  const workbench = await openWorkbench({
    ...options,
    payload: (remote) => [
      ['extensionDevelopmentPath', `${remote}${installedExtension()}`],
      ['extensionTestsPath', `${remote}${bundle}`],
    ],
    prepare: async (page) => {
      await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        output += `${type}: ${args.map(String).join(' ')}\n`;
      });
      await page.exposeFunction('codeAutomationExit', (code: number) => exited(code));
    },
  });
  await options.meanwhile?.(workbench);
  const code = await exit;
  await workbench.close({ ignoreErrors: options.ignoreErrors ?? false });
  if (code === 0 && existsSync(resultFile)) return JSON.parse(readFileSync(resultFile, 'utf8')) as T;
  throw new Error(`${modulePath} ended with code ${code} in the extension host:\n${output}`);
}
