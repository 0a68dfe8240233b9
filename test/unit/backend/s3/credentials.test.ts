import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findCredentials, profileRegion } from '../../../../src/backend/s3/credentials.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const place = 's3:https://host/bucket';
let home: string;
let empty: string;

beforeAll(() => {
  home = tempFolder();
  empty = tempFolder();
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/credentials'),
    '[default]\naws_access_key_id=ID\naws_secret_access_key=SECRET\n[half]\naws_access_key_id=ID\n[session]\naws_access_key_id=A\naws_secret_access_key=B\naws_session_token=C\n',
  );
  writeFileSync(
    join(home, '.aws/config'),
    '[default]\nregion=eu-north-1\n[profile login]\nsso_session=company\nregion=eu-west-3\n[profile here]\naws_access_key_id=X\naws_secret_access_key=Y\n',
  );
});

describe('credentials', () => {
  test('are those of the environment first', () => {
    const environment = { HOME: home, AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'F' };
    expect(findCredentials(environment, place)).toEqual({ accessKeyId: 'E', secretAccessKey: 'F' });
    expect(findCredentials({ ...environment, AWS_SESSION_TOKEN: 'T' }, place)).toMatchObject({ sessionToken: 'T' });
  });

  test.each<[string, Record<string, string>, object]>([
    ['default', {}, { accessKeyId: 'ID', secretAccessKey: 'SECRET' }],
    ['session', { AWS_PROFILE: 'session' }, { accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C' }],
    ['here, which is in the other file', { AWS_PROFILE: 'here' }, { accessKeyId: 'X', secretAccessKey: 'Y' }],
  ])('are those of the profile %s', (_, environment, found) => {
    expect(findCredentials({ HOME: home, ...environment }, place)).toEqual(found);
    const named = {
      HOME: empty,
      AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws/credentials'),
      AWS_CONFIG_FILE: join(home, '.aws/config'),
    };
    expect(findCredentials({ ...named, ...environment }, place)).toEqual(found);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['only the secret is set', { AWS_SECRET_ACCESS_KEY: 'hidden' }, /AWS_ACCESS_KEY_ID is not. Set both/],
    ['only the id is set', { AWS_ACCESS_KEY_ID: 'hidden' }, /AWS_SECRET_ACCESS_KEY is not. Set both/],
    ['the profile is not there', { AWS_PROFILE: 'nobody' }, /"nobody" .*Check AWS_PROFILE/],
    ['the profile is not complete', { AWS_PROFILE: 'half' }, /"half" .*Check AWS_PROFILE/],
    [
      'the profile goes another way',
      { AWS_PROFILE: 'login' },
      /sso_session.* aws configure export-credentials|sso_session.*"aws configure/,
    ],
  ])('are not found where %s', (_, environment, message) => {
    const refused: unknown = expect.objectContaining({
      code: 'permission-denied',
      message: expect.stringMatching(message) as string,
    });
    expect(() => findCredentials({ HOME: home, ...environment }, place)).toThrow(refused);
    expect(() => findCredentials({ HOME: home, ...environment }, place)).not.toThrow(/hidden/);
  });

  test('are asked for where there are none', () => {
    expect(() => findCredentials({ HOME: empty }, place)).toThrow(/set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  });

  test('cannot be found in what is no file', () => {
    const environment = { HOME: empty, AWS_SHARED_CREDENTIALS_FILE: home };
    expect(() => findCredentials(environment, place)).toThrow(/cannot be read/);
  });
});

test('the region is that of the profile', () => {
  expect(profileRegion({ HOME: home })).toBe('eu-north-1');
  expect(profileRegion({ HOME: home, AWS_PROFILE: 'login' })).toBe('eu-west-3');
  expect(profileRegion({ HOME: home, AWS_PROFILE: 'here' })).toBeUndefined();
  expect(profileRegion({ HOME: empty })).toBeUndefined();
  expect(profileRegion({ HOME: home, AWS_CONFIG_FILE: home })).toBeUndefined();
});
