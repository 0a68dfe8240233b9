import * as tls from 'node:tls';
import { CairnError } from '../../base/errors.ts';
import type { TlsSettings } from '../../base/storageAccess.ts';

/** What Node's TLS has to know to believe whom we believe: the system, Node, and the authorities of the settings. */
export function tlsOptions(settings: TlsSettings): { secureContext: tls.SecureContext; rejectUnauthorized: boolean } {
  const { authorities = [], client, isUnchecked = false } = settings;
  const ca = believed(authorities);
  try {
    return {
      secureContext: tls.createSecureContext({
        ...(ca && { ca }),
        ...(client !== undefined && { cert: client, key: client }),
      }),
      rejectUnauthorized: !isUnchecked,
    };
  } catch (cause) {
    throw new CairnError(
      'usage',
      `The certificates for the server cannot be used (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}). ` +
        'The files of --cacert hold certificates, that of --tls-client-cert a certificate and its key without a passphrase, all in the form PEM.',
      { cause },
    );
  }
}

/** Absent where Node goes by its own list: versions before 22.15 cannot say what is on it. */
function believed(authorities: readonly string[]): string[] | undefined {
  if (typeof tls.getCACertificates === 'function')
    return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system'), ...authorities])];
  return authorities.length === 0 ? undefined : [...tls.rootCertificates, ...authorities];
}
