/**
 * What a person feels of Cairn in a real Visual Studio Code: activation, the delay of the extension
 * host's event loop while a large workspace is backed up for the first time and while files are saved,
 * and the CPU that saves cost.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchVscode, packageExtension } from '../../build/vscode.mts';
import { installExtension, startServer } from '../../build/vscodeServer.mts';
import { launchBrowser } from '../../test/vscode/helpers/browser.ts';
import { bundleHostModule } from '../../test/vscode/helpers/bundleHostModule.ts';
import { growthInput } from '../inputs/growth.ts';
import { formatNumber, renderTable } from '../table.ts';
import type { EditorMeasurement } from './editorHost.ts';

/** As many as the Linux source tree has. */
const WORKSPACE_FILES = 78_579;
const SAVES = 60;
/** A person who edits without a pause saves every so many seconds. */
const SECONDS_A_SAVE = 20;

/** Measures Cairn in an editor, and gives tables in Markdown. */
export async function measureEditor(workFolder: string, dist: string, scale: number): Promise<string> {
  const work = join(workFolder, 'editor');
  mkdirSync(work);
  const files = Math.round(WORKSPACE_FILES * scale);
  const folder = join(work, 'workspace');
  await growthInput(files).make(folder);
  const result = await measureInEditor(work, folder, Math.max(5, Math.round(SAVES * scale)));
  return render(files, result, statSync(join(dist, 'extension.js')).size);
}

function render(files: number, { activation, idle, firstBackup, saves }: EditorMeasurement, bytes: number): string {
  const idleCpu = idle.cpu / idle.seconds;
  const cpuOfSave = Math.max(0, saves.cpu - idleCpu * saves.seconds) / saves.count;
  const phase = (title: string, { seconds, delay, cpu }: EditorMeasurement['idle']) => [
    title,
    ...[seconds, delay.p50, delay.p99, delay.max, cpu].map(formatNumber),
  ];
  const phases = [
    ['', 'seconds', 'delay p50, ms', 'p99', 'most', 'CPU, s'],
    phase('at rest', idle),
    phase(`first backup of ${files.toLocaleString('en')} files`, firstBackup),
    phase(`${saves.count} saves, ${saves.snapshots} snapshots`, saves),
  ];
  return [
    `\`extension.js\` has ${formatNumber(bytes / 1e3)} KB; it is loaded in ${formatNumber(activation.load)} ms, and activation takes ${formatNumber(activation.activate)} ms.`,
    renderTable(phases),
    `A save costs ${formatNumber(cpuOfSave * 1000)} ms of CPU more than rest does; one every ${SECONDS_A_SAVE} s is ${formatNumber((cpuOfSave / SECONDS_A_SAVE) * 100)} % of a core.`,
  ].join('\n\n');
}

async function measureInEditor(work: string, folder: string, saves: number): Promise<EditorMeasurement> {
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
  const module = await bundleHost(work, resultFile, { saves, repository: join(data, 'cairn/repository') });
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

async function bundleHost(
  work: string,
  resultFile: string,
  input: { readonly saves: number; readonly repository: string },
): Promise<string> {
  mkdirSync(join(work, 'none'));
  writeFileSync(
    join(work, 'none/package.json'),
    '{"name":"none","publisher":"none","version":"0.0.0","engines":{"vscode":"*"}}',
  );
  const outfile = join(work, 'host.cjs');
  await bundleHostModule(join(import.meta.dirname, 'editorHost.ts'), input, resultFile, outfile);
  return outfile;
}
