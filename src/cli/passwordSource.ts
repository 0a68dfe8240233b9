import { CairnError, errorCode } from '../base/errors.ts';
import { readPasswordFile, runPasswordCommand } from '../engine/index.ts';
import { askSecret, canAsk } from './prompt.ts';

/** The options of the command line that name a password. */
export interface PasswordOptions {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  readonly insecureNoPassword?: boolean;
  /** Of the source of a copy: `--from-password-file`, RESTIC_FROM_PASSWORD and so on. */
  readonly isSource?: boolean;
}

/**
 * The password as restic finds it: `--password-file` or `--password-command`, else
 * RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND, else RESTIC_PASSWORD; else it is asked for on
 * the terminal, which `onAsked` hears of. Throws `password-missing`.
 */
export async function readPassword(
  options: PasswordOptions,
  signal: AbortSignal,
  onAsked: () => void = () => {},
): Promise<string> {
  const prompt = options.isSource ? 'Password of the source: ' : 'Password of the repository: ';
  const given = readGivenPassword(options, process.env);
  if (given !== undefined) return given;
  onAsked();
  return askPassword(prompt, signal);
}

/** As often as other programs ask for a password. */
const TRIES = 3;

/** Does `work` again while a password is wrong that was typed, which it tells by `onAsked`. */
export async function withTypedPassword<T>(
  onWrong: (message: string) => void,
  work: (onAsked: () => void) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    let wasAsked = false;
    try {
      return await work(() => (wasAsked = true));
    } catch (error) {
      if (!wasAsked || tries === TRIES || errorCode(error) !== 'wrong-password') throw error;
      onWrong(`${(error as Error).message} Try again.`);
    }
  }
}

/**
 * The password for something new: typed twice when it is asked for on the terminal. Never empty. With
 * `env`, it may come from there; without, the environment names the password that is there already,
 * and the options are `--new-password-file` and `--new-password-command`.
 */
export async function readNewPassword(
  options: PasswordOptions,
  signal: AbortSignal,
  env?: NodeJS.ProcessEnv,
): Promise<string> {
  const given = env ? readGivenPassword(options, env) : readNamedPassword(options, '--new-password');
  if (given === '' && options.insecureNoPassword) return given;
  const password = given ?? (await askPassword('New password: ', signal));
  if (password === '') throw new CairnError('password-missing', 'The new password is empty. Nothing was changed.');
  if (given === undefined && (await askPassword('Once more: ', signal)) !== password) {
    throw new CairnError('password-missing', 'The two passwords differ. Nothing was changed.');
  }
  return password;
}

/** The password that is given without asking anybody, if there is one. */
function readGivenPassword(options: PasswordOptions, env: NodeJS.ProcessEnv): string | undefined {
  const [option, variable] = options.isSource
    ? (['--from-password', 'RESTIC_FROM_PASSWORD'] as const)
    : (['--password', 'RESTIC_PASSWORD'] as const);
  if (options.insecureNoPassword) return emptyPassword(options, `--${options.isSource ? 'from-' : ''}`);
  return (
    readNamedPassword(options, option) ??
    chooseOne(`${variable}_FILE`, env[`${variable}_FILE`], `${variable}_COMMAND`, env[`${variable}_COMMAND`]) ??
    (env[variable] || undefined)
  );
}

function readNamedPassword(options: PasswordOptions, flag: string): string | undefined {
  if (options.insecureNoPassword) return emptyPassword(options, '--new-');
  const { passwordFile, passwordCommand } = options;
  return chooseOne(`${flag}-file`, passwordFile, `${flag}-command`, passwordCommand);
}

/** Throws `usage` if there is one after all: one of the two was not meant. */
function emptyPassword({ passwordFile, passwordCommand }: PasswordOptions, flag: string): string {
  if (!passwordFile && !passwordCommand) return '';
  throw new CairnError('usage', `${flag}insecure-no-password and a password are both given. Give one of them.`);
}

function chooseOne(
  fileName: string,
  file: string | undefined,
  commandName: string,
  command: string | undefined,
): string | undefined {
  if (file && command)
    throw new CairnError('usage', `${fileName} and ${commandName} are both given. Give one of them.`);
  if (file) return readPasswordFile(file);
  return command ? runPasswordCommand(command, commandName) : undefined;
}

async function askPassword(prompt: string, signal: AbortSignal): Promise<string> {
  if (canAsk()) return askSecret(prompt, signal);
  throw new CairnError(
    'password-missing',
    'No password is given. Give --password-file, or set RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND or RESTIC_PASSWORD.',
  );
}
