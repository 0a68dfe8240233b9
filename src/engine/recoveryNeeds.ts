import { displayLocation, hasSecret, parseLocation, withoutLogin, type Location } from '../base/location.ts';
import type { StorageAccess, StorageSettings } from '../base/storageAccess.ts';

/** What another computer needs to get to storage elsewhere: names, and no secret. */
export interface RecoveryNeeds {
  /** What has to be there, as sentences in Markdown. */
  readonly things: readonly string[];
  /** What belongs to each command of restic and Cairn: `s3.region=eu-1`. */
  readonly options: readonly string[];
}

/** Options without which the storage is not found, and that say nothing else. */
const harmless = ['s3.region', 's3.bucket-lookup', 's3.list-objects-v1', 's3.unsafe-anonymous-auth'];
/** Those that only say how fast it goes, or what new files are like. */
const optional = /connections$|^s3\.(?:storage-class|retries)$|^rclone\.timeout$/;

/** A location as it may stand on a page: without user, password and what else is secret. */
export function locationOnPage(text: string): string {
  const location = parseLocation(withoutLogin(text));
  return hasSecret(location) ? displayLocation(location) : withoutLogin(text);
}

/** Nothing for a folder. */
export function recoveryNeeds({ location, access }: StorageSettings): RecoveryNeeds | undefined {
  if (location.kind === 'local' || location.kind === 'unusable') return undefined;
  const { options, tls } = access;
  const others = Object.keys(options).filter((name) => !harmless.includes(name) && !optional.test(name));
  return {
    things: [
      ...programs(location),
      ...variables(location, access).map((list) => `The variables ${list}. Their values are not on this page.`),
      ...(others.length === 0 ? [] : [`For each command \`-o\` with ${names(others)}, as on this computer.`]),
      ...(tls.authorities
        ? ['For each command `--cacert FILE`: the certificate that signed the one of the server.']
        : []),
      ...(tls.client === undefined ? [] : ['For each command `--tls-client-cert FILE`: a certificate with its key.']),
    ],
    options: harmless.filter((name) => options[name] !== undefined).map((name) => `${name}=${options[name]}`),
  };
}

function programs(location: Location): string[] {
  if (location.kind === 'sftp')
    return [
      'The program `ssh`, with the key that the server lets in, and the entry for this server in `~/.ssh/config` if it has one.',
    ];
  if (location.kind !== 'rclone') return [];
  return [
    'The program `rclone`, with its configuration, which knows the remote: `rclone config file` names its place.',
  ];
}

function variables(location: Location, { environment, options }: StorageAccess): string[] {
  const isSet = (name: string) => Boolean(environment[name]);
  const given = (list: readonly string[]) => list.filter(isSet);
  switch (location.kind) {
    case 's3': {
      if (/^(?:1|t|true)$/i.test(options['s3.unsafe-anonymous-auth'] ?? '')) return [];
      const more = given(['AWS_SESSION_TOKEN', 'AWS_DEFAULT_REGION', 'AWS_REGION']);
      return [names(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', ...more])];
    }
    case 'rest': {
      const login = ['RESTIC_REST_USERNAME', 'RESTIC_REST_PASSWORD'];
      return location.login || login.some(isSet) ? [names(login)] : [];
    }
    case 'rclone':
      return given(['RCLONE_CONFIG_PASS']).map((name) => names([name]));
    case 'sftp':
    case 'local':
    case 'unusable':
      return [];
  }
}

function names(list: readonly string[]): string {
  return list.map((name) => `\`${name}\``).join(', ');
}
