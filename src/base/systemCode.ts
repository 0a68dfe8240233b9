import { constants } from 'node:os';

/**
 * Errors of Linux for which libuv has no name, by their numbers (`errno.h` of Linux; other systems do not
 * use these), and some that Node knows under other numbers on other systems.
 */
const unnamed: ReadonlyMap<number | undefined, string> = new Map([
  [117, 'EUCLEAN'],
  [123, 'ENOMEDIUM'],
  [124, 'EMEDIUMTYPE'],
  [126, 'ENOKEY'],
  [127, 'EKEYEXPIRED'],
  [128, 'EKEYREVOKED'],
  [129, 'EKEYREJECTED'],
  [133, 'EHWPOISON'],
  [constants.errno.EDQUOT, 'EDQUOT'],
  [constants.errno.ESTALE, 'ESTALE'],
  [constants.errno.EBADMSG, 'EBADMSG'],
]);

/**
 * Where the system's code says too little or there is none: no right to make a link; another name of what is there;
 * changed meanwhile; a file that delivers far more than it claims.
 */
export type FinerSystemCode = 'LINK-RIGHT' | 'TWIN' | 'CHANGED' | 'ENDLESS';

/** An error of the system with a code that says more than its own. */
export function systemError(code: FinerSystemCode, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/**
 * The system's own code (`ENOENT`, `ENOSPC`, …) of a thrown value, or a {@link FinerSystemCode}, if it carries one.
 * A failed call whose error has no name anywhere is an `EIO`.
 */
export function systemCode(error: unknown): string | undefined {
  const { code, errno, syscall } = (error ?? {}) as { code?: unknown; errno?: unknown; syscall?: unknown };
  if (typeof code === 'string' && /^(?:E[A-Z0-9]+|LINK-RIGHT|TWIN|CHANGED)$/.test(code)) return code;
  if (typeof errno !== 'number' || typeof syscall !== 'string') return undefined;
  return unnamed.get(-errno) ?? 'EIO';
}
