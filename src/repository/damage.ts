import { errorCode, strikesEveryCall, type ErrorCode } from '../base/errors.ts';

const damageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'blob-missing',
  'blob-damaged',
  'repository-damaged',
  'repository-unsupported',
  'file-not-found',
]);

/**
 * True if a part of a repository is missing or wrong, and will be so whenever it is read. Whatever removes
 * something goes on after that only: anything else may be there and right the next time.
 */
export function isDamage(code: ErrorCode): boolean {
  return damageCodes.has(code);
}

/**
 * True for damage, and where one place of the storage could not be read now, which says nothing about others: what
 * only looks goes on after it. False for what would strike every place, such as a network or a server that failed, and
 * for what is nobody's fault.
 */
export function isUnreadablePlace(error: unknown): boolean {
  if (strikesEveryCall(error)) return false;
  const code = errorCode(error);
  return isDamage(code) || code === 'storage-error' || code === 'permission-denied';
}
