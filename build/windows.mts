/**
 * `npm run test:windows [-- FILTER…] [--audit]`: runs the unit, backend and integration tests in Windows Node.
 * On Linux that is the real `node.exe` under Wine: a copy of this checkout gets its packages for Windows, and
 * runs this same command there. On Windows it is the Node at hand. The last line is `N passed, N failed`.
 */
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, run, runNpm } from './fetch.mts';
import { answerResticRequests } from './resticForWine.mts';
import { bringNewWindowsNode, startWindowsNode, windowsCache, windowsPath } from './wine.mts';

const project = join(windowsCache, 'project');
/** What the tests print, which stays there until the next run. */
const log = join(windowsCache, 'test.log');

const args = process.argv.slice(2);
if (process.platform === 'win32') {
  const { runWindowsTests } = await import('./windowsTests.mts');
  process.exit(await runWindowsTests(args));
}
try {
  const node = bringNewWindowsNode();
  copyProject();
  installPackages();
  process.exit(await runThere(node));
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

/** Everything that git does not ignore; the packages that are there already stay. */
function copyProject(): void {
  mkdirSync(project, { recursive: true });
  for (const name of readdirSync(project)) {
    if (name !== 'node_modules') rmSync(join(project, name), { recursive: true, force: true });
  }
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root).split('\0');
  for (const file of files) {
    // The last name is empty; what was removed may still be known to git.
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(project, file)), { recursive: true });
    copyFileSync(join(root, file), join(project, file));
  }
}

function installPackages(): void {
  const lockFile = join(project, 'package-lock.json');
  const installed = join(project, 'node_modules/.installed-for-windows.json');
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lockFile))) return;
  console.error('Installing the packages for Windows');
  const options = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  runNpm(['ci', '--prefix', '.', ...options], project);
  copyFileSync(lockFile, installed);
}

/** Prints what is printed there, and returns the exit code. */
async function runThere(node: ReturnType<typeof bringNewWindowsNode>): Promise<number> {
  const output = openSync(log, 'w+');
  const child = startWindowsNode(node, ['build/windows.mts', ...args], {
    cwd: project,
    stdout: output,
    stderr: output,
    env: {
      CAIRN_TEST_RESTIC: windowsPath(node, answerResticRequests(node)),
      ...(!process.stdout.isTTY && { NO_COLOR: '1' }),
    },
  });
  let ended = false;
  const end = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      ended = true;
      resolve(code ?? 1);
    });
  });
  let at = 0;
  const buffer = Buffer.alloc(1 << 16);
  for (;;) {
    const last = ended;
    for (let size; (size = readSync(output, buffer, 0, buffer.length, at)) > 0; at += size) {
      process.stdout.write(buffer.subarray(0, size));
    }
    if (last) return end;
    await Promise.race([sleep(300), end]);
  }
}
