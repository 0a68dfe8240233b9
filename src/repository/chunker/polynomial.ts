/**
 * Polynomials over GF(2), bit i of a bigint being the coefficient of x^i (format notes 8.3). They
 * are handled a few times a run; what happens at every byte of a file is WebAssembly.
 */
import { randomBytes } from 'node:crypto';

/** The degree of every chunker polynomial. */
export const POLYNOMIAL_DEGREE = 53;
const TOP = 1n << BigInt(POLYNOMIAL_DEGREE);

/** A random irreducible polynomial for a new repository; about 1 in 27 candidates is. */
export function createPolynomial(): bigint {
  for (;;) {
    const candidate = (randomBytes(8).readBigUInt64LE() & (TOP - 1n)) | TOP | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}

/** Whether this can be a chunker polynomial: of degree 53 and irreducible, by Ben-Or's test. */
export function isIrreducible(polynomial: bigint): boolean {
  if (degreeOf(polynomial) !== POLYNOMIAL_DEGREE) return false;
  let power = 2n;
  for (let i = 1; i <= POLYNOMIAL_DEGREE >> 1; i++) {
    power = remainder(square(power), polynomial);
    if (greatestCommonDivisor(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

/** The remainder of a division; `divisor` must not be 0. */
export function remainder(dividend: bigint, divisor: bigint): bigint {
  const degree = degreeOf(divisor);
  let rest = dividend;
  for (let shift = degreeOf(rest) - degree; shift >= 0; shift = degreeOf(rest) - degree)
    rest ^= divisor << BigInt(shift);
  return rest;
}

/** -1 for the polynomial 0. */
function degreeOf(polynomial: bigint): number {
  return polynomial === 0n ? -1 : polynomial.toString(2).length - 1;
}

/** Over GF(2) all mixed terms vanish: a zero goes between each two coefficients. */
function square(polynomial: bigint): bigint {
  return BigInt(`0b${polynomial.toString(2).split('').join('0')}`);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, remainder(a, b));
}
