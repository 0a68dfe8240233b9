/**
 * `npm start [-- FOLDER]`: opens FOLDER, or the folder it is called in, in a Visual Studio Code with
 * this Cairn installed, in the browser, until Ctrl-C. The editor's own data are in .cache/.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fetchVscode, packageExtension, vscodeCache } from './vscode.mts';
import { installExtension, startServer } from './vscodeServer.mts';

const settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  // As on the desktop; a browser would save by itself.
  'files.autoSave': 'off',
};

const folder = resolve(process.env['INIT_CWD'] ?? '.', process.argv[2] ?? '.');
if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`${folder} is not a folder. Name the one to open: npm start -- FOLDER`);
  process.exit(1);
}

const data = join(vscodeCache, 'start');
const options = {
  server: fetchVscode('current'),
  extensionsDir: join(data, 'extensions'),
  dataDir: join(data, 'data'),
};
installExtension(options, packageExtension());
writeSettings(join(options.dataDir, 'data/User/settings.json'));
const server = await startServer(options);

const ended = new Promise<void>((end) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end());
  server.process.once('exit', () => end());
});
const url = new URL(`http://127.0.0.1:${server.port}/`);
url.searchParams.set('tkn', server.token);
url.searchParams.set('folder', folder.replaceAll('\\', '/').replace(/^(?=[a-z]:)/i, '/'));
console.log(`\nVisual Studio Code with Cairn is at\n\n  ${url.href}\n\nCtrl-C ends it.`);
openInBrowser(url.href);
await ended;
await server.stop();

/** What the person has changed there since stays. */
function writeSettings(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(settings, undefined, 2));
}

/** On a desktop; elsewhere the address is there to be copied. */
function openInBrowser(address: string): void {
  const { platform, env } = process;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return;
  const opener = platform === 'darwin' ? 'open' : platform === 'win32' ? 'explorer.exe' : 'xdg-open';
  spawn(opener, [address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
