import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CairnError } from '../base/errors.ts';

/** Where a password may come from; the first that is given counts, in this order. */
export interface PasswordOptions {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
}

/**
 * The password as restic finds it: `--password-file`, `--password-command`, RESTIC_PASSWORD_FILE,
 * RESTIC_PASSWORD_COMMAND, RESTIC_PASSWORD; on a terminal it is asked for.
 * Throws `password-missing`.
 */
export async function readPassword(options: PasswordOptions): Promise<string> {
  return readGivenPassword(options) ?? askPassword('Password of the repository: ');
}

/** The password for something new: typed twice when it is asked for on the terminal. Never empty. */
export async function readNewPassword(options: PasswordOptions): Promise<string> {
  const given = readGivenPassword(options);
  const password = given ?? (await askPassword('Password for the new repository: '));
  if (password === '') throw new CairnError('password-missing', 'The password must not be empty.');
  if (given === undefined && (await askPassword('Once more: ')) !== password) {
    throw new CairnError('password-missing', 'The two passwords differ. Nothing was made.');
  }
  return password;
}

/** The password that is given without asking anybody, if there is one. */
function readGivenPassword(options: PasswordOptions): string | undefined {
  const { env } = process;
  if (options.passwordFile !== undefined) return readPasswordFrom(options.passwordFile);
  if (options.passwordCommand !== undefined) return runPasswordCommand(options.passwordCommand);
  if (env['RESTIC_PASSWORD_FILE']) return readPasswordFrom(env['RESTIC_PASSWORD_FILE']);
  if (env['RESTIC_PASSWORD_COMMAND']) return runPasswordCommand(env['RESTIC_PASSWORD_COMMAND']);
  return env['RESTIC_PASSWORD'];
}

/** Text of a password file: byte order marks honoured, white space at both ends removed (format notes 2.3). */
function readPasswordFrom(file: string): string {
  try {
    return decodeText(readFileSync(file)).trim();
  } catch (cause) {
    throw new CairnError('password-missing', `The password file ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return bytes.subarray(2, bytes.length & ~1).swap16().toString('utf16le');
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

function runPasswordCommand(command: string): string {
  try {
    return execSync(command, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] }).trim();
  } catch (cause) {
    throw new CairnError('password-missing', `The password command failed: ${command}`, { cause });
  }
}

/** Asks on the terminal without showing what is typed. */
function askPassword(prompt: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CairnError(
      'password-missing',
      'No password: give --password-file, or set RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND or RESTIC_PASSWORD.',
    );
  }
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      lines.close();
      process.stderr.write('\n');
      resolve(line);
    });
    lines.once('SIGINT', () => {
      lines.close();
      process.stderr.write('\n');
      reject(new CairnError('aborted', 'Cancelled.'));
    });
  });
}
