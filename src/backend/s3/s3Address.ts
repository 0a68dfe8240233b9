import type { S3Location } from '../../base/location.ts';
import type { S3Options } from './s3Options.ts';

/** Where requests about a bucket go. */
export interface BucketAddress {
  /** `https://host`. */
  readonly origin: string;
  /** In front of the names of objects, without `/` at the end: `/bucket`, or empty where the host names the bucket. */
  readonly path: string;
}

/**
 * The address of a bucket: by path, or by a host of its own where the provider wants it so.
 * @param region leads to the right server of Amazon; absent if nobody said.
 */
export function bucketAddress(location: S3Location, options: S3Options, region: string | undefined): BucketAddress {
  const url = new URL(location.endpoint);
  const host = region === undefined ? url.host : regionalHost(url.host, region);
  if (!hasOwnHost(location, options))
    return { origin: `${url.protocol}//${host}`, path: `/${encode(location.bucket)}` };
  return { origin: `${url.protocol}//${location.bucket}.${host}`, path: '' };
}

/** The path of an object, with every character but letters, digits and `-._~/` encoded, as it is signed. */
export function objectPath({ path }: BucketAddress, key: string): string {
  return `${path}/${key.split('/').map(encode).join('/')}`;
}

/** A query in the form that is signed. */
export function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** The region in the name of a host: `s3.eu-central-1.amazonaws.com`, `s3.us-west-004.backblazeb2.com`. */
export function hostRegion(url: string): string | undefined {
  return /(?:^|[.-])([a-z]{2}(?:-[a-z]+)+-\d{1,3})\./.exec(new URL(url).hostname)?.[1];
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** As restic decides it. A dot in the name of a bucket would make a host for which Amazon has no certificate. */
function hasOwnHost({ endpoint, bucket }: S3Location, { bucketLookup }: S3Options): boolean {
  if (bucketLookup !== 'auto') return bucketLookup === 'dns';
  const { hostname, protocol } = new URL(endpoint);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return false;
  if (protocol === 'https:' && bucket.includes('.')) return false;
  return /\.(?:amazonaws\.com(?:\.cn)?|aliyuncs\.com)$/.test(hostname);
}

/** Amazon has a server for each region, and the one without a region in its name knows only the first. */
function regionalHost(host: string, region: string): string {
  const match = /^s3\.(dualstack\.)?(?:[a-z0-9-]+\.)?(amazonaws\.com(?:\.cn)?)$/.exec(host);
  return match ? `s3.${match[1] ?? ''}${region}.${match[2]}` : host;
}
