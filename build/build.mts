/**
 * Bundles src/ into dist/: `npm run build`. One CommonJS file for each program or thread, with
 * everything in it that it needs; only the extension leaves `vscode` to its host, so any other
 * bundle that reaches an import of `vscode` fails here.
 */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Runs before anything else in dist/cli.js, so it keeps to the JavaScript of the oldest Node. */
const nodeVersionCheck = `
(function () {
  var version = process.versions.node.split('.').map(Number);
  var oldestMinor = { 22: 15, 23: 8 }[version[0]] || 0;
  if (version[0] >= 22 && version[1] >= oldestMinor) return;
  console.error('cairn needs Node 22.15 or later, but ' + process.execPath + ' is Node ' + process.versions.node + '.');
  process.exit(1);
})();`;

interface Bundle {
  readonly entry: string;
  readonly file: string;
  readonly options?: BuildOptions;
  readonly executable?: boolean;
  /** Largest size allowed, in bytes. */
  readonly budget?: number;
}

const bundles: readonly Bundle[] = [
  {
    entry: 'src/extension/extension.ts',
    file: 'extension.js',
    options: { external: ['vscode'], minify: true },
    budget: 150_000,
  },
  { entry: 'src/worker/codecThread.ts', file: 'codec.js' },
  {
    entry: 'src/cli/main.ts',
    file: 'cli.js',
    options: { banner: { js: `#!/usr/bin/env node${nodeVersionCheck}` } },
    executable: true,
  },
];

async function bundle({ entry, file, options, executable, budget }: Bundle): Promise<void> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join('dist', file),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    legalComments: 'eof',
    logLevel: 'warning',
    ...options,
    write: false,
  });
  const { contents } = result.outputFiles[0]!;
  if (budget !== undefined && contents.length > budget) {
    throw new Error(`dist/${file} would have ${contents.length} bytes, more than the ${budget} allowed to it.`);
  }
  // A rename, so that a program which is just starting reads the old file or the new one.
  const target = join(root, 'dist', file);
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, contents);
  if (executable) chmodSync(temporary, 0o755);
  renameSync(temporary, target);
  console.log(`dist/${file}  ${(contents.length / 1000).toFixed(1)} kB`);
}

mkdirSync(join(root, 'dist'), { recursive: true });
await Promise.all(bundles.map(bundle));
