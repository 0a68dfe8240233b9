import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { SshEnd } from './sshProcess.ts';

/** What was to be reached, for people. */
export interface SshPlace {
  /** The location of the repository. */
  readonly location: string;
  /** As ssh takes it: `user@host`, or `-p 22 user@host`. */
  readonly target: string;
  readonly program: string;
}

interface Cause {
  readonly reason: string;
  /** What ssh prints. OpenSSH speaks no other language than English. */
  readonly signs: RegExp;
  readonly advice: (place: SshPlace) => string;
  readonly mayPass?: true;
}

const inGeneral = ({ target }: SshPlace) => `Run "ssh ${target}" once to see what is wrong.`;

/** The first that matches counts. */
const causes: readonly Cause[] = [
  {
    reason: 'host-key-changed',
    signs:
      /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed|differs from the key for the IP address/i,
    advice: ({ target }) =>
      `Its key is not the one that is known. Somebody may be in between, so ask who runs the server; if the key was changed on purpose, take the old one out of known_hosts and run "ssh ${target}" once.`,
  },
  {
    reason: 'host-key-unknown',
    signs: /Host key verification failed|authenticity of host/i,
    advice: ({ target }) =>
      `Its key is not known here yet. Run "ssh ${target}" once, compare the fingerprint with that of the server, and accept it.`,
  },
  {
    reason: 'login-refused',
    signs: /Permission denied|Too many authentication failures|no more authentication methods/i,
    advice: ({ target }) =>
      `It does not let this user in. Check user and key: "ssh ${target}" has to work without a question, by a key whose passphrase is in an agent, or that has none.`,
  },
  {
    reason: 'name-unknown',
    signs: /Could not resolve hostname|Name or service not known/i,
    advice: () => 'Its name is not known. Check the name and the network.',
    mayPass: true,
  },
  {
    reason: 'connection-refused',
    signs: /Connection refused/i,
    advice: () => 'Nothing answers at that port. Check the port, and whether the server runs.',
    mayPass: true,
  },
  {
    reason: 'no-answer',
    signs: /timed out|No route to host|Network is unreachable|Host is down|not responding/i,
    advice: () => 'It does not answer. Check the network, and whether the server is on.',
    mayPass: true,
  },
  {
    reason: 'no-sftp',
    signs: /subsystem request failed|administratively prohibited/i,
    advice: () => 'It lets this user in, but does not offer SFTP.',
  },
  {
    reason: 'ssh-settings',
    signs:
      /Bad configuration option|Bad owner or permissions|unknown option|illegal option|^usage: ssh|Can't open user config|no argument after keyword|Unable to negotiate/im,
    advice: inGeneral,
  },
];

const other: Cause = { reason: 'connection-lost', signs: /./, advice: inGeneral, mayPass: true };

/** Why there is no connection (any more), as a sentence for the person: `target-unavailable`. */
export function sshFailure(end: SshEnd, place: SshPlace, wasConnected: boolean): CairnError {
  const { location } = place;
  if (end.failure) return notStarted(end.failure, place);
  const lines = end.complaint.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const said = lines.length === 0 ? '' : ` ssh says: ${displayPath(lines.slice(-2).join(' '))}`;
  if (wasConnected) {
    return new CairnError(
      'target-unavailable',
      `The connection to the repository ${location} was lost. Check the network and try again.${said}`,
      { details: { location, reason: 'connection-lost' }, mayPass: true },
    );
  }
  const { reason, advice, mayPass = false } = causes.find(({ signs }) => signs.test(end.complaint)) ?? other;
  return new CairnError(
    'target-unavailable',
    `The server of the repository ${location} could not be reached. ${advice(place)}${said}`,
    { details: { location, reason }, mayPass },
  );
}

/** Whether a person could help by an answer: a password, a passphrase, or that a key is the right one. */
export function isAboutSecrets(error: unknown): boolean {
  const reason = error instanceof CairnError ? error.details?.['reason'] : undefined;
  return reason === 'login-refused' || reason === 'host-key-unknown';
}

function notStarted(failure: NodeJS.ErrnoException, { location, program }: SshPlace): CairnError {
  const problem =
    failure.code === 'ENOENT'
      ? `the program ${displayPath(program)} is not there. Install the client of OpenSSH, or name another program by -o sftp.command`
      : `the program ${displayPath(program)} could not be started (${failure.code ?? failure.message})`;
  return new CairnError('target-unavailable', `The repository ${location} could not be reached: ${problem}.`, {
    details: { location, reason: 'no-ssh' },
  });
}

/** What answers speaks something else: most often a start-up file of the server's shell prints a greeting. */
export function notSftp(location: string, problem: string): CairnError {
  const message = `What answers for the repository ${location} does not speak SFTP (${displayPath(problem)}). If start-up files of the shell on that server print something, they must not do so for programs.`;
  return new CairnError('target-unavailable', message, { details: { location, reason: 'not-sftp' } });
}
