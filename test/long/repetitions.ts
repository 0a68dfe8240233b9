/** Tests of `npm test` that do only some of what differs by chance, with all of it: `CAIRN_LONG`. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Part } from './part.ts';

export const repetitions: Part = {
  name: 'repetitions',
  subjects: ['test files'],
  cases: async () => testFiles().map((file) => ({ name: file, run: () => runFile(file) })),
};

function testFiles(): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !/^(?:long|unit.helpers)\b/.test(path))
    .map((path) => join('test', path))
    .filter((path) => /helpers\/effort\.ts|CAIRN_LONG/.test(readFileSync(path, 'utf8')))
    .map((path) => path.replaceAll(sep, '/'))
    .sort();
}

function runFile(file: string): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn('npx', ['vitest', 'run', file], {
      env: { ...process.env, CAIRN_LONG: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (printed += data.toString()));
    child.once('error', failed);
    child.once('close', (status) => (status === 0 ? done() : failed(new Error(printed.slice(-5000)))));
  });
}
