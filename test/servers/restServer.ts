import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRestServer } from '../../build/restServer.mts';
import { makeCertificates, type TestCertificates } from './certificates.ts';
import { startServer, type ServerProcess } from './serverProcess.ts';

/** Who may use the servers of the tests, if not everyone. The password is to be found in nothing that is printed. */
export const serverLogin = { user: 'cairn', password: 's3cret pa:ss' } as const;

export interface RestServerOptions {
  /** Only {@link serverLogin} may use it. */
  readonly hasLogin?: boolean;
  readonly isAppendOnly?: boolean;
  readonly hasTls?: boolean;
  /** Each user has a folder of their own. */
  readonly isPrivate?: boolean;
  /** Bytes in all. */
  readonly maxSize?: number;
  /** That of one that was stopped, which comes back. */
  readonly port?: number;
}

/** A server for restic's REST protocol. */
export interface RestServer extends ServerProcess {
  /** `http://127.0.0.1:port/`, without a login. */
  readonly url: string;
  /** The folder that it serves. */
  readonly data: string;
  readonly certificates?: TestCertificates;
}

/** Starts the real rest-server. `folder` is for its state, and has to be removed afterwards. */
export async function startRestServer(folder: string, options: RestServerOptions = {}): Promise<RestServer> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const certificates = options.hasTls ? makeCertificates(folder) : undefined;
  const more: string[] = [];
  if (options.hasLogin) {
    const hash = createHash('sha1').update(serverLogin.password).digest('base64');
    writeFileSync(join(folder, 'htpasswd'), `${serverLogin.user}:{SHA}${hash}\n`);
    more.push('--htpasswd-file', join(folder, 'htpasswd'));
  } else more.push('--no-auth');
  if (certificates) more.push('--tls', '--tls-cert', certificates.certificateFile, '--tls-key', certificates.keyFile);
  if (options.isAppendOnly) more.push('--append-only');
  if (options.isPrivate) more.push('--private-repos');
  if (options.maxSize !== undefined) more.push('--max-size', String(options.maxSize));
  const argsFor = (port: number) => ['--listen', `127.0.0.1:${port}`, '--path', data, ...more];
  const server = await startServer(findRestServer(), argsFor, {}, options.port);
  return {
    ...server,
    url: `${certificates ? 'https' : 'http'}://127.0.0.1:${server.port}/`,
    data,
    ...(certificates && { certificates }),
  };
}
