import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, inject } from 'vitest';
import { startWindowsNode, windowsPath } from '../../../build/wine.mts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { FOLDER_PREFIX } from './setup.ts';
import { removeTree, tempFolder } from '../../helpers/tempFolder.ts';

export interface WindowsRun {
  /** `null` if it was ended because it took too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WindowsFolder {
  /** As Windows has it: `C:\…`. */
  readonly windows: string;
  /** The same folder as Linux has it. */
  readonly linux: string;
}

/** Milliseconds for one run, which takes a minute on a quiet machine, and ten with long tests; only what hangs takes so long. */
const LIMIT = process.env['CAIRN_LONG'] === '1' ? 3_600_000 : 600_000;

/** For the hook that tells a story. */
export const STORY_TIMEOUT = LIMIT + 60_000;

const windowsNode = inject('windowsNode');
const folders: string[] = [];
afterAll(() => folders.splice(0).forEach(removeTree));

/** A new folder at the top of a drive, which is removed when the tests of the file are over. */
export function windowsFolder(drive: keyof typeof windowsNode.drives = 'c'): WindowsFolder {
  mkdirSync(windowsNode.drives[drive], { recursive: true });
  const linux = mkdtempSync(join(windowsNode.drives[drive], FOLDER_PREFIX));
  folders.push(linux);
  return { windows: toWindows(linux), linux };
}

/** A path of Linux as Windows Node has it. */
export function toWindows(path: string): string {
  return windowsPath(windowsNode, path);
}

/** Runs a script (a path of Linux) in Windows Node to its end. There is nothing on its standard input. */
async function runWindowsNode(
  script: string,
  args: readonly string[] = [],
  { env = {}, cwd = resolve('.') }: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<WindowsRun> {
  const folder = tempFolder();
  const [out, err] = [join(folder, 'out'), join(folder, 'err')];
  const [stdout, stderr] = [openSync(out, 'w'), openSync(err, 'w')];
  const child = startWindowsNode(windowsNode, [toWindows(resolve(script)), ...args], {
    cwd,
    stdout,
    stderr,
    env: { RESTIC_PASSWORD: TEST_PASSWORD, TZ: 'UTC', ...env },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('exit', done);
  });
  clearTimeout(timer);
  for (const descriptor of [stdout, stderr]) closeSync(descriptor);
  return { code, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
}

/**
 * Runs a story: the function `run` of a module of test/windows/stories, bundled for Windows Node. Input and
 * result are plain data. `runStory<typeof run>('mainJob', input)`
 */
export async function runStory<Run extends (input: never) => unknown>(
  name: string,
  input: Parameters<Run>[0],
): Promise<Awaited<ReturnType<Run>>> {
  const folder = tempFolder();
  const [outfile, resultFile] = [join(folder, 'story.cjs'), join(folder, 'result.json')];
  await build({
    stdin: { contents: entry(name, input, toWindows(resultFile)), resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['cpu-features'],
    logLevel: 'warning',
  });
  const { code, stdout, stderr } = await runWindowsNode(outfile);
  if (code !== 0) throw new Error(`The story ${name} ended with ${code}:\n${stdout}${stderr}`);
  return JSON.parse(readFileSync(resultFile, 'utf8')) as Awaited<ReturnType<Run>>;
}

function entry(story: string, input: unknown, resultFile: string): string {
  return `
    import { writeFileSync } from 'node:fs';
    import { run } from ${JSON.stringify(resolve(`test/windows/stories/${story}.ts`))};
    async function main() {
      const result = await run(${JSON.stringify(input)});
      writeFileSync(${JSON.stringify(resultFile)}, JSON.stringify(result ?? null));
    }
    main().catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });`;
}
