import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPolynomial, isIrreducible, remainder } from '../../../../src/repository/chunker/polynomial.ts';
import { randomBytes } from '../../../helpers/random.ts';
import { chunkerVectors } from './vectors.ts';

/** The product of two polynomials over GF(2). */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let shift = 0n; b >> shift > 0n; shift++) if ((b >> shift) & 1n) product ^= a << shift;
  return product;
}

const degree = (polynomial: bigint) => polynomial.toString(2).length - 1;

describe('irreducible polynomials', () => {
  test('those of restic are', () => {
    for (const { polynomial_hex: hex } of chunkerVectors.polynomials)
      expect(isIrreducible(BigInt(`0x${hex}`))).toBe(true);
  });

  test('new ones are, have degree 53 and differ', () => {
    const created = Array.from({ length: 20 }, createPolynomial);
    for (const polynomial of created) {
      expect(isIrreducible(polynomial)).toBe(true);
      expect(degree(polynomial)).toBe(53);
      expect(polynomial & 1n).toBe(1n);
    }
    expect(new Set(created).size).toBe(20);
  });

  test('about one in 27 candidates is', () => {
    const bytes = randomBytes('candidates', 8 * 2000);
    const candidates = Array.from({ length: 2000 }, (_, at) => {
      return BigInt.asUintN(53, bytes.readBigUInt64LE(8 * at)) | (1n << 53n) | 1n;
    });
    const share = candidates.filter(isIrreducible).length / candidates.length;
    expect(share).toBeGreaterThan(1 / 40);
    expect(share).toBeLessThan(1 / 19);
  });

  test('products are not', () => {
    const factor = fc.bigInt({ min: 2n, max: (1n << 27n) - 1n });
    fc.assert(
      fc.property(factor, fc.bigInt({ min: 0n, max: (1n << 53n) - 1n }), (a, bits) => {
        const otherDegree = BigInt(53 - degree(a));
        const b = (1n << otherDegree) | (bits & ((1n << otherDegree) - 1n));
        expect(degree(multiply(a, b))).toBe(53);
        expect(isIrreducible(multiply(a, b))).toBe(false);
      }),
    );
  });

  test.each([0n, 1n, 2n, 3n, 7n, 0b10011n, 1n << 53n, (1n << 54n) | 1n, (1n << 64n) - 1n])(
    'none of another degree, or without a constant term: %i',
    (polynomial) => expect(isIrreducible(polynomial)).toBe(false),
  );
});

test('a remainder is what a multiple leaves', () => {
  const any = fc.bigInt({ min: 0n, max: (1n << 60n) - 1n });
  fc.assert(
    fc.property(any, fc.bigInt({ min: 1n, max: (1n << 54n) - 1n }), any, (quotient, divisor, noise) => {
      const rest = noise & ((1n << BigInt(degree(divisor))) - 1n);
      expect(remainder(multiply(quotient, divisor) ^ rest, divisor)).toBe(rest);
    }),
  );
});
