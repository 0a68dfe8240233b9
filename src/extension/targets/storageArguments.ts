import type { Target } from './targetStore.ts';

/** What restic and `cairn` have to be told besides the location and the secrets, as words of a command line. */
export function storageArguments({
  options = {},
  cacert,
  tlsClientCert,
}: Pick<Target, 'options' | 'cacert' | 'tlsClientCert'>): string[] {
  return [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(cacert === undefined ? [] : ['--cacert', cacert]),
    ...(tlsClientCert === undefined ? [] : ['--tls-client-cert', tlsClientCert]),
  ];
}
