import type { StorageAccess } from '../../base/storageAccess.ts';
import type { HttpClient } from './httpClient.ts';

/**
 * HTTP/1.1 to one server, as `createHttpClient` makes it, which comes with the first request: to load Node's HTTP and TLS
 * takes most commands longer than what they need of it, which is nothing. Throws nothing; a request also throws
 * `usage`, for certificates that cannot be used.
 * @param origin `https://host` or `http://host:port`.
 */
export function openHttpClient(origin: string, access: StorageAccess): HttpClient {
  let loaded: Promise<HttpClient> | undefined;
  const client = () =>
    (loaded ??= import('./nodeHttpClient.ts').then(({ createHttpClient }) => createHttpClient(origin, access)));
  return {
    send: async (request) => (await client()).send(request),
    close: async () => (await client()).close(),
  };
}
