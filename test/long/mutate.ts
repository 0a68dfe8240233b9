import type { seededRandom } from '../helpers/random.ts';

type Random = ReturnType<typeof seededRandom>;

/** What tends to break parsers. */
const tokens = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    '\0',
    '\n',
    ' ',
    '/',
    '..',
    '*',
    '**',
    '?',
    '!',
    '(',
    ')',
    '|',
    '$',
    '%',
  ],
  ...['null', 'true', '-1', '0', '1e999', '9007199254740993', '18446744073709551616', '0.5', 'NaN', '{}', '[]', '""'],
  ...[
    '\\ud800',
    '\\u0000',
    '\ufeff',
    '\u202e',
    '__proto__',
    'constructor',
    '{a,b}',
    '[a-',
    '[[:alpha:]]',
    '{1..999999}',
  ],
];
/** Bytes. Longer inputs are cut. */
const LONGEST = 4 * 1024 * 1024;

/** A wrong input out of right ones: up to some changes of bytes, pieces or tokens, rarely something entirely else. */
export function mutate(samples: readonly (string | Uint8Array)[], random: Random): Buffer {
  if (random.below(50) === 0) return Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
  let bytes: Buffer = Buffer.from(random.pick(samples));
  for (let left = 1 + random.below(4); left > 0; left--) bytes = change(bytes, samples, random);
  return bytes.subarray(0, LONGEST);
}

function change(bytes: Buffer, samples: readonly (string | Uint8Array)[], random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(random.pick([2, 20, 2000])));
  const put = (middle: Uint8Array, after = at) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(after)]);
  switch (random.below(9)) {
    case 0:
      return put(Buffer.from([random.below(256)]), Math.min(at + 1, bytes.length));
    case 1:
      return put(Buffer.alloc(0), end);
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return put(bytes.subarray(at, end));
    case 4: {
      const other = Buffer.from(random.pick(samples));
      return put(other.subarray(random.below(other.length + 1)));
    }
    case 5:
      return repeat(bytes, at, end, random);
    case 6:
      return replaceNumber(bytes, random);
    default:
      return put(Buffer.from(random.pick(tokens)), random.below(2) === 0 ? at : end);
  }
}

function repeat(bytes: Buffer, at: number, end: number, random: Random): Buffer {
  const piece = bytes.subarray(at, Math.max(end, at + 1));
  const times = random.pick([2, 10, 100, 1000, 20_000]);
  const repeated = Buffer.alloc(Math.min(piece.length * times, LONGEST), piece.length === 0 ? '[' : piece);
  return Buffer.concat([bytes.subarray(0, at), repeated, bytes.subarray(at)]);
}

function replaceNumber(bytes: Buffer, random: Random): Buffer {
  const latin = bytes.toString('latin1');
  const numbers = [...latin.matchAll(/\d+/g)];
  if (numbers.length === 0) return bytes;
  const { 0: found, index } = random.pick(numbers);
  const other = random.pick(['0', '-1', '1', '255', '4294967296', '9007199254740993', `${found}0`, '1e9', '2.5']);
  return Buffer.from(latin.slice(0, index) + other + latin.slice(index + found.length), 'latin1');
}
