import { build } from 'esbuild';

/**
 * Bundles a module for the extension host of an editor: what its `run(input)` returns is written to
 * `resultFile`, as JSON. `module` is absolute.
 */
export async function bundleHostModule(
  module: string,
  input: unknown,
  resultFile: string,
  outfile: string,
): Promise<void> {
  const contents = `
    import { writeFileSync } from 'node:fs';
    import { run as runModule } from ${JSON.stringify(module)};
    export async function run() {
      const result = await runModule(${JSON.stringify(input)});
      writeFileSync(${JSON.stringify(resultFile)}, JSON.stringify(result ?? null));
    }`;
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'warning',
  });
}
