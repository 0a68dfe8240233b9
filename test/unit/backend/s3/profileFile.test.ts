import { expect, test } from 'vitest';
import { readProfiles } from '../../../../src/backend/s3/profileFile.ts';

test('a file of the AWS tools is read as they read it', () => {
  const profiles = readProfiles(
    [
      '\ufeff# comment',
      'lost = before any section',
      '[default]',
      'aws_access_key_id = AKIDEFAULT ; not this',
      'AWS_Secret_Access_Key=a/b+c=d#e',
      '',
      '; comment',
      '[profile work]',
      's3 =',
      '  addressing_style = path',
      '  region = not-this',
      'region = eu-central-1 # nor this',
      'no setting',
      '[ profile "with space" ]',
      '  region = indented',
      '[work]',
      'more = kept',
    ].join('\r\n'),
  );
  expect(Object.fromEntries([...profiles].map(([name, values]) => [name, Object.fromEntries(values)]))).toEqual({
    default: { aws_access_key_id: 'AKIDEFAULT', aws_secret_access_key: 'a/b+c=d#e' },
    work: { s3: '', region: 'eu-central-1', more: 'kept' },
    'with space': { region: 'indented' },
  });
});
