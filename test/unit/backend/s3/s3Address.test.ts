import { describe, expect, test } from 'vitest';
import { parseLocation, type S3Location } from '../../../../src/base/location.ts';
import { plainAccess } from '../../../../src/base/storageAccess.ts';
import { bucketAddress, hostRegion, objectPath, queryText } from '../../../../src/backend/s3/s3Address.ts';
import { readS3Options } from '../../../../src/backend/s3/s3Options.ts';

const locate = (text: string) => parseLocation(text) as S3Location;
const options = (lookup?: string) =>
  readS3Options({ ...plainAccess, options: lookup === undefined ? {} : { 's3.bucket-lookup': lookup } });

describe('the address of a bucket', () => {
  test.each<[string, string | undefined, string | undefined, string, string]>([
    ['s3:http://127.0.0.1:9000/bucket/x', undefined, undefined, 'http://127.0.0.1:9000', '/bucket'],
    ['s3:https://host/bucket', 'eu-1', 'dns', 'https://bucket.host', ''],
    ['s3:s3.amazonaws.com/bucket', undefined, undefined, 'https://bucket.s3.amazonaws.com', ''],
    ['s3:s3.amazonaws.com/bucket', 'eu-central-1', undefined, 'https://bucket.s3.eu-central-1.amazonaws.com', ''],
    ['s3:s3.amazonaws.com/bucket', 'eu-central-1', 'path', 'https://s3.eu-central-1.amazonaws.com', '/bucket'],
    [
      's3:s3.eu-west-1.amazonaws.com/bucket',
      'eu-central-1',
      'auto',
      'https://bucket.s3.eu-central-1.amazonaws.com',
      '',
    ],
    [
      's3:s3.dualstack.eu-west-1.amazonaws.com/b-1',
      'eu-west-1',
      'auto',
      'https://b-1.s3.dualstack.eu-west-1.amazonaws.com',
      '',
    ],
    [
      's3:s3.cn-north-1.amazonaws.com.cn/bucket',
      'cn-north-1',
      'DNS',
      'https://bucket.s3.cn-north-1.amazonaws.com.cn',
      '',
    ],
    ['s3:s3.amazonaws.com/with.dot', undefined, undefined, 'https://s3.amazonaws.com', '/with.dot'],
    ['s3:s3.amazonaws.com/With_Case', undefined, undefined, 'https://s3.amazonaws.com', '/With_Case'],
    [
      's3:oss-eu-central-1.aliyuncs.com/bucket',
      undefined,
      undefined,
      'https://bucket.oss-eu-central-1.aliyuncs.com',
      '',
    ],
    ['s3:https://notamazonaws.com/bucket', 'eu-1', undefined, 'https://notamazonaws.com', '/bucket'],
  ])('%s in %s by %s', (text, region, lookup, origin, path) => {
    expect(bucketAddress(locate(text), options(lookup), region)).toEqual({ origin, path });
  });

  test('has the region in its name, or not', () => {
    const region = (host: string) => hostRegion(locate(`s3:${host}/bucket`).endpoint);
    expect(region('s3.eu-central-1.amazonaws.com')).toBe('eu-central-1');
    expect(region('s3-us-gov-west-1.amazonaws.com')).toBe('us-gov-west-1');
    expect(region('s3.us-west-004.backblazeb2.com')).toBe('us-west-004');
    expect(region('s3.amazonaws.com')).toBeUndefined();
    expect(region('127.0.0.1:9000')).toBeUndefined();
  });
});

test('paths and queries are encoded as they are signed', () => {
  const address = { origin: 'http://host', path: '/bucket' };
  expect(objectPath(address, "a b/ä+%2F~'(*)!.x")).toBe('/bucket/a%20b/%C3%A4%2B%252F~%27%28%2A%29%21.x');
  expect(queryText({ prefix: 'a/b c', 'list-type': '2', 'continuation-token': 'x+/=' })).toBe(
    'continuation-token=x%2B%2F%3D&list-type=2&prefix=a%2Fb%20c',
  );
});

describe('options', () => {
  const read = (name: string, value: string) => readS3Options({ ...plainAccess, options: { [`s3.${name}`]: value } });

  test('have the values of restic when they are not given', () => {
    expect(readS3Options(plainAccess)).toEqual({
      connections: 5,
      bucketLookup: 'auto',
      listsByV1: false,
      isAnonymous: false,
    });
  });

  test('are read as restic reads them', () => {
    expect(read('connections', '12').connections).toBe(12);
    expect(read('region', 'eu-1').region).toBe('eu-1');
    expect(read('storage-class', 'STANDARD_IA').storageClass).toBe('STANDARD_IA');
    expect(read('list-objects-v1', 'TRUE').listsByV1).toBe(true);
    expect(read('unsafe-anonymous-auth', '1').isAnonymous).toBe(true);
    expect(read('layout', 'default')).toEqual(readS3Options(plainAccess));
    expect(readS3Options({ ...plainAccess, options: { 'sftp.command': 'x' } })).toEqual(readS3Options(plainAccess));
  });

  test.each([
    ['connections', '0'],
    ['connections', 'many'],
    ['bucket-lookup', 'maybe'],
    ['region', 'eu 1'],
    ['storage-class', 'a\r\nb'],
    ['list-objects-v1', 'perhaps'],
    ['regoin', 'eu-1'],
    ['layout', 's3legacy'],
    ['enable-restore', 'true'],
  ])('%s is not %j', (name, value) => {
    expect(() => read(name, value)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
