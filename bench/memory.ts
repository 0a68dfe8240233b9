/**
 * Peak memory of `cairn backup`: of one file of 5 GB that neither compresses nor repeats, and of each
 * folder that is named. The budget of the design is 250 MB for each.
 *
 *     npm run build && node bench/memory.ts [FOLDER…]
 *
 * Needs GNU time (/usr/bin/time) and 11 GB free in the folder for temporary files; all of it is given back.
 */
import { spawnSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const FILE_LENGTH = 5_000_000_000;
const PIECE_LENGTH = 8 * 1024 * 1024;
const commandLine = resolve(import.meta.dirname, '../dist/cli.js');
const environment = { ...process.env, RESTIC_PASSWORD: 'memory' };

/** The key stream of a cipher: as good as random, and much cheaper. */
function writeLargeFile(path: string): void {
  const cipher = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16));
  const zeros = Buffer.alloc(PIECE_LENGTH);
  const file = openSync(path, 'wx');
  try {
    for (let left = FILE_LENGTH; left > 0; left -= PIECE_LENGTH) {
      writeSync(file, cipher.update(zeros.subarray(0, Math.min(left, PIECE_LENGTH))));
    }
  } finally {
    closeSync(file);
  }
}

function run(program: string, args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: environment,
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stderr;
}

/** Backs up and prints the largest resident set and the time that GNU time reports. */
function measure(label: string, repository: string, source: string): void {
  const report = run('/usr/bin/time', ['-v', process.execPath, commandLine, 'backup', '-q', '-r', repository, source]);
  const kilobytes = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(report)![1]);
  const elapsed = /Elapsed \(wall clock\) time .*: ([\d:.]+)$/m.exec(report)![1]!;
  console.log(`${label.padEnd(40)} ${(kilobytes / 1000).toFixed(0).padStart(5)} MB  ${elapsed}`);
}

const root = mkdtempSync(join(tmpdir(), 'cairn-memory-'));
try {
  const folders = process.argv.slice(2).map((folder) => resolve(folder));
  for (const folder of folders) {
    const repository = join(root, `repository-${folders.indexOf(folder)}`);
    run(process.execPath, [commandLine, 'init', '-q', '-r', repository]);
    measure(`${folder}, first`, repository, folder);
    measure(`${folder}, unchanged`, repository, folder);
    rmSync(repository, { recursive: true });
  }
  const file = join(root, 'large.bin');
  const repository = join(root, 'repository');
  writeLargeFile(file);
  run(process.execPath, [commandLine, 'init', '-q', '-r', repository]);
  measure('one file of 5 GB, first', repository, file);
  measure('one file of 5 GB, unchanged', repository, file);
} finally {
  rmSync(root, { recursive: true, force: true });
}
