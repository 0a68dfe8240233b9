/**
 * `npm run test:desktop [-- VERSION…]`: packages the extension, installs it into a Visual Studio Code of the desktop,
 * and runs test/vscode/host/story.ts in its extension host. The versions, the newest and the oldest supported unless
 * named, are downloaded from Microsoft into .cache/; `VSCODE` names a program to be used instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } from '@vscode/test-electron';
import { bundleHostModule } from '../test/vscode/helpers/bundleHostModule.ts';
import { userFolders } from '../test/vscode/helpers/userFolders.ts';
import type { Story, StoryInput } from '../test/vscode/host/story.ts';
import { root } from './fetch.mts';
import { packageExtension, vscodeCache } from './vscode.mts';

const settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  // The window need not have the focus.
  'workbench.quickOpen.closeOnFocusLost': false,
};

const { VSCODE: installed } = process.env;
const vsix = packageExtension();
for (const version of versions()) {
  const executable = installed ?? (await download(version));
  const { vscode, triggers } = await tellStory(executable);
  console.log(`Visual Studio Code ${vscode}: ${triggers.join(', ')}`);
}

function versions(): string[] {
  const named = process.argv.slice(2);
  if (named.length > 0 || installed !== undefined) return named.length > 0 ? named : ['installed'];
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { vscode: string } };
  return ['stable', manifest.engines.vscode.replace('^', '')];
}

function download(version: string): Promise<string> {
  const cachePath = join(vscodeCache, 'desktop');
  mkdirSync(cachePath, { recursive: true });
  return downloadAndUnzipVSCode({ version, cachePath });
}

async function tellStory(executable: string): Promise<Story> {
  // Short names: a socket in the user data may have a path of about a hundred characters only.
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'cairn-')));
  const at = (name: string) => join(folder, name);
  try {
    for (const name of ['home', 'work', 'u/User']) mkdirSync(at(name), { recursive: true });
    writeFileSync(at('u/User/settings.json'), JSON.stringify(settings));
    const places = ['--extensions-dir', at('x'), '--user-data-dir', at('u')];
    install(executable, places);
    const input: StoryInput = { home: at('home'), node: process.execPath };
    await bundleHostModule(join(root, 'test/vscode/host/story.ts'), input, at('result.json'), at('run.cjs'));
    await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: join(
        at('x'),
        readdirSync(at('x')).find((name) => name.startsWith('cairn-backup.'))!,
      ),
      extensionTestsPath: at('run.cjs'),
      extensionTestsEnv: userFolders(at('home')),
      // The folders of this user, not those that a login shell would name.
      launchArgs: [at('work'), ...places, '--force-disable-user-env'],
    });
    return JSON.parse(readFileSync(at('result.json'), 'utf8')) as Story;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function install(executable: string, places: readonly string[]): void {
  const [command, ...first] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true });
  const args = [...first, '--install-extension', vsix, '--force', ...places];
  // There it is a script, and a shell runs it.
  const shell = process.platform === 'win32';
  const quote = (text: string) => (shell ? `"${text}"` : text);
  const { status, error } = spawnSync(quote(command!), args.map(quote), { stdio: 'inherit', shell });
  if (status !== 0) throw new Error(`Visual Studio Code does not install ${vsix}.`, { cause: error });
}
