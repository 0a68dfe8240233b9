import { homedir } from 'node:os';
import { CairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { systemCode } from '../../base/systemCode.ts';
import { joinPath, resolvePath } from '../../disk/paths.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { readProfiles, type ProfileSections } from './profileFile.ts';

/** Who we are for the storage. Never shown. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** For credentials that are valid for a while only. */
  readonly sessionToken?: string;
}

type Environment = StorageAccess['environment'];

/** Ways to credentials that a profile may name, and that we do not go. */
const otherWays = ['credential_process', 'sso_session', 'sso_start_url', 'role_arn', 'web_identity_token_file'];

/**
 * The credentials as the AWS tools and restic find them: in the environment, else in a profile. Throws
 * `permission-denied` if there are none.
 * @param location for people.
 */
export function findCredentials(environment: Environment, location: string): S3Credentials {
  const id = environment['AWS_ACCESS_KEY_ID'];
  const secret = environment['AWS_SECRET_ACCESS_KEY'];
  if (id && secret) return credentials(id, secret, environment['AWS_SESSION_TOKEN']);
  if (id || secret) {
    const [there, missing] = id
      ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
      : ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'];
    throw noCredentials(location, `${there} is set, but ${missing} is not. Set both`);
  }
  return profileCredentials(environment, location);
}

/** The region that the environment, or else the profile, names. */
export function environmentRegion(environment: Environment): string | undefined {
  return environment['AWS_DEFAULT_REGION'] || environment['AWS_REGION'] || undefined;
}

/** The region that the profile names. Nothing if its files cannot be read: the storage says where it is. */
export function profileRegion(environment: Environment): string | undefined {
  const name = profileName(environment);
  try {
    return (
      readFile(configFile(environment)).get(name)?.get('region') ||
      readFile(credentialsFile(environment)).get(name)?.get('region') ||
      undefined
    );
  } catch {
    return undefined;
  }
}

function profileCredentials(environment: Environment, location: string): S3Credentials {
  const name = profileName(environment);
  const files = [credentialsFile(environment), configFile(environment)];
  const profiles = files.map((file) => readFile(file).get(name)).filter((profile) => profile !== undefined);
  for (const profile of profiles) {
    const id = profile.get('aws_access_key_id');
    const secret = profile.get('aws_secret_access_key');
    if (id && secret) return credentials(id, secret, profile.get('aws_session_token'));
  }
  const way = otherWays.find((setting) => profiles.some((profile) => profile.has(setting)));
  if (way !== undefined)
    throw noCredentials(
      location,
      `the profile "${name}" gets them by ${way}, which is not supported. Set the variables that "aws configure export-credentials --profile ${name} --format env" prints`,
    );
  if (environment['AWS_PROFILE'])
    throw noCredentials(location, `no keys of the profile "${name}" are in ${files.join(' or ')}. Check AWS_PROFILE`);
  throw noCredentials(
    location,
    `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or keep them as the profile "${name}" in ${files[0]}`,
  );
}

function credentials(accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): S3Credentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function profileName(environment: Environment): string {
  return environment['AWS_PROFILE'] || environment['AWS_DEFAULT_PROFILE'] || 'default';
}

function credentialsFile(environment: Environment): string {
  return environment['AWS_SHARED_CREDENTIALS_FILE'] || inHome(environment, '.aws/credentials');
}

function configFile(environment: Environment): string {
  return environment['AWS_CONFIG_FILE'] || inHome(environment, '.aws/config');
}

function inHome(environment: Environment, path: string): string {
  return joinPath(environment['HOME'] || environment['USERPROFILE'] || homedir(), path);
}

/** Nothing for a file that is not there. */
function readFile(path: string): ProfileSections {
  try {
    return readProfiles(readSmallFile(resolvePath(path)).toString('utf8'));
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw new CairnError(
      'permission-denied',
      `The file ${path}, which may hold the access keys for S3, cannot be read (${code ?? 'unknown'}). Make it readable, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { details: { file: path }, cause },
    );
  }
}

function noCredentials(location: string, advice: string): CairnError {
  return new CairnError('permission-denied', `There are no access keys for ${location}: ${advice}.`, {
    details: { location, reason: 'no-credentials' },
  });
}
