import { spawnSync } from 'node:child_process';
import { CairnError } from '../base/errors.ts';
import { splitWords } from '../base/splitWords.ts';
import { readSmallFile } from '../disk/smallFile.ts';
import { resolvePath } from '../disk/paths.ts';

/**
 * Text of a password file: byte order marks honoured, white space at both ends removed (format notes 2.3).
 * Throws `password-missing`.
 */
export function readPasswordFile(file: string): string {
  try {
    return decodeText(readSmallFile(resolvePath(file))).trim();
  } catch (cause) {
    throw new CairnError('password-missing', `The password file ${file} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return bytes
      .subarray(2, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

/**
 * Runs the command as restic does, without a shell, and returns what it prints. Messages name it `name` and do
 * not repeat it: it may hold a secret. Throws `password-missing`, and `usage` for what is no command.
 */
export function runPasswordCommand(command: string, name: string): string {
  const [program = '', ...args] = splitWords(command, name);
  const { error, status, signal, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout.trim();
  const reason = error ? `"${program}" cannot be run` : `"${program}" ended with ${signal ?? `status ${status}`}`;
  throw new CairnError('password-missing', `The command of ${name} gives no password: ${reason}.`);
}
