import { BlockList, isIP } from 'node:net';
import { CairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';

type Environment = StorageAccess['environment'];

/**
 * The proxy on the way to a server: what is set for Cairn alone, else what the variables `HTTPS_PROXY`, `HTTP_PROXY`,
 * `ALL_PROXY` and `NO_PROXY` say, by the rules of Go, so of restic: this machine itself is reached without one.
 * Throws `usage` for one of a kind that we do not speak to.
 */
export function findProxy(server: URL, { proxy, environment }: Pick<StorageAccess, 'proxy' | 'environment'>) {
  if (proxy) return parseProxy(proxy, 'the setting of the proxy');
  const [name, value] = proxyVariable(server, environment);
  if (!value || isDirect(server, readVariable(environment, 'NO_PROXY') ?? '')) return undefined;
  return parseProxy(value, name);
}

function proxyVariable(server: URL, environment: Environment): readonly [string, string | undefined] {
  const own = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = readVariable(environment, own);
  return value ? [own, value] : ['ALL_PROXY', readVariable(environment, 'ALL_PROXY')];
}

function readVariable(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toLowerCase()];
}

function parseProxy(text: string, source: string): URL {
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
  // The text may hold a password.
  const kind = url ? ` of the kind ${url.protocol}//` : '';
  throw new CairnError(
    'usage',
    `What ${source} names is no proxy that Cairn can use${kind}. Give it as http://host:port or https://host:port.`,
  );
}

/** Whether the server is this machine, or one that `NO_PROXY` names. */
function isDirect(server: URL, noProxy: string): boolean {
  const host = bareHost(server);
  if (host === 'localhost' || isLoopback(host)) return true;
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** One entry of `NO_PROXY`: `*`, an address, a network like `10.0.0.0/8`, or a domain with all below it. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(entry, host);
  const [, place = '', wantedPort] = isIP(entry) !== 0 ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const name = place.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0 || isIP(host) !== 0) return name === host;
  // `.example.org` and `*.example.org` mean what is below, `example.org` itself, too.
  const below = name.replace(/^\*?\./, '');
  return host.endsWith(`.${below}`) || (below === name && host === name);
}

function isInNetwork(network: string, host: string): boolean {
  const version = isIP(host);
  const [address = '', bits] = network.split('/');
  if (version === 0 || isIP(address) !== version || !/^\d{1,3}$/.test(bits ?? '')) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (Number(bits) > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}
