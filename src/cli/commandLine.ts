import { readFileSync, readlinkSync } from 'node:fs';
import { decodeRaw } from '../base/rawName.ts';

/**
 * The arguments of this process. Node turns bytes that are not UTF-8 into U+FFFD, by which no file
 * would be found again; where the system tells the bytes (Linux), they are kept as in
 * `base/rawName.ts`.
 */
export function readArguments(): string[] {
  const decoded = process.argv.slice(2);
  if (!decoded.some((text) => text.includes('\ufffd'))) return decoded;
  const raw = tryRead(() => readFileSync('/proc/self/cmdline'));
  if (raw === undefined || decoded.length === 0) return decoded;
  // Each argument ends with a zero byte; those of Node itself come first.
  return decodeRaw(raw).split('\0').slice(0, -1).slice(-decoded.length);
}

/** The working folder; bytes that are not UTF-8 as in {@link readArguments}. Absolute. */
export function readWorkingFolder(): string {
  const decoded = process.cwd();
  if (!decoded.includes('\ufffd')) return decoded;
  const raw = tryRead(() => readlinkSync('/proc/self/cwd', { encoding: 'buffer' }));
  return raw === undefined ? decoded : decodeRaw(raw);
}

function tryRead(read: () => Buffer): Buffer | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
