import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { launchBrowser } from '../vscode/helpers/browser.ts';
import { runCommand } from '../vscode/helpers/quickInput.ts';
import { readRows } from '../vscode/helpers/views.ts';
import { userFolders } from '../vscode/helpers/userFolders.ts';
import { waitForExtension } from '../vscode/helpers/workbench.ts';

const longer = { timeout: 60_000, interval: 300 };

test('npm start opens a folder in an editor with Cairn, until Ctrl-C', async () => {
  const [folder, home] = [tempFolder(), tempFolder()];
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  const child = spawn(process.execPath, ['build/start.mts', folder], { env: { ...process.env, ...userFolders(home) } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const address = () => /http:\/\/127\.0\.0\.1:\S+/.exec(output)?.[0];
  await expect.poll(address, longer).toBeDefined();

  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address()!);
  await waitForExtension(page);
  await page.screenshot({ path: 'test/vscode/screenshots/start.png' });
  await expect.poll(() => readRows(page, 'Explorer'), longer).toMatchObject([{ label: 'notes.txt' }]);
  await runCommand(page, 'Cairn: Back Up Workspace');
  const data = join(home, '.local/share/cairn');
  const countSnapshots = () => readdirSync(join(data, 'repository/snapshots')).length;
  await expect.poll(() => existsSync(data) && countSnapshots(), longer).toBe(1);
  const password = readFileSync(join(data, 'password'), 'utf8').trim();
  expect(restic(join(data, 'repository'), ['ls', 'latest'], { password })).toContain('/notes.txt');

  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
