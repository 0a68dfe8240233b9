import { CairnError, type ErrorCode } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { HttpAnswer } from '../http/httpClient.ts';
import { elementText } from './xml.ts';

/** What was being done when the storage refused. */
export type S3Action = 'read' | 'write' | 'remove' | 'list' | 'create';

const done = { read: 'read', write: 'stored', remove: 'removed', list: 'listed', create: 'made' } as const;

/** What a refusal was about. */
export interface S3Call {
  readonly action: S3Action;
  /** For people: below the place of the repository. */
  readonly file: string;
  /** For people. */
  readonly location: string;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
}

/** What a server says about a failure. */
export interface S3Refusal {
  readonly status: number;
  /** One of S3's names for errors; empty where the answer is none of S3. */
  readonly code: string;
  readonly message: string;
}

/** What the answer to a call that failed says. */
export function readRefusal({ status, body }: HttpAnswer): S3Refusal {
  const text = body.toString('utf8');
  const isError = /<Error[\s>]/.test(text);
  const code = (isError && elementText(text, 'Code')) || '';
  const message = (isError && elementText(text, 'Message')) || '';
  return { status, code: /^[\w.]{1,64}$/.test(code) ? code : '', message };
}

type Rule = readonly [ErrorCode, string];

const setKeys = 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile';
const newToken = 'Get new ones, and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN';

/** What to tell a person, by S3's name for an error. What is missing here is told by its own message. */
const rules: Readonly<Record<string, Rule>> = {
  SignatureDoesNotMatch: ['permission-denied', `the access key or its secret is wrong. ${setKeys}`],
  InvalidAccessKeyId: ['permission-denied', `the storage does not know this access key. ${setKeys}`],
  InvalidAccessKey: ['permission-denied', `the storage does not know this access key. ${setKeys}`],
  ExpiredToken: ['permission-denied', `the keys were for a limited time, and that is over. ${newToken}`],
  InvalidToken: ['permission-denied', `the session token does not belong to the access key. ${newToken}`],
  AccessDenied: [
    'permission-denied',
    'the access key may not do this. It needs the rights to read, write, list and remove in this bucket (s3:GetObject, s3:PutObject, s3:ListBucket, s3:DeleteObject)',
  ],
  RequestTimeTooSkewed: [
    'permission-denied',
    'the clock of this machine differs too much from that of the storage. Set the clock and try again',
  ],
  InvalidObjectState: [
    'storage-error',
    'it rests in an archive class. Restore it there first by the means of the provider, and try again',
  ],
  InvalidStorageClass: ['usage', 'the storage does not have this storage class. Correct -o s3.storage-class'],
  AuthorizationHeaderMalformed: [
    'permission-denied',
    'the request was signed for another region. Set -o s3.region or AWS_DEFAULT_REGION',
  ],
};

/** Those of them that are about who asks, whatever is asked for. */
const loginRefusals: ReadonlySet<string> = new Set([
  ...['SignatureDoesNotMatch', 'InvalidAccessKeyId', 'InvalidAccessKey', 'ExpiredToken', 'InvalidToken'],
  ...['RequestTimeTooSkewed', 'AuthorizationHeaderMalformed'],
]);

const full =
  /^(?:QuotaExceeded|OverQuota|StorageFull|InsufficientStorage|XMinioStorageFull|XMinioAdminBucketQuotaExceeded)$/;
const passing =
  /^(?:SlowDown|SlowDownRead|SlowDownWrite|TooManyRequests|RequestLimitExceeded|Throttling|InternalError|ServiceUnavailable|Busy|RequestTimeout|IncompleteBody|OperationAborted|ConditionalRequestConflict|BadDigest|XAmzContentSHA256Mismatch)$/;

/** A refusal as a sentence for the person. Throws nothing; the caller does. */
export function s3Error(answer: HttpAnswer, call: S3Call): CairnError {
  const refusal = readRefusal(answer);
  const { file, location, action } = call;
  const { status, code } = refusal;
  const details = { file, location, status, ...(code !== '' && { reason: code }) };
  if (code === 'NoSuchBucket') return bucketMissing(location);
  const failed = `${file} of the repository ${location} could not be ${done[action]}`;
  const named = code === '' ? `status ${status}` : code;
  if (mayPass(refusal)) {
    const retryAfterMs = readRetryAfter(answer.headers['retry-after']);
    return new CairnError(
      status === 500 || status < 429 ? 'storage-error' : 'target-unavailable',
      `${failed}: the storage is busy or in trouble (${named}). Try again later.`,
      { details: { ...details, ...(retryAfterMs !== undefined && { retryAfterMs }) }, mayPass: true },
    );
  }
  const [errorCode, why] = explain(refusal, call);
  const isLoginRefused = status === 401 || loginRefusals.has(code);
  return new CairnError(errorCode, `${failed} (${named}): ${why}.`, {
    details: { ...details, ...(isLoginRefused && { isLoginRefused }) },
  });
}

function mayPass({ status, code }: S3Refusal): boolean {
  return passing.test(code) || status === 408 || status === 429 || (status >= 500 && ![501, 505, 507].includes(status));
}

function explain({ status, code, message }: S3Refusal, { action, secrets }: S3Call): Rule {
  const isQuota =
    full.test(code) || status === 507 || /\b(?:quota|storage cap)\b.*exceed|exceed.*\bquota\b/i.test(message);
  if (isQuota)
    return ['disk-full', 'the storage is full, or a limit of it is reached. Free some space there, or raise the limit'];
  const mayForbid = code === 'AccessDenied' || (rules[code] === undefined && [403, 405, 409].includes(status));
  if (action === 'remove' && mayForbid) {
    return [
      'permission-denied',
      `the storage forbids removing. Give the access key that right (s3:DeleteObject); if the bucket keeps its files for a time (object lock), wait until that is over${said(message, secrets)}`,
    ];
  }
  const rule = rules[code];
  if (rule) return code === 'AccessDenied' ? [rule[0], rule[1] + said(message, secrets)] : rule;
  if (status === 403 || status === 401)
    return ['permission-denied', `the storage does not allow it. ${setKeys}${said(message, secrets)}`];
  if (code === '')
    return [
      'target-unavailable',
      'this is no answer of S3. Check the address: a proxy, or a login page of a network, may have answered',
    ];
  return ['storage-error', `the storage refuses it${said(message, secrets)}`];
}

/** What the storage says itself, shortened, and without what must not be shown. */
function said(message: string, secrets: readonly string[]): string {
  let text = message;
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '***');
  text = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 300);
  return text === '' ? '' : `. It says: ${displayPath(text)}`;
}

/** Seconds, or a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

/** There is no such bucket, so there is no repository either. */
function bucketMissing(location: string): CairnError {
  return new CairnError(
    'target-unavailable',
    `The bucket of ${location} is not there. Check the location; if the bucket was removed, its repository is gone.`,
    { details: { location, reason: 'folder-missing' } },
  );
}

/** Throws nothing; the caller does. */
export function objectMissing(file: string, location: string): CairnError {
  return new CairnError('file-not-found', `${file} is not in the repository ${location}.`, {
    details: { file, location },
  });
}

/** A file that is not as long as something that refers to it says. */
export function objectDamaged(problem: string, file: string, location: string): CairnError {
  return new CairnError(
    'repository-damaged',
    `${file} of the repository ${location} is damaged: ${problem}. Verify the repository to see what is affected.`,
    { details: { file, location, problem } },
  );
}

/** An answer that says yes, but not what an S3 server says then. */
export function oddAnswer(what: string, file: string, location: string): CairnError {
  return new CairnError(
    'storage-error',
    `The answer about ${file} of the repository ${location} makes no sense: ${what}. Check that the address is that of an S3 server.`,
    { details: { file, location }, mayPass: true },
  );
}
