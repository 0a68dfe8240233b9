/**
 * Every failure that a person can meet, as a closed list. The edges translate codes: the command
 * line into an exit code and a JSON line, the editor into a message. Add a code here before use.
 */
export type ErrorCode =
  | 'usage'
  | 'aborted'
  | 'source-not-found'
  | 'source-unreadable'
  | 'repository-not-found'
  | 'repository-exists'
  | 'repository-unsupported'
  | 'repository-damaged'
  | 'wrong-password'
  | 'password-missing'
  | 'key-not-found'
  | 'locked'
  | 'lock-lost'
  | 'snapshot-not-found'
  | 'ambiguous-id'
  | 'path-not-in-snapshot'
  | 'blob-missing'
  | 'blob-damaged'
  | 'file-not-found'
  | 'disk-full'
  | 'permission-denied'
  | 'read-only'
  | 'unsafe-name'
  | 'refused'
  | 'target-unavailable'
  | 'storage-error'
  | 'verification-failed'
  | 'worker-crashed'
  | 'internal';

/** Facts about a failure: paths, ids, numbers. Plain data, never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A failure as plain data: what crosses a thread border and what `--json` prints. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
  readonly mayPass?: true;
  readonly stack?: string;
}

/**
 * The one error class. `message` is a sentence for the person: what happened, to which file or
 * target, and what to do. It is thrown where the failure happens and not wrapped again on its way
 * out. Compare `code`, never the class: structured clone between threads loses the class.
 */
export class CairnError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;
  /** The same call may succeed when it is made again: a network or a server failed, not the request. */
  readonly mayPass: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown; mayPass?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CairnError';
    this.code = code;
    this.details = options.details;
    this.mayPass = options.mayPass ?? false;
  }
}

/** Whether it is one of ours; each bundle has a class of its own, so the name tells. */
export function isCairnError(error: unknown): error is CairnError {
  return error instanceof Error && error.name === 'CairnError' && 'code' in error;
}

/**
 * Whether whatever else is asked of the same storage would fail likewise: it is away, or it does not know who asks
 * (`details.isLoginRefused`).
 */
export function strikesEveryCall(error: unknown): error is CairnError {
  return isCairnError(error) && (error.mayPass || error.details?.['isLoginRefused'] === true);
}

/** The code of any thrown value: that of a Cairn error, `aborted` for an abort, else `internal`. */
export function errorCode(error: unknown): ErrorCode {
  if (isCairnError(error)) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'internal';
}

/** Turns any thrown value into plain data that survives structured clone and JSON. */
export function errorToData(error: unknown): ErrorData {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const details = isCairnError(error) ? error.details : undefined;
  const stack = code === 'internal' && error instanceof Error ? error.stack : undefined;
  const mayPass = isCairnError(error) && error.mayPass && ({ mayPass: true } as const);
  return { code, message, ...(details && { details }), ...mayPass, ...(stack !== undefined && { stack }) };
}

/** The inverse of {@link errorToData}. */
export function errorFromData(data: ErrorData): CairnError {
  const error = new CairnError(data.code, data.message, {
    ...(data.details && { details: data.details }),
    mayPass: data.mayPass ?? false,
  });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}
