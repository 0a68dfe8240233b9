/**
 * `npm run package:npm [-- FOLDER]`: assembles in dist/npm, or FOLDER, the package of the command line that is
 * published to npm. It has what `npm run build` has written and depends on nothing.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The program, the threads that it starts, and what one of its commands loads. */
const programs = ['cli.js', 'codec.js', 'walk.js', 'mcp.js'];

/** What npm is to know of what the extension's manifest says. */
const shared = ['name', 'version', 'description', 'license', 'keywords', 'repository', 'bugs', 'homepage'] as const;

const folder = resolve(process.argv[2] ?? join(root, 'dist/npm'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of [...programs, 'licenses.txt']) copyFileSync(join(root, 'dist', name), join(folder, name));
chmodSync(join(folder, 'cli.js'), 0o755);
for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) copyFileSync(join(root, name), join(folder, name));
writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify(
    {
      ...Object.fromEntries(shared.filter((key) => key in manifest).map((key) => [key, manifest[key]])),
      // As dist/cli.js itself tells.
      engines: { node: '>=22.15' },
      type: 'commonjs',
      bin: { cairn: 'cli.js' },
    },
    undefined,
    2,
  )}\n`,
);
console.log(`${folder}: ${String(manifest['name'])} ${String(manifest['version'])}`);
