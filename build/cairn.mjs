/**
 * `npm run cairn -- …`: builds dist/ when it is missing or older than its sources, then runs the
 * command line in this very process, so that arguments, signals, streams and the exit code are its own.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const commandLine = join(root, 'dist/cli.js');

if (!process.features.typescript) {
  console.error(
    `npm run cairn needs the Node that \`npm ci\` brings (the package \`node\`), but runs on Node ${process.versions.node}. ` +
      'Run `npm ci` again, with install scripts allowed.',
  );
  process.exit(1);
}

if (isStale()) {
  const { status } = spawnSync(process.execPath, [join(root, 'build/build.mts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(1);
}

// npm starts scripts in the package's folder; a relative path means the folder the person is in.
if (process.env.npm_lifecycle_event === 'cairn' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.argv[1] = commandLine;
createRequire(import.meta.url)(commandLine);

/** Whether anything that goes into dist/ was changed after the command line was built. */
function isStale() {
  const builtAt = modifiedAt(commandLine);
  return ['src', 'build', 'package-lock.json'].some((name) => {
    const path = join(root, name);
    if (modifiedAt(path) > builtAt) return true;
    if (!statSync(path).isDirectory()) return false;
    return readdirSync(path, { recursive: true }).some((entry) => modifiedAt(join(path, String(entry))) > builtAt);
  });
}

/** @param {string} path */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
