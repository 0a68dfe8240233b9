/** How long a password resists somebody who has the repository and can try many. */
export type PasswordStrength = 'weak' | 'fair' | 'strong';

const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/] as const;
const kindSizes = [26, 26, 10, 33] as const;

/** Estimates by length and kinds of characters; one that comes again counts half. A hint, no promise. */
export function passwordStrength(password: string): PasswordStrength {
  const size = kinds.reduce((sum, kind, at) => sum + (kind.test(password) ? kindSizes[at]! : 0), 0);
  const different = new Set(password).size;
  const bits = (different + (password.length - different) / 2) * Math.log2(Math.max(size, 2));
  return bits < 45 ? 'weak' : bits < 70 ? 'fair' : 'strong';
}
