import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { withCredentials, type Credentials } from './credentials.ts';
import { proxyVariables } from './proxyVariables.ts';

/** What of a target says how to get to it. */
export interface AccessFacts {
  readonly name: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly cacert?: string | undefined;
  readonly tlsClientCert?: string | undefined;
}

/** How the engine gets to a target elsewhere: as this editor's own environment does, and by what the target has. */
export async function targetAccess(
  { name, options = {}, cacert, tlsClientCert }: AccessFacts,
  credentials: Credentials,
  isAwaited: boolean,
): Promise<StorageAccess> {
  const [authority, client] = await Promise.all([readPem(name, cacert), readPem(name, tlsClientCert)]);
  const environment = { RCLONE_ASK_PASSWORD: 'false', ...process.env, ...readProxy() };
  const { RESTIC_CACHE_DIR: cache } = process.env;
  return {
    environment: withCredentials(environment, credentials),
    options,
    tls: { ...(authority !== undefined && { authorities: [authority] }), ...(client !== undefined && { client }) },
    limits: {},
    cache: cache ? { folder: cache } : {},
    isAwaited,
    // There is no terminal where a person could answer.
    mayAsk: false,
  };
}

/** Of the person's own settings: a workspace must not say where a login is sent. */
function readProxy(): Record<string, string | undefined> {
  const settings = vscode.workspace.getConfiguration('http');
  const own = <T>(name: string): T | undefined => {
    const { globalValue, defaultValue } = settings.inspect<T>(name) ?? {};
    return globalValue ?? defaultValue;
  };
  return proxyVariables(process.env, {
    proxy: own<string>('proxy'),
    noProxy: own<string[]>('noProxy'),
    support: own<string>('proxySupport'),
  });
}

async function readPem(name: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CairnError(
      'usage',
      vscode.l10n.t('The file {0} with a certificate for {1} cannot be read ({2}).', file, name, why),
      { cause },
    );
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CairnError('usage', vscode.l10n.t('The file {0} holds no certificate in the form PEM.', file));
}
