/**
 * restic for tests in Wine, which starts no Unix program properly: they leave what is to be run as files in a
 * folder (test/helpers/restic.ts), and this side runs the real restic on the very same files.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unixPath, windowsCache, type WindowsNode } from './wine.mts';

const folder = join(windowsCache, 'restic');

interface Request {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Answers for as long as this process has something else to wait for. Returns where the requests belong. */
export function answerResticRequests(node: WindowsNode): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const look = () => {
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.request')) answer(node, join(folder, name.slice(0, -'.request'.length)));
    }
  };
  setInterval(look, 20).unref();
  return folder;
}

function answer(node: WindowsNode, place: string): void {
  const { args, cwd, env } = JSON.parse(readFileSync(`${place}.request`, 'utf8')) as Request;
  rmSync(`${place}.request`);
  const options = {
    maxBuffer: 1 << 30,
    ...(cwd !== undefined && { cwd: unixPath(node, cwd) }),
    env: { ...process.env, ...mapValues(env, (value) => unixPath(node, value)) },
  };
  const translated = args.map((arg) => unixPath(node, arg));
  execFile('restic', translated, options, (error, stdout, stderr) => {
    const status = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
    writeFileSync(`${place}.part`, JSON.stringify({ status, stdout, stderr }));
    renameSync(`${place}.part`, `${place}.answer`);
  });
}

function mapValues(values: Readonly<Record<string, string>>, map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
