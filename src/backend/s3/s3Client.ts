import { AwsV4Signer } from 'aws4fetch';
import { throwIfAborted } from '../../base/abort.ts';
import { isCairnError } from '../../base/errors.ts';
import type { S3Location } from '../../base/location.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http/httpClient.ts';
import { openHttpClient } from '../http/openHttpClient.ts';
import { environmentRegion, findCredentials, profileRegion, type S3Credentials } from './credentials.ts';
import { bucketAddress, hostRegion, objectPath, queryText } from './s3Address.ts';
import type { S3Options } from './s3Options.ts';
import { elementText } from './xml.ts';

/** The SHA-256 of nothing. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Where nobody says otherwise. */
const FIRST_REGION = 'us-east-1';

/** A request about the bucket, or with `key` about an object in it. */
export interface S3Request extends Omit<HttpRequest, 'path'> {
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The SHA-256 of the body, in hex, by which the server checks it. */
  readonly hash?: string;
}

/** Sends requests about one bucket, signed by AWS signature version 4. */
export class S3Client {
  readonly #location: S3Location;
  readonly #access: StorageAccess;
  readonly #options: S3Options;
  readonly #name: string;
  readonly #clients = new Map<string, HttpClient>();
  /** Keys for a day that were derived before. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();
  #identity: { readonly credentials: S3Credentials | undefined; readonly region: string | undefined } | undefined;
  /** What a server said. */
  #foundRegion: string | undefined;

  /** @param name the location for people. */
  constructor(location: S3Location, access: StorageAccess, options: S3Options, name: string) {
    this.#location = location;
    this.#access = access;
    this.#options = options;
    this.#name = name;
  }

  /** For which requests are signed. */
  get region(): string {
    return this.#foundRegion ?? this.#identity?.region ?? FIRST_REGION;
  }

  /** What must never be shown; empty before the first request. */
  get secrets(): readonly string[] {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = this.#identity?.credentials ?? {};
    return [accessKeyId ?? '', secretAccessKey ?? '', sessionToken];
  }

  /** As `HttpClient.send`. Asks once more, for another region, if the server names one. Throws `permission-denied` without credentials. */
  async send(request: S3Request): Promise<HttpAnswer> {
    throwIfAborted(request.signal);
    this.#identity ??= this.#identify();
    const { region } = this;
    let named: string | undefined;
    try {
      const answer = await this.#sendOnce(request);
      named = namedRegion(answer);
      if (named === undefined || named === region) return answer;
    } catch (error) {
      named = redirectedRegion(error);
      if (named === undefined || named === region) throw error;
    }
    this.#foundRegion = named;
    return this.#sendOnce(request);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #identify() {
    const { environment } = this.#access;
    const credentials = this.#options.isAnonymous ? undefined : findCredentials(environment, this.#name);
    const region =
      this.#options.region ??
      environmentRegion(environment) ??
      hostRegion(this.#location.endpoint) ??
      (this.#options.isAnonymous ? undefined : profileRegion(environment));
    return { credentials, region };
  }

  async #sendOnce({ key, query = {}, hash = EMPTY_HASH, ...request }: S3Request): Promise<HttpAnswer> {
    const address = bucketAddress(this.#location, this.#options, this.#foundRegion ?? this.#identity?.region);
    const search = queryText(query);
    const path = (key === undefined ? address.path || '/' : objectPath(address, key)) + (search && `?${search}`);
    const headers = await this.#sign(request.method, address.origin + path, {
      ...request.headers,
      'x-amz-content-sha256': hash,
    });
    throwIfAborted(request.signal);
    return this.#clientFor(address.origin).send({ ...request, path, headers });
  }

  async #sign(method: string, url: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const credentials = this.#identity?.credentials;
    if (!credentials) return headers;
    const { region } = this;
    const signer = new AwsV4Signer({
      method,
      url,
      headers,
      ...credentials,
      service: 's3',
      region,
      cache: this.#signingKeys,
    });
    const signed = await signer.sign();
    return Object.fromEntries(signed.headers);
  }

  #clientFor(origin: string): HttpClient {
    const client = this.#clients.get(origin) ?? openHttpClient(origin, this.#access);
    this.#clients.set(origin, client);
    return client;
  }
}

/** The region that a server wants to be asked in, in place of that of the request. */
function namedRegion({ status, headers, body }: HttpAnswer): string | undefined {
  if (status !== 400 && status !== 301 && status !== 307) return undefined;
  const header = headers['x-amz-bucket-region'];
  const region = typeof header === 'string' ? header : elementText(body.toString('utf8'), 'Region');
  return region !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(region) ? region : undefined;
}

/** The same where the server says so by another address, to which no request is sent on its word. */
function redirectedRegion(error: unknown): string | undefined {
  const place = isCairnError(error) ? error.details?.['place'] : undefined;
  return typeof place === 'string' && URL.canParse(place) ? hostRegion(place) : undefined;
}
