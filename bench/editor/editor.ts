/**
 * What a person feels of Cairn in a real Visual Studio Code: activation, the delay of the extension
 * host's event loop while a large workspace is backed up for the first time and while files are saved,
 * and the CPU that saves cost.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { fetchVscode, packageExtension } from '../../build/vscode.mts';
import { installExtension, startServer } from '../../build/vscodeServer.mts';
import { launchBrowser } from '../../test/vscode/helpers/browser.ts';
import { bundleHostModule } from '../../test/vscode/helpers/bundleHostModule.ts';
import { growthInput } from '../inputs/growth.ts';
import { percentile } from '../statistics.ts';
import { formatNumber, renderTable } from '../table.ts';
import type { EditorInput, EditorMeasurement, Phase } from './editorHost.ts';

/** As many as the Linux source tree has. */
const WORKSPACE_FILES = 78_579;
const SAVES = 60;
/** A person who edits without a pause saves every so many seconds. */
const SECONDS_A_SAVE = 20;
/** Milliseconds between the keys that are typed. */
const BETWEEN_KEYS = 100;

/** A key that was typed. Milliseconds. */
interface KeyPress {
  /** Since 1970. */
  readonly start: number;
  /** Until what it changed was drawn, to the next 8. */
  readonly duration: number;
}

interface Measured extends EditorMeasurement {
  readonly keys: readonly KeyPress[];
}

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

function render(files: number, { activation, idle, firstBackup, saves, keys }: Measured, bytes: number): string {
  const idleCpu = idle.cpu / idle.seconds;
  const cpuOfSave = Math.max(0, saves.cpu - idleCpu * saves.seconds) / saves.count;
  const phase = (title: string, { seconds, delay, cpu }: Phase) => [
    title,
    ...[seconds, delay.p50, delay.p99, delay.max, cpu].map(formatNumber),
  ];
  const phases = [
    ['', 'seconds', 'delay p50, ms', 'p99', 'most', 'CPU, s'],
    phase('at rest', idle),
    phase(`first backup of ${files.toLocaleString('en')} files`, firstBackup),
    phase(`${saves.count} saves, ${saves.snapshots} snapshots`, saves),
  ];
  const typed = ({ start, seconds }: Phase) => {
    const durations = keys
      .filter((key) => key.start >= start && key.start < start + seconds * 1000)
      .map(({ duration }) => duration);
    const at = (part: number) => String(percentile(durations, part));
    return [String(durations.length), at(0.5), at(0.95), at(1)];
  };
  const typing = [
    ['', 'keys', 'p50, ms', 'p95', 'most'],
    ['at rest', ...typed(idle)],
    ['during the first backup', ...typed(firstBackup)],
  ];
  return [
    `\`extension.js\` has ${formatNumber(bytes / 1e3)} KB; it is loaded in ${formatNumber(activation.load)} ms, and activation takes ${formatNumber(activation.activate)} ms.`,
    renderTable(phases),
    'From a key that is pressed to what it changed on the screen, which this machine draws without graphics hardware:',
    renderTable(typing),
    `A save costs ${formatNumber(cpuOfSave * 1000)} ms of CPU more than rest does; one every ${SECONDS_A_SAVE} s is ${formatNumber((cpuOfSave / SECONDS_A_SAVE) * 100)} % of a core.`,
  ].join('\n\n');
}

async function measureInEditor(work: string, folder: string, saves: number): Promise<Measured> {
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
  const typing = join(work, 'typing');
  const module = await bundleHost(work, resultFile, { saves, repository: join(data, 'cairn/repository'), typing });
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
    const keys: KeyPress[] = [];
    await observeKeys(page, keys);
    await page.goto(url.href);
    if ((await typeUntil(page, typing, ended)) !== 0) {
      throw new Error(`The measurement failed in the extension host:\n${output}`);
    }
    return { ...(JSON.parse(readFileSync(resultFile, 'utf8')) as EditorMeasurement), keys };
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Has the browser tell of each key how long it took (W3C Event Timing; one below 16 ms counts as 16). */
async function observeKeys(page: Page, keys: KeyPress[]): Promise<void> {
  await page.exposeFunction('cairnKey', (start: number, duration: number) => keys.push({ start, duration }));
  await page.addInitScript(`
    const slow = new Map();
    new PerformanceObserver((list) => {
      for (const { name, startTime, duration } of list.getEntries()) if (name === 'keydown') slow.set(startTime, duration);
    }).observe({ type: 'event', durationThreshold: 16 });
    addEventListener('keydown', ({ timeStamp }) => {
      const tell = () => cairnKey(performance.timeOrigin + timeStamp, slow.get(timeStamp) ?? 16);
      setTimeout(tell, 2000);
    }, { capture: true });
  `);
}

/** Types as long as the host wants it. Returns how the host ended. */
async function typeUntil(page: Page, typing: string, ended: Promise<number>): Promise<number> {
  let code: number | undefined;
  void ended.then((value) => (code = value));
  while (code === undefined) {
    if (existsSync(typing)) await page.keyboard.press('a');
    await sleep(BETWEEN_KEYS);
  }
  return code;
}

async function bundleHost(work: string, resultFile: string, input: EditorInput): Promise<string> {
  mkdirSync(join(work, 'none'));
  writeFileSync(
    join(work, 'none/package.json'),
    '{"name":"none","publisher":"none","version":"0.0.0","engines":{"vscode":"*"}}',
  );
  const outfile = join(work, 'host.cjs');
  await bundleHostModule(join(import.meta.dirname, 'editorHost.ts'), input, resultFile, outfile);
  return outfile;
}
