import { parseLocation, withoutLogin } from '../../base/location.ts';

/** Variables of restic and rclone that hold who we are for a storage. */
export const credentialNames = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'RESTIC_REST_USERNAME',
  'RESTIC_REST_PASSWORD',
  'RCLONE_CONFIG_PASS',
] as const;

/** What a target has of them. Lies in the secret storage, and is never shown. */
export type Credentials = Readonly<Partial<Record<(typeof credentialNames)[number], string>>>;

/** Keys that belong together: one of ours beside one of the environment would be nobody's. */
const groups: readonly (readonly (keyof Credentials)[])[] = [
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ['RESTIC_REST_USERNAME', 'RESTIC_REST_PASSWORD'],
];

/** The variables of a program that uses these credentials. */
export function withCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  credentials: Credentials,
): Record<string, string | undefined> {
  const replaced = groups.filter((names) => names.some((name) => credentials[name] !== undefined)).flat();
  return { ...environment, ...Object.fromEntries(replaced.map((name) => [name, undefined])), ...credentials };
}

/** From the text in the secret storage; what is not known is left out. */
export function parseCredentials(text: string | undefined): Credentials {
  if (text === undefined) return {};
  try {
    const stored = JSON.parse(text) as Record<string, unknown> | null;
    const known = credentialNames.filter((name) => typeof stored?.[name] === 'string');
    return Object.fromEntries(known.map((name) => [name, stored![name]]));
  } catch {
    return {};
  }
}

/** Takes user and password out of a location that a person typed. */
export function splitCredentials(text: string): { readonly location: string; readonly credentials: Credentials } {
  const location = parseLocation(text);
  if (location.kind !== 'rest' || !location.login) return { location: text, credentials: {} };
  const { user, password } = location.login;
  return {
    location: withoutLogin(text),
    credentials: { RESTIC_REST_USERNAME: user, ...(password !== '' && { RESTIC_REST_PASSWORD: password }) },
  };
}
