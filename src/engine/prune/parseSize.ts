import { CairnError } from '../../base/errors.ts';

const units = ['', 'K', 'M', 'G', 'T'];

/** Parses a size as restic takes it: bytes, or a number with one of the binary units K, M, G, T. Throws `usage`. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15})([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match ? Number(match[1]) * 1024 ** units.indexOf(match[2]!.toUpperCase()) : NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new CairnError('usage', `"${text}" is not a size. Give a number of bytes, or one with a unit: 500M, 2G.`);
}
