/**
 * What a person feels of Cairn in a real Visual Studio Code: activation, the delay of the extension
 * host's event loop while a large workspace is backed up for the first time and while files are saved,
 * and the CPU that saves cost.
 *
 *     node --no-warnings bench/editor/editor.ts [--files 78579] [--saves 60]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchVscode, packageExtension } from '../../build/vscode.mts';
import { installExtension, startServer } from '../../build/vscodeServer.mts';
import { launchBrowser } from '../../test/vscode/helpers/browser.ts';
import { bundleHostModule } from '../../test/vscode/helpers/bundleHostModule.ts';
import { growthInput } from '../inputs/growth.ts';
import type { EditorMeasurement } from './editorHost.ts';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '78579' }, saves: { type: 'string', default: '60' } },
});
const work = mkdtempSync(join(tmpdir(), 'cairn-editor-'));
try {
  const folder = join(work, 'workspace');
  await growthInput(Number(values.files)).make(folder);
  const result = await measureInEditor(folder);
  console.log(JSON.stringify({ files: Number(values.files), load: loadavg()[0], ...result }, undefined, 2));
  const perHour =
    (result.saves.cpu - (result.idle.cpu / result.idle.seconds) * result.saves.seconds) / result.saves.count;
  console.log(
    `A save costs ${(perHour * 1000).toFixed(1)} ms of CPU; one every 20 s is ${((perHour / 20) * 100).toFixed(2)} % of a core.`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measureInEditor(folder: string): Promise<EditorMeasurement> {
  const options = {
    server: fetchVscode('current'),
    extensionsDir: join(work, 'extensions'),
    dataDir: join(work, 'editor'),
  };
  installExtension(options, packageExtension());
  mkdirSync(join(options.dataDir, 'data/User'), { recursive: true });
  const settings = {
    'security.workspace.trust.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'chat.disableAIFeatures': true,
    'cairn.automatic.quietTime': 0.5,
    'cairn.automatic.interval': 0,
  };
  writeFileSync(join(options.dataDir, 'data/User/settings.json'), JSON.stringify(settings));
  const data = join(work, 'share');
  const resultFile = join(work, 'result.json');
  const module = await bundleHost(resultFile, join(data, 'cairn/repository'));
  const env = { ...process.env, HOME: work, XDG_DATA_HOME: data };
  const server = await startServer(options, { args: ['--enable-smoke-test-driver'], env });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    let output = '';
    await page.exposeFunction(
      'codeAutomationLog',
      (_type: string, args: unknown[]) => (output += `${args.join(' ')}\n`),
    );
    const ended = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    const url = new URL(`http://127.0.0.1:${server.port}/`);
    url.searchParams.set('tkn', server.token);
    url.searchParams.set('folder', folder);
    const remote = `vscode-remote://127.0.0.1:${server.port}`;
    // Nothing is developed: the folder only has to be one, and the installed package is what runs.
    const payload = [
      ['skipWelcome', 'true'],
      ['extensionDevelopmentPath', `${remote}${join(work, 'none')}`],
      ['extensionTestsPath', `${remote}${module}`],
    ];
    url.searchParams.set('payload', JSON.stringify(payload));
    await page.goto(url.href);
    if ((await ended) !== 0) throw new Error(`The measurement failed in the extension host:\n${output}`);
    return JSON.parse(readFileSync(resultFile, 'utf8')) as EditorMeasurement;
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function bundleHost(resultFile: string, repository: string): Promise<string> {
  mkdirSync(join(work, 'none'));
  writeFileSync(
    join(work, 'none/package.json'),
    '{"name":"none","publisher":"none","version":"0.0.0","engines":{"vscode":"*"}}',
  );
  const outfile = join(work, 'host.cjs');
  const input = { saves: Number(values.saves), repository };
  await bundleHostModule(join(import.meta.dirname, 'editorHost.ts'), input, resultFile, outfile);
  return outfile;
}
