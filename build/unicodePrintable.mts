/**
 * Writes src/repository/format/unicodePrintable.ts from the Unicode tables of the development
 * dependency: `node build/unicodePrintable.mts`. The version is that of Go 1.21 and later (format
 * notes 7.4): changing it changes the ids of trees.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import letters from '@unicode/unicode-15.0.0/General_Category/Letter/ranges.mjs';
import marks from '@unicode/unicode-15.0.0/General_Category/Mark/ranges.mjs';
import numbers from '@unicode/unicode-15.0.0/General_Category/Number/ranges.mjs';
import punctuation from '@unicode/unicode-15.0.0/General_Category/Punctuation/ranges.mjs';
import symbols from '@unicode/unicode-15.0.0/General_Category/Symbol/ranges.mjs';

const graphic = [letters, marks, numbers, punctuation, symbols].flat() as readonly { begin: number; end: number }[];

/** Code points at which "printable" begins or ends, ascending. */
function findBorders(): number[] {
  const printable = new Uint8Array(0x110001);
  printable[0x20] = 1;
  for (const { begin, end } of graphic) printable.fill(1, begin, end);
  const borders: number[] = [];
  for (let at = 1; at < printable.length; at++) if (printable[at] !== printable[at - 1]) borders.push(at);
  return borders;
}

/** The steps from border to border in base 36, as lines of string literals. */
function encodeSteps(borders: readonly number[]): string {
  const steps = borders.map((border, at) => (border - (borders[at - 1] ?? 0)).toString(36));
  const lines = steps.join(' ').match(/.{1,110}(?: |$)/g) ?? [];
  return lines.map((line) => `  '${line}'`).join(' +\n');
}

const source = `// Made by build/unicodePrintable.mts; change that and run it again.

/** Steps from one border of the printable ranges to the next, in base 36 (Unicode 15.0). */
const steps =
${encodeSteps(findBorders())};

let borders: Uint32Array | undefined;

/**
 * True for a code point that Go prints as it is (format notes 7.4): general category L, M, N, P or
 * S in Unicode 15.0, or the ordinary space. The tables of the JavaScript engine are newer.
 */
export function isPrintable(codePoint: number): boolean {
  borders ??= decodeSteps();
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (borders[middle]! <= codePoint) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

function decodeSteps(): Uint32Array {
  let border = 0;
  return Uint32Array.from(steps.split(' '), (step) => (border += parseInt(step, 36)));
}
`;

writeFileSync(join(import.meta.dirname, '../src/repository/format/unicodePrintable.ts'), source);
