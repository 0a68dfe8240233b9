/**
 * Bundles src/ into dist/: `npm run build`. One CommonJS file for each program or thread, with
 * everything in it that it needs; only the extension leaves `vscode` to its host, so any other
 * bundle that reaches an import of `vscode` fails here.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';

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

/**
 * Makes of the editor's API one variable for each part of it that is used, where otherwise every file would
 * have an object of its own with all of it, and every use would go through that: 8 kB less to load.
 */
const flatVscode: Plugin = {
  name: 'flat-vscode',
  setup(bundler) {
    bundler.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'flat-vscode' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'flat-vscode' },
    );
    bundler.onLoad({ filter: /.*/, namespace: 'flat-vscode' }, () => {
      const folder = join(root, 'src/extension');
      const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(folder, name), 'utf8'));
      const used = new Set(sources.flatMap((text) => [...text.matchAll(/\bvscode\.(\w+)/g)].map(([, name]) => name!)));
      const types = readFileSync(join(root, 'node_modules/@types/vscode/index.d.ts'), 'utf8');
      const values = [...types.matchAll(/^\s*export (?:namespace|class|enum|const|function) (\w+)/gm)];
      const names = [...new Set(values.map(([, name]) => name!))].filter((name) => used.has(name));
      return { contents: `const api = require('vscode');\nexport const { ${names.join(', ')} } = api;`, loader: 'js' };
    });
  },
};

/**
 * Of `ssh2` the SFTP class alone is used, so what only the rest of it needs is left out: its cryptography, of which some
 * would be a native module.
 */
const onlySftp: Plugin = {
  name: 'only-sftp',
  setup(bundler) {
    bundler.onResolve({ filter: /^(asn1|\.\/constants\.js)$/ }, ({ path, importer }) =>
      /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]utils\.js$/.test(importer) ? { path, namespace: 'only-sftp' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'only-sftp' }, () => ({ contents: '' }));
  },
};

const bundles: readonly Bundle[] = [
  {
    entry: 'src/extension/extension.ts',
    file: 'extension.js',
    options: { plugins: [flatVscode], minify: true, charset: 'utf8' },
    budget: 150_000,
  },
  { entry: 'src/extension/later.ts', file: 'later.js', options: { external: ['vscode'], minify: true } },
  { entry: 'src/worker/engineThread.ts', file: 'engine.js' },
  { entry: 'src/worker/codecThread.ts', file: 'codec.js' },
  { entry: 'src/worker/walkThread.ts', file: 'walk.js' },
  { entry: 'src/cli/mcp/mcpServer.ts', file: 'mcp.js', options: { minify: true } },
  {
    entry: 'src/cli/main.ts',
    file: 'cli.js',
    options: { banner: { js: `#!/usr/bin/env node${nodeVersionCheck}` } },
    executable: true,
  },
];

/** Writes one bundle and returns the folders of the packages that are in it. */
async function bundle({ entry, file, options, executable, budget }: Bundle): Promise<string[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join('dist', file),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [onlySftp],
    // What it says is its main file finds its parts in a way that no bundler follows.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    ...options,
    write: false,
    metafile: true,
  });
  const { contents } = result.outputFiles[0]!;
  if (budget !== undefined && contents.length > budget) {
    throw new Error(`dist/${file} would have ${contents.length} bytes, more than the ${budget} allowed to it.`);
  }
  writeWhole(file, contents, executable ? 0o755 : 0o644);
  console.log(`dist/${file}  ${(contents.length / 1000).toFixed(1)} kB`);
  return Object.keys(result.metafile.inputs).flatMap(
    (input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
}

/** By a rename, so that a program which is just starting reads the old file or the new one. */
function writeWhole(file: string, contents: Uint8Array | string, mode = 0o644): void {
  const target = join(root, 'dist', file);
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, contents);
  chmodSync(temporary, mode);
  renameSync(temporary, target);
}

/** The licences of all code that is not ours: each asks to go with it. */
function collectLicenses(packageFolders: readonly string[]): string {
  const texts = [...new Set(packageFolders)].sort().map((folder) => {
    const name = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (name === undefined) throw new Error(`${folder} is in a bundle, but has no licence to go with it.`);
    return `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, name), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

mkdirSync(join(root, 'dist'), { recursive: true });
const bundled = await Promise.all(bundles.map(bundle));
// Of libsodium only some WebAssembly is in the bundles, by way of build/wasm.mts.
writeWhole('licenses.txt', collectLicenses([...bundled.flat(), 'node_modules/libsodium-sumo']));
