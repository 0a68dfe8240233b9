import { describe, expect, test } from 'vitest';
import { s3Error, type S3Action } from '../../../../src/backend/s3/s3Errors.ts';

const secrets = ['AKIDEXAMPLE', 'secret-5K', ''];

interface Circumstances {
  readonly action?: S3Action;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function explain(status: number, code: string, { action = 'write', message = '', headers = {} }: Circumstances = {}) {
  const body = code === '' ? '' : `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return s3Error(
    { status, headers, body: Buffer.from(body) },
    { action, file: 'data/ab', location: 's3:https://h/b', secrets },
  );
}

describe('a refusal', () => {
  test.each<[number, string, string, RegExp]>([
    [403, 'SignatureDoesNotMatch', 'permission-denied', /secret is wrong/],
    [403, 'InvalidAccessKeyId', 'permission-denied', /does not know this access key/],
    [400, 'ExpiredToken', 'permission-denied', /AWS_SESSION_TOKEN/],
    [403, 'AccessDenied', 'permission-denied', /s3:PutObject/],
    [403, 'RequestTimeTooSkewed', 'permission-denied', /Set the clock/],
    [403, 'InvalidObjectState', 'storage-error', /archive class/],
    [403, 'Whatever', 'permission-denied', /does not allow it/],
    [403, 'QuotaExceeded', 'disk-full', /is full/],
    [507, '', 'disk-full', /is full/],
    [400, 'Odd', 'storage-error', /refuses it/],
    [404, 'NoSuchBucket', 'target-unavailable', /bucket .* is not there/],
    [404, '', 'target-unavailable', /no answer of S3/],
  ])('%i %s', (status, code, errorCode, message) => {
    const error = explain(status, code);
    expect([error.code, error.mayPass]).toEqual([errorCode, false]);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('s3:https://h/b');
  });

  test('of one who has reached a limit', () => {
    expect(explain(403, 'AccessDenied', { message: 'Cannot upload files, storage cap exceeded.' }).code).toBe(
      'disk-full',
    );
  });

  test.each<[number, string]>([
    [403, 'AccessDenied'],
    [405, 'MethodNotAllowed'],
    [409, 'ObjectUnderRetention'],
    [403, 'ObjectLocked'],
  ])('%i %s to remove says that the storage forbids it', (status, code) => {
    const error = explain(status, code, { action: 'remove' });
    expect([error.code, error.mayPass]).toEqual(['permission-denied', false]);
    expect(error.message).toMatch(/forbids removing.*object lock/);
  });

  test.each([
    ['SignatureDoesNotMatch', true],
    ['ExpiredToken', true],
    ['AccessDenied', undefined],
  ])('%s: whoever asks is not known: %s', (code, isLoginRefused) => {
    expect(explain(403, code).details?.['isLoginRefused']).toBe(isLoginRefused);
  });

  test('to remove may be about the keys all the same', () => {
    expect(explain(403, 'SignatureDoesNotMatch', { action: 'remove' }).message).toMatch(/secret is wrong/);
  });

  test.each<[number, string]>([
    [500, 'InternalError'],
    [502, ''],
    [503, 'SlowDown'],
    [429, ''],
    [400, 'RequestTimeout'],
    [400, 'BadDigest'],
    [409, 'OperationAborted'],
  ])('%i %s may pass', (status, code) => {
    expect(explain(status, code)).toMatchObject({ mayPass: true });
  });

  test('says when to come again', () => {
    const seconds = explain(503, 'SlowDown', { headers: { 'retry-after': '7' } });
    expect(seconds.details).toMatchObject({ retryAfterMs: 7000 });
    const date = explain(503, 'SlowDown', { headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
    expect(date.details?.['retryAfterMs']).toBeGreaterThan(50_000);
    expect(explain(503, 'SlowDown', { headers: { 'retry-after': 'soon' } }).details).not.toHaveProperty('retryAfterMs');
  });

  test('quotes the storage without secrets, control characters, or at length', () => {
    const message = `AKIDEXAMPLE may not&#10;use secret-5K &#27;[31m${'x'.repeat(1000)}`;
    const error = explain(403, 'AccessDenied', { message });
    expect(error.message).toContain('It says: *** may not use ***');
    expect(error.message).not.toMatch(/AKIDEXAMPLE|secret-5K|[\u0000-\u001f]/);
    expect(error.message.length).toBeLessThan(800);
  });
});
