import { displayPath } from './rawName.ts';

/** A place for a repository, taken apart. Plain data. */
export type Location = LocalLocation | FarLocation | UnusableLocation;

/** A place beyond a network, or reached as such. */
export type FarLocation = SftpLocation | RestLocation | RcloneLocation | S3Location;

interface NoFolder {
  readonly folder?: never;
}

export interface LocalLocation {
  readonly kind: 'local';
  /** As it was written: it may be relative, or empty. Bytes that are not UTF-8 as in `rawName.ts`. */
  readonly folder: string;
}

/** A folder that a server offers by SSH. */
export interface SftpLocation extends NoFolder {
  readonly kind: 'sftp';
  readonly user?: string;
  /** A name that may stand in `ssh_config`, or an address, without the brackets of IPv6. */
  readonly host: string;
  readonly port?: number;
  /** Begins with `/`, or is relative to where the server lets this user in. */
  readonly path: string;
}

/** restic's REST server, or what speaks as it does. */
export interface RestLocation extends NoFolder {
  readonly kind: 'rest';
  /** Without user and password; ends with `/`. */
  readonly url: string;
  /** Never shown. */
  readonly login?: Login;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A remote of rclone's configuration and a path in it: `remote:path`. */
export interface RcloneLocation extends NoFolder {
  readonly kind: 'rclone';
  readonly remote: string;
}

/** A bucket of an object store. */
export interface S3Location extends NoFolder {
  readonly kind: 's3';
  /** `https://host` or `http://host:port`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Names of all objects begin with it; without `/` at both ends, and may be empty. */
  readonly prefix: string;
}

/** What nothing can be stored at. */
export interface UnusableLocation extends NoFolder {
  readonly kind: 'unusable';
  /** What is before the colon, in lower case. */
  readonly scheme: string;
  /** A sentence that says what to do. */
  readonly problem: string;
}

/**
 * How restic, and people, write places that are not folders. Anything else before a colon is a part of a folder's
 * name, as for restic; a single letter is a drive of Windows.
 */
const otherScheme = /^(sftp|s3|rest|rclone|b2|azure|gs|swift|https?|ssh|ftp|webdavs?):/i;

/** `//user:password@host`, or `user:password@host:path`. */
const sftpWithPassword = /^(?:\/\/[^/@]*:[^/]*@|[^:/@[]+:[^/@]*@[^/:]+:)/;

const NO_PASSWORD =
  'A location of SFTP has no password in it: give a key to ssh, or type the password when ssh asks for it.';

/** Values in the connection string of a remote, which may be secrets: `:s3,secret_access_key=…:bucket`. */
const rcloneValue = /(,[\w-]+)=("(?:[^"]|"")*"|'(?:[^']|'')*'|[^,:]*)/g;

/** What to call the remote of rclone for storage that we only reach through it. */
const rcloneTypes: Readonly<Record<string, string>> = {
  b2: 'b2',
  azure: 'azureblob',
  gs: 'google cloud storage',
  swift: 'swift',
  ftp: 'ftp',
  webdav: 'webdav',
  webdavs: 'webdav',
};

/** Reads a location in restic's syntax: a folder, with or without `local:` in front, or storage of another kind. */
export function parseLocation(location: string): Location {
  if (location.startsWith('local:')) return { kind: 'local', folder: location.slice('local:'.length) };
  const scheme = otherScheme.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'local', folder: location };
  const rest = location.slice(scheme.length + 1);
  switch (scheme) {
    case 'sftp':
      if (sftpWithPassword.test(rest)) return { kind: 'unusable', scheme, problem: NO_PASSWORD };
      return parseSftp(rest) ?? unusable(scheme, 'sftp:user@host:/folder or sftp://user@host:port//folder');
    case 'rest':
      return parseRest(rest) ?? unusable(scheme, 'rest:https://host:port/path/');
    case 'rclone':
      return /^[^-].*:/s.test(rest) ? { kind: 'rclone', remote: rest } : unusable(scheme, 'rclone:remote:path');
    case 's3':
      return parseS3(rest) ?? unusable(scheme, 's3:https://host/bucket/path');
    case 'http':
    case 'https':
      return { kind: 'unusable', scheme, problem: `For restic's REST server write rest:${scheme}://… in place of it.` };
    case 'ssh':
      return {
        kind: 'unusable',
        scheme,
        problem: 'For a folder that a server offers by SSH write sftp:user@host:/folder.',
      };
    default:
      return { kind: 'unusable', scheme, problem: throughRclone(scheme) };
  }
}

function unusable(scheme: string, example: string): UnusableLocation {
  return { kind: 'unusable', scheme, problem: `The location is not complete. It looks like ${example}.` };
}

function throughRclone(scheme: string): string {
  return `Storage of the kind "${scheme}:" is reached through rclone: make a remote of the type "${rcloneTypes[scheme]}" by "rclone config", and give rclone:REMOTE:PATH.`;
}

/** `user@host:path`, or `//user@host:port/path`, where a second slash makes the path absolute, as for restic. */
function parseSftp(text: string): SftpLocation | undefined {
  const match = text.startsWith('//')
    ? /^\/\/(?:(?<user>[^/]*)@)?(?:\[(?<address>[^\]]+)\]|(?<host>[^/:@]+))(?::(?<port>\d{1,5}))?\/(?<path>.+)$/s.exec(
        text,
      )
    : /^(?:(?<user>[^:/]*)@)?(?:\[(?<address>[^\]]+)\]|(?<host>[^:@]+)):(?<path>.+)$/s.exec(text);
  const { user, address, host = address, port, path } = match?.groups ?? {};
  // What begins with a dash would be an option of ssh.
  if (host === undefined || path === undefined || host.startsWith('-') || user?.startsWith('-')) return undefined;
  if (Number(port ?? 22) > 65_535) return undefined;
  return {
    kind: 'sftp',
    ...(user && { user }),
    host,
    ...(port !== undefined && { port: Number(port) }),
    path: path.length > 1 ? path.replace(/\/+$/, '') || '/' : path,
  };
}

function parseRest(text: string): RestLocation | undefined {
  const url = parseUrl(text);
  if (!url || !isHttp(url)) return undefined;
  const login = { user: decode(url.username), password: decode(url.password) };
  url.username = url.password = url.hash = url.search = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { kind: 'rest', url: url.href, ...(login.user !== '' && { login }) };
}

/** `host/bucket/prefix`, with `https://` or `http://` in front, or `//`, as restic takes it. */
function parseS3(text: string): S3Location | undefined {
  const url = parseUrl(/^https?:\/\//i.test(text) ? text : `https://${text.replace(/^\/\//, '')}`);
  if (!url || !isHttp(url) || url.username !== '' || url.search !== '' || url.hash !== '') return undefined;
  const [bucket, ...names] = url.pathname.slice(1).split('/').map(decode);
  if (!bucket) return undefined;
  const prefix = names.filter((name) => name !== '').join('/');
  return { kind: 's3', endpoint: url.origin, bucket, prefix };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isHttp({ protocol, hostname }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && hostname !== '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A location for people, in the form that {@link parseLocation} takes, but without a password. */
export function displayLocation(location: Location): string {
  switch (location.kind) {
    case 'local':
      return displayPath(location.folder);
    case 'sftp':
      return `sftp:${displayPath(sftpText(location))}`;
    case 'rest':
      return `rest:${displayPath(location.login ? withLogin(location.url, location.login.user) : location.url)}`;
    case 'rclone':
      return `rclone:${displayPath(location.remote.replace(rcloneValue, '$1=***'))}`;
    case 's3':
      return `s3:${displayPath([location.endpoint, location.bucket, location.prefix].filter(Boolean).join('/'))}`;
    case 'unusable':
      return `${location.scheme}:…`;
  }
}

/** A location in restic's syntax without the user and the password in it: these come by `RESTIC_REST_…` as well. */
export function withoutLogin(text: string): string {
  const location = parseLocation(text);
  return location.kind === 'rest' && location.login ? `rest:${location.url}` : text;
}

/** Whether the location itself holds what is not to be shown. */
export function hasSecret(location: Location): boolean {
  if (location.kind === 'rest') return location.login !== undefined && location.login.password !== '';
  return location.kind === 'rclone' && location.remote.search(rcloneValue) >= 0;
}

function sftpText({ user, host, port, path }: SftpLocation): string {
  const login = user === undefined ? '' : `${user}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? `${login}${name}:${path}` : `//${login}${name}:${port}/${path}`;
}

/** Stars in place of the password, as restic shows it. */
function withLogin(url: string, user: string): string {
  return url.replace('//', `//${encodeURIComponent(user)}:***@`);
}
