/**
 * Visual Studio Code for trying the extension and for its tests: the server that `code-server`
 * carries, which shows the whole editor in a browser. It is brought by npm, from whatever registry
 * npm is set to, and kept in .cache/vscode/.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce, root, run, runNpm } from './fetch.mts';

/** Where everything goes that is fetched or kept between two starts of the editor. */
export const vscodeCache = join(root, '.cache/vscode');

export interface VscodeServer {
  /** The Node that runs the server and its extension host. */
  readonly node: string;
  readonly main: string;
}

/** `oldest` is the lowest that `engines.vscode` allows, under the Node that its desktop program has within it. */
export type VscodeRelease = 'current' | 'oldest';

const releases = {
  current: { codeServer: '4.139.1', node: undefined },
  oldest: { codeServer: '4.104.0', node: '22.18.0' },
} as const;

/** In the server's folder; makes up half of its size and has no part in what extensions see. */
const needless = [
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
];

/** Brings the server unless it is there. A fetch that was cut off leaves nothing that looks complete. */
export function fetchVscode(release: VscodeRelease): VscodeServer {
  const { codeServer, node } = releases[release];
  const server = fetchOnce(join(vscodeCache, `server-${codeServer}`), (folder) => fetchServer(codeServer, folder));
  return {
    node: node === undefined ? process.execPath : fetchNode(node),
    main: join(server, 'out/server-main.js'),
  };
}

/** Builds and packages the extension as it is now, and returns the path of the package. */
export function packageExtension(): string {
  runNpm(['run', '--silent', 'package'], root);
  return join(root, 'cairn.vsix');
}

function fetchServer(version: string, folder: string): void {
  console.error(`Fetching Visual Studio Code (code-server ${version})`);
  runNpm(['pack', '--silent', `code-server@${version}`], folder);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  run('tar', ['-xzf', archive, '--strip-components=3', 'package/lib/vscode'], folder);
  rmSync(join(folder, archive));
  // Its scripts would compile native modules, all of which it can do without.
  runNpm(['install', '--prefix', '.', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  for (const path of needless) rmSync(join(folder, path), { recursive: true, force: true });
}

function fetchNode(version: string): string {
  const folder = fetchOnce(join(vscodeCache, `node-${version}`), (temporary) => {
    console.error(`Fetching Node ${version}`);
    writeFileSync(join(temporary, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
    const options = ['--ignore-scripts=false', '--no-audit', '--no-fund', '--no-save'];
    runNpm(['install', '--prefix', '.', ...options, `node@${version}`], temporary);
  });
  return join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
