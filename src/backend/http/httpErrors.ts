import { CairnError, type ErrorCode } from '../../base/errors.ts';

/** Certificates that nobody we believe has signed. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

const otherHost = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);

/** Of OpenSSL, which Node also gives as `EPROTO`. */
const noTls = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** What another try will not change, and what to do about it. */
function explainFinal(code: string): readonly [ErrorCode, string] | undefined {
  if (untrusted.has(code))
    return [
      'target-unavailable',
      'its certificate is signed by none that is trusted here. If it is yours, name the file of the certificate that signed it by --cacert',
    ];
  if (otherHost.has(code))
    return [
      'target-unavailable',
      'its certificate is for another name. Use the name that the certificate has, or, if the certificate is your own, make one for this name and give it by --cacert',
    ];
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return [
      'target-unavailable',
      'its certificate is not valid today. Check the clock of this machine; if that is right, the certificate has to be renewed, and given by --cacert if it is your own',
    ];
  if (code.startsWith('CERT_'))
    return ['target-unavailable', 'its certificate is refused. If it is yours, give one that is sound by --cacert'];
  if (code === noTls)
    return ['target-unavailable', 'it does not speak TLS at that port. Check the port, or write http:// for https://'];
  if (code === 'HPE_INVALID_CONSTANT')
    return ['target-unavailable', 'it does not speak HTTP at that port. Check the port, or write https:// for http://'];
  if (/^ERR_SSL_.*(?:CERTIFICATE|BAD_CERT|HANDSHAKE_FAILURE|UNKNOWN_CA)/.test(code))
    return [
      'permission-denied',
      'it does not take the certificate that we show, or wants one: name its file by --tls-client-cert',
    ];
  return undefined;
}

const CUT_OFF =
  'the connection was cut off. Check the connection to the network and what is on the way, such as a proxy, and try again';

const passing: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known. Check the name and the connection to the network',
  EAI_AGAIN: 'its name could not be looked up. Check the connection to the network',
  ECONNREFUSED: 'nothing answers at that port. Check that the server runs',
  ECONNRESET: CUT_OFF,
  EPIPE: CUT_OFF,
  ETIMEDOUT: 'it does not answer. Check the address and the connection to the network',
  EHOSTUNREACH: 'there is no way to it. Check the connection to the network',
  ENETUNREACH: 'there is no way to it. Check the connection to the network',
  ENETDOWN: 'there is no way to it. Check the connection to the network',
};

/**
 * No whole answer came: an error of Node's network calls as a sentence for the person.
 * @param server for people, without a login.
 */
export function connectionError(cause: unknown, server: string): CairnError {
  const { code: given, message = '' } = (cause ?? {}) as { code?: unknown; message?: string };
  const refusal = proxyRefusal(message);
  if (refusal !== undefined) return proxyError(refusal, server, cause);
  const isOtherProtocol = /wrong.version.number|packet.length.too.long/i.test(message);
  const reason = isOtherProtocol ? noTls : typeof given === 'string' ? given : 'unknown';
  const details = { server, reason };
  const final = explainFinal(reason);
  if (final) return new CairnError(final[0], `The server ${server} cannot be used: ${final[1]}.`, { details, cause });
  const why =
    passing[reason] ?? `the connection failed (${reason}). Check the connection to the network, and try again`;
  return new CairnError('target-unavailable', `The server ${server} cannot be reached: ${why}.`, {
    details,
    cause,
    mayPass: true,
  });
}

/** Whether what the server had to say may be lost with the connection, so that it is worth another try at once. */
export function isCutOff(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** The status by which a proxy refused a tunnel, from the message of hpagent, which has no other sign of it. */
function proxyRefusal(message: string): number | undefined {
  const match = /^Bad response: (\d{3})$/.exec(message);
  return match ? Number(match[1]) : undefined;
}

/** A proxy does not let us through. */
export function proxyError(status: number, server: string, cause?: unknown): CairnError {
  const what =
    status === 407
      ? 'the proxy wants another user or password: give http://user:password@host:port as HTTPS_PROXY or in the settings'
      : `the proxy refuses the way (status ${status}). Check its rules, or name the server in NO_PROXY`;
  return new CairnError(
    status === 407 ? 'permission-denied' : 'target-unavailable',
    `The server ${server} cannot be reached: ${what}.`,
    { details: { server, status }, cause, mayPass: status >= 500 },
  );
}

/** Following a redirect would send what is meant for one server to another. */
export function redirected(status: number, target: string, server: string): CairnError {
  const url = URL.canParse(target, server) ? new URL(target, server) : undefined;
  const place = url ? `${url.protocol}//${url.host}${url.pathname}` : 'another place';
  return new CairnError(
    'storage-error',
    `The server ${server} says that what is asked for lies at ${place} (status ${status}). If that is right, give that address as the location.`,
    { details: { server, status, place } },
  );
}

export function bodyTooLong(request: string, server: string, maxLength: number): CairnError {
  return new CairnError(
    'repository-damaged',
    `The server ${server} answers ${request} by more than the ${maxLength} bytes that there may be. Verify the repository.`,
    { details: { server, request, maxLength } },
  );
}

/** A request after `close`, or one that this has ended: it makes no sense to make it again. */
export function connectionClosed(place: string): CairnError {
  return new CairnError('target-unavailable', `The connection to ${place} is closed already.`, {
    details: { reason: 'closed' },
  });
}
