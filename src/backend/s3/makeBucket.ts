import { createHash } from 'node:crypto';
import { CairnError } from '../../base/errors.ts';
import type { CallOptions } from '../backend.ts';
import type { S3Client } from './s3Client.ts';
import { readRefusal, s3Error } from './s3Errors.ts';

const MAX_ANSWER = 64 * 1024;

/** Regions in which a bucket is made without being told so; the second is Cloudflare's word for any. */
const unnamedRegions = ['us-east-1', 'auto'];

/**
 * Makes the bucket if it is not there. Harmless if it is, also where it may not be asked for: a key may have no more
 * than the rights to what is in it.
 * @param location for people.
 */
export async function makeBucket(client: S3Client, location: string, call: CallOptions): Promise<void> {
  const more = { ...call, maxLength: MAX_ANSWER };
  // In place of HEAD, whose answer has no room for a reason; a call for listing that every server knows.
  const there = await client.send({ method: 'GET', query: { 'max-keys': '1' }, ...more });
  const about = { action: 'create', file: 'The bucket', location, secrets: client.secrets } as const;
  if (there.status === 200) return;
  const why = readRefusal(there);
  if (why.status === 403 && why.code === 'AccessDenied') return;
  if (why.code !== 'NoSuchBucket') throw s3Error(there, about);
  const body = Buffer.from(unnamedRegions.includes(client.region) ? '' : regionXml(client.region));
  const hash = createHash('sha256').update(body).digest('hex');
  const made = await client.send({ method: 'PUT', body: [body], hash, ...more });
  if (made.status === 200) return;
  const { code } = readRefusal(made);
  switch (code) {
    case 'BucketAlreadyOwnedByYou':
      return;
    case 'BucketAlreadyExists':
      throw new CairnError(
        'permission-denied',
        `The bucket of ${location} belongs to somebody else. Choose another name for yours.`,
        { details: { location, reason: code } },
      );
    case 'AccessDenied':
      throw new CairnError(
        'permission-denied',
        `The bucket of ${location} is not there, and the access key may not make it. Make it by the means of the provider, and try again.`,
        { details: { location, reason: code } },
      );
    default:
      throw s3Error(made, about);
  }
}

function regionXml(region: string): string {
  return (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`
  );
}
