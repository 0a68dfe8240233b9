import * as vscode from 'vscode';
import type { Location, SftpLocation } from '../../../base/location.ts';
import type { ProbeReport } from '../../../worker/engineProtocol/targets.ts';

/** What else has to be asked before a place can be looked at, or used. */
export type Need = 'login' | 'keys' | 'region' | 'bucket' | 'certificate' | 'clientCertificate' | 'rclonePassword';

/** What a look at a place means for a person who wants a repository there. Neither: it can be used. */
export interface Verdict {
  /** Why it cannot be used as it is, as a sentence. */
  readonly refusal?: string;
  /** It may be usable once this is known. */
  readonly need?: Need;
}

type Problem = NonNullable<ProbeReport['problem']>;

/** @param shown the location, for people. */
export function judgeStorage(location: Location, shown: string, probe: ProbeReport): Verdict {
  switch (probe.kind) {
    case 'other-files':
      return {
        refusal: vscode.l10n.t('{0} holds other files and no repository. Name an empty or a new folder.', shown),
      };
    case 'missing':
      if (location.kind === 's3') return { need: 'bucket' };
      if (probe.parentExists !== false) return {};
      return {
        refusal: vscode.l10n.t('The folder in which {0} would be made does not exist. Is its disk there?', shown),
      };
    case 'unreachable':
      return explain(location, probe.problem!);
    case 'empty':
    case 'repository':
    // A folder, which is judged elsewhere.
    case 'mirror':
    case 'not-a-folder':
    case 'unreadable':
      return {};
  }
}

function explain(location: Location, problem: Problem): Verdict {
  switch (location.kind) {
    case 'sftp':
      return { refusal: explainSsh(location, problem) };
    case 'rest':
      if (problem.status === 401)
        return { need: 'login', refusal: vscode.l10n.t('The server does not take this user and password.') };
      return explainTls(problem);
    case 's3':
      return explainS3(problem);
    case 'rclone':
      if (problem.code === 'usage' && problem.reason === 'ENOENT') return { refusal: rcloneMissing() };
      if (/RCLONE_CONFIG_PASS|decrypt config/i.test(problem.message))
        return {
          need: 'rclonePassword',
          refusal: vscode.l10n.t('This password does not open the configuration of rclone.'),
        };
      return { refusal: problem.message };
    case 'local':
    case 'unusable':
      return { refusal: problem.message };
  }
}

export function rcloneMissing(): string {
  return vscode.l10n.t('The program rclone was not found. Install it, or give its path.');
}

function explainSsh({ user, host, port }: SftpLocation, { reason, message, hostKey = '' }: Problem): string {
  const name = user === undefined ? host : `${user}@${host}`;
  const command = `ssh ${port === undefined ? '' : `-p ${port} `}${name}`;
  if (reason === 'host-key-unknown')
    return vscode.l10n.t(
      'The key of {0} is not known here yet: {1}. Compare it with that of the server, run "{2}" once in a terminal to accept it, and try again.',
      ...[name, hostKey, command],
    );
  if (reason === 'host-key-changed')
    return vscode.l10n.t(
      'The key of {0} is another one than before: {1}. Somebody may be in between, so ask who runs the server. Only if it was changed on purpose, take the old one out of known_hosts and run "{2}" once in a terminal.',
      ...[name, hostKey, command],
    );
  if (reason === 'login-refused')
    return vscode.l10n.t(
      '{0} does not let this user in. "{1}" has to work in a terminal without a question: by a key that is in an agent, or that has no passphrase.',
      ...[name, command],
    );
  return message;
}

function explainTls({ reason = '', code, message }: Problem): Verdict {
  const isUntrusted = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/.test(reason);
  if (isUntrusted)
    return {
      need: 'certificate',
      refusal: vscode.l10n.t('That is not the certificate by which the one of the server is signed.'),
    };
  if (code === 'permission-denied' && reason.startsWith('ERR_SSL_'))
    return {
      need: 'clientCertificate',
      refusal: vscode.l10n.t('The server does not take this certificate.'),
    };
  return { refusal: message };
}

const wrongKeys = /^(?:no-credentials|SignatureDoesNotMatch|InvalidAccessKey(?:Id)?|ExpiredToken|InvalidToken)$/;

function explainS3(problem: Problem): Verdict {
  const { reason = '', message } = problem;
  if (reason === 'AuthorizationHeaderMalformed')
    return { need: 'region', refusal: vscode.l10n.t('The bucket is in another region.') };
  if (!wrongKeys.test(reason)) return problem.status === undefined ? explainTls(problem) : { refusal: message };
  if (reason === 'no-credentials')
    return {
      need: 'keys',
      refusal: vscode.l10n.t('There are no keys in the environment of the editor, and none in ~/.aws/credentials.'),
    };
  if (reason === 'SignatureDoesNotMatch')
    return { need: 'keys', refusal: vscode.l10n.t('The access key or its secret is wrong.') };
  if (reason.startsWith('InvalidAccessKey'))
    return { need: 'keys', refusal: vscode.l10n.t('The storage does not know this access key.') };
  return { need: 'keys', refusal: vscode.l10n.t('These keys are valid no longer. Get new ones.') };
}
