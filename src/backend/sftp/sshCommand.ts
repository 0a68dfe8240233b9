import { CairnError } from '../../base/errors.ts';
import { readCount } from '../readOption.ts';
import type { SftpLocation } from '../../base/location.ts';
import { splitWords } from '../../base/splitWords.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';

/** A program that speaks SFTP by its standard input and output. */
export interface SshCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** It may ask a person at the terminal, which it needs for that. */
  readonly mayAsk: boolean;
}

/** So many calls at the same time, as for restic. */
const CONNECTIONS = 5;
/** All options that are SFTP_OPTIONS. */
export const SFTP_OPTIONS: readonly string[] = ['sftp.command', 'sftp.args', 'sftp.connections'];

/**
 * How the storage is reached, in the order to try. ssh itself is first run so that it asks nothing and is out of reach of
 * Ctrl-C, by which we still have to take away our lock; only where that is not enough and a person is there, it may ask.
 *
 * Options are those of restic: `sftp.command` is the whole command line in place of ssh, `sftp.args` are more arguments
 * for it. They come first, since ssh goes by the first value that it finds. Throws `usage`.
 */
export function sshCommands(
  location: SftpLocation,
  { options, isAwaited, mayAsk: mayBeAsked = isAwaited }: StorageAccess,
): SshCommand[] {
  checkOptions(options);
  const { 'sftp.command': command, 'sftp.args': more } = options;
  if (command !== undefined) {
    const [program = '', ...args] = splitWords(command, 'sftp.command');
    return [{ program, args, mayAsk: mayBeAsked }];
  }
  const sshFor = (mayAsk: boolean): SshCommand => ({
    program: 'ssh',
    args: [
      ...(more === undefined || more.trim() === '' ? [] : splitWords(more, 'sftp.args')),
      ...settings(mayAsk, isAwaited).flatMap((setting) => ['-o', setting]),
      ...(location.port === undefined ? [] : ['-p', String(location.port)]),
      ...(location.user === undefined ? [] : ['-l', location.user]),
      location.host,
      '-s',
      'sftp',
    ],
    mayAsk,
  });
  return mayBeAsked ? [sshFor(false), sshFor(true)] : [sshFor(false)];
}

/** How many calls at the same time the option `sftp.connections` asks for. Throws `usage`. */
export function sftpConnections(options: StorageAccess['options']): number {
  return readCount(options, 'sftp.connections', CONNECTIONS);
}

function settings(mayAsk: boolean, isAwaited: boolean): string[] {
  return [
    `BatchMode=${mayAsk ? 'no' : 'yes'}`,
    // Seconds. Without it a host that is off holds up everything for minutes.
    `ConnectTimeout=${isAwaited ? 10 : 30}`,
    // A network that died in silence is noticed after three minutes.
    'ServerAliveInterval=60',
    'ServerAliveCountMax=3',
  ];
}

function checkOptions(options: StorageAccess['options']): void {
  const unknown = Object.keys(options).find((name) => name.startsWith('sftp.') && !SFTP_OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new CairnError('usage', `There is no option ${unknown}. Those of sftp are ${SFTP_OPTIONS.join(', ')}.`);
  if (options['sftp.command'] !== undefined && options['sftp.args'] !== undefined)
    throw new CairnError('usage', 'The option sftp.command is the whole command line, so sftp.args cannot add to it.');
}
