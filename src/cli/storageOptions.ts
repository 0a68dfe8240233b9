import { CairnError } from '../base/errors.ts';
import {
  sharedLimits,
  storageAt,
  type StorageAccess,
  type StorageSettings,
  type TlsSettings,
} from '../base/storageAccess.ts';
import { readSmallFile } from '../engine/index.ts';
import type { GlobalOptions } from './globalOptions.ts';
import { resolvePath } from './resolvePath.ts';

/** A place in restic's syntax, and how the options and the environment of this command lead there. Throws `usage`. */
export function storageOf(options: GlobalOptions, location: string): StorageSettings {
  return storageAt(location, accessOf(options));
}

/** How the options and the environment of this command lead to any storage. Throws `usage`. */
export function accessOf(options: GlobalOptions): StorageAccess {
  const { env } = process;
  const cacheFolder = options.cacheDir ?? env['RESTIC_CACHE_DIR'];
  return {
    environment: { ...env },
    options: Object.fromEntries((options.option ?? []).map(readOption)),
    tls: tlsOf(options),
    ...(options.httpUserAgent && { userAgent: options.httpUserAgent }),
    limits: sharedLimits({
      ...(options.limitUpload !== undefined && { upload: options.limitUpload }),
      ...(options.limitDownload !== undefined && { download: options.limitDownload }),
    }),
    cache: {
      ...(cacheFolder && { folder: resolvePath(process.cwd(), cacheFolder) }),
      ...(options.cache === false && { isOff: true }),
    },
    ...(options.stuckRequestTimeout !== undefined && { stuckAfter: options.stuckRequestTimeout }),
    isAwaited: process.stderr.isTTY,
  };
}

/** `key=value`, the key in lower case, as restic takes it; an option without a value is empty. */
function readOption(text: string): readonly [string, string] {
  const [key = ''] = text.split('=', 1);
  if (!/^[\w-]+\.[\w-]+$/.test(key.trim()))
    throw new CairnError(
      'usage',
      `-o takes the name of an option and its value, like s3.region=eu-1, and not "${key}".`,
    );
  return [key.trim().toLowerCase(), text.slice(key.length + 1).trim()];
}

function tlsOf(options: GlobalOptions): TlsSettings {
  const { env } = process;
  const authorities = options.cacert ?? (env['RESTIC_CACERT'] ? [env['RESTIC_CACERT']] : []);
  const client = options.tlsClientCert ?? env['RESTIC_TLS_CLIENT_CERT'];
  return {
    ...(authorities.length > 0 && { authorities: authorities.map((file) => readPem('--cacert', file)) }),
    ...(client && { client: readPem('--tls-client-cert', client) }),
    ...(options.insecureTls && { isUnchecked: true }),
  };
}

function readPem(option: string, file: string): string {
  let text: string;
  try {
    text = readSmallFile(file).toString('utf8');
  } catch (cause) {
    throw new CairnError('usage', `The file ${file} of ${option} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new CairnError('usage', `The file ${file} of ${option} holds no certificate in the form PEM.`);
  return text;
}
