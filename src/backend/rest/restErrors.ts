import { CairnError, type ErrorCode } from '../../base/errors.ts';
import type { HttpAnswer } from '../http/httpClient.ts';

/** What was being done when the server refused. */
export type RestAction = 'read' | 'store' | 'remove' | 'list' | 'create';

const done = { read: 'read', store: 'stored', remove: 'removed', list: 'listed', create: 'made' } as const;

/** What an error is about. */
export interface RestSubject {
  readonly action: RestAction;
  /** Path below the repository's place. */
  readonly file: string;
  /** The repository's place, for people. */
  readonly location: string;
  /** Whether we named a user and a password. */
  readonly hasLogin: boolean;
  /** What the server said last, to be put at the end of a sentence. */
  readonly serverSays: () => string;
}

interface Refusal {
  readonly code: ErrorCode;
  readonly why: string;
  readonly mayPass?: boolean;
}

/** A status that is no success, as a sentence for the person. */
export function refused({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, subject: RestSubject): CairnError {
  const { action, file, location } = subject;
  const { code, why, mayPass = false } = explain(status, subject);
  const retryAfterMs = mayPass ? readRetryAfter(headers['retry-after']) : undefined;
  return new CairnError(code, `${file} of the repository ${location} could not be ${done[action]}: ${why}`, {
    details: {
      ...{ file, location, status },
      ...(status === 401 && { isLoginRefused: true }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
    mayPass,
  });
}

function explain(status: number, { action, hasLogin, serverSays }: RestSubject): Refusal {
  if (status === 401) return { code: 'permission-denied', why: wrongLogin(hasLogin) };
  if (status === 403 || status === 405) return { code: 'permission-denied', why: forbidden(action) };
  if (status === 404) return { code: 'storage-error', why: 'the server knows no such place (404). Check the address.' };
  if (status === 413)
    return { code: 'storage-error', why: 'it is too large for the server, or for a proxy before it (413).' };
  if (status === 507) return { code: 'disk-full', why: full };
  if (status === 400 && action === 'store')
    return {
      code: 'storage-error',
      why: 'what reached the server is not what was sent (400). Try again.',
      mayPass: true,
    };
  if (status === 408 || status === 429 || status === 503 || status === 502 || status === 504)
    return {
      code: 'target-unavailable',
      why: `the server cannot take it now (${status}). Try again later.`,
      mayPass: true,
    };
  const isFault = status >= 500 && status !== 501 && status !== 505;
  const what = isFault ? 'the server failed' : 'the server answers otherwise than it should';
  const said = serverSays() || '. Look into its log, and try again';
  return { code: 'storage-error', why: `${what} (${status})${said}.`, mayPass: isFault };
}

const full =
  'the server has no room for it, or its quota is used up (507). Free some space there, or by "cairn forget" and "cairn prune --grace 0", and try again.';

function wrongLogin(hasLogin: boolean): string {
  const problem = hasLogin
    ? 'the server does not take this user and password (401)'
    : 'the server wants a user and a password (401)';
  return `${problem}. Give them as RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD, or in the location: rest:https://user:password@host/.`;
}

function forbidden(action: RestAction): string {
  return action === 'remove'
    ? 'the storage forbids removal (append-only). What removes, such as forget and prune, has to be done where that is allowed.'
    : 'the server forbids it (403). Check the rights of this user; where each has a folder of their own, the path begins with the name of the user.';
}

/** Milliseconds: the header has seconds, or a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

export function fileNotFound(file: string, location: string): CairnError {
  return new CairnError('file-not-found', `${file} is not in the repository ${location}.`, {
    details: { file, location },
  });
}

/** The server says that it has not even the place of the repository. */
export function placeNotFound(location: string): CairnError {
  return new CairnError(
    'target-unavailable',
    `The server has no repository at ${location}. Check the address; if it is right, check the storage of the server, whose drive may be away.`,
    { details: { location, reason: 'folder-missing' } },
  );
}

/** rclone says "not found" whatever went wrong; what it could not look for may be there. */
export function couldNotLook(subject: RestSubject): CairnError {
  const { file, location, serverSays } = subject;
  return new CairnError(
    'target-unavailable',
    `rclone could not say whether ${file} is in the repository ${location}: it cannot reach that storage, or not list it${serverSays() || '. Its own messages say more'}.`,
    { details: { file, location }, mayPass: true },
  );
}

/** A config is never replaced. */
export function configExists(location: string): CairnError {
  return new CairnError('repository-exists', `There is a repository at ${location} already: its config file exists.`, {
    details: { location },
  });
}

/** A file that is not as long as something that refers to it says. */
export function fileDamaged(problem: string, file: string, location: string): CairnError {
  const message = `${file} of the repository ${location} is damaged: ${problem}. Verify the repository to see what is affected.`;
  return new CairnError('repository-damaged', message, { details: { file, location, problem } });
}

/** An answer of another form than the protocol has. */
export function strangeAnswer(problem: string, { file, location }: RestSubject): CairnError {
  return new CairnError(
    'storage-error',
    `What the server answers for ${file} of the repository ${location} is not restic's REST protocol: ${problem}. Check the address.`,
    { details: { file, location } },
  );
}
