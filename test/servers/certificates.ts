import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files in the form PEM, and what is in them. */
export interface TestCertificates {
  readonly authorityFile: string;
  readonly authority: string;
  readonly certificateFile: string;
  readonly certificate: string;
  readonly keyFile: string;
  readonly key: string;
  /** A certificate of the same authority with its key, for who connects. */
  readonly clientFile: string;
  readonly client: string;
}

/** An authority made for this folder, and a certificate of it for a server on this machine. Needs openssl. */
export function makeCertificates(folder: string, names = 'DNS:localhost,IP:127.0.0.1'): TestCertificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const basics = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.pem')];
  openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=Test authority', ...basics, ...authority);
  const issue = (name: string, extensions: string): void => {
    writeFileSync(at(`${name}.ext`), extensions);
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
    const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30'];
    const files = ['-in', at(`${name}.csr`), '-out', at(`${name}.pem`), '-extfile', at(`${name}.ext`)];
    openssl('x509', '-req', ...signer, ...files);
  };
  issue('server', `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  issue('client', 'extendedKeyUsage=clientAuth\n');
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  writeFileSync(at('both.pem'), read('client.pem') + read('client.key'));
  return {
    authorityFile: at('ca.pem'),
    authority: read('ca.pem'),
    certificateFile: at('server.pem'),
    certificate: read('server.pem'),
    keyFile: at('server.key'),
    key: read('server.key'),
    clientFile: at('both.pem'),
    client: read('both.pem'),
  };
}
