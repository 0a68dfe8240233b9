import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { tempFolder } from './tempFolder.ts';

/** Bundles a source file for a process or a thread, which would start slowly if it had to compile them all. */
export function bundle(source: string): string {
  const outfile = join(tempFolder(), `${basename(source, '.ts')}.cjs`);
  const entryPoints = [resolve(source)];
  // A native module that build/build.mts leaves out together with what asks for it.
  const external = ['cpu-features'];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external, logLevel: 'error' });
  return outfile;
}
