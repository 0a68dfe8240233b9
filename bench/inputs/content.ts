import { createCipheriv, hash } from 'node:crypto';
import { seededRandom } from '../../test/helpers/random.ts';

const TEXT_LENGTH = 16_000_000;
const LARGEST_FILE = 2_000_000;

/** Makes content that is the same for the same seed. */
export interface ContentMaker {
  /** A whole number from 0 up to, and without, the limit. */
  readonly below: (limit: number) => number;
  /** A number like the lengths of source files: half are below the median, a few far above. */
  readonly length: (median: number) => number;
  /** Compresses as source code does; different each time. */
  readonly text: (length: number) => Buffer;
}

let pool: Buffer | undefined;

export function createContentMaker(seed: number): ContentMaker {
  const random = seededRandom(seed);
  const words = (pool ??= makeText());
  let count = 0;
  return {
    below: (limit) => random.below(limit),
    length: (median) => {
      // A log-normal distribution, by the method of Box and Muller.
      const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
      return Math.min(LARGEST_FILE, Math.round(median * Math.exp(1.4 * normal)));
    },
    text: (length) => {
      const title = Buffer.from(`// ${seed}.${count++}\n`).subarray(0, length);
      const start = random.below(words.length - length);
      return Buffer.concat([title, words.subarray(start, start + length - title.length)]);
    },
  };
}

/** Bytes that do not compress: the key stream of a cipher. Each call goes on where the one before ended. */
export function createNoise(seed: string): (length: number) => Buffer {
  const cipher = createCipheriv('aes-256-ctr', hash('sha256', seed, 'buffer'), Buffer.alloc(16));
  let zeros = Buffer.alloc(0);
  return (length) => {
    if (zeros.length < length) zeros = Buffer.alloc(length);
    return cipher.update(zeros.subarray(0, length));
  };
}

/** Lines of words; a few words are frequent and many rare, as in languages. */
function makeText(): Buffer {
  const random = seededRandom(0x74657874);
  const letters = 'etaoinshrdlucmfwypvbgkjqxz';
  const words = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 2 + random.below(9) }, () => letters[Math.floor(letters.length * random.next() ** 2)]!).join(
      '',
    ),
  );
  const separators = [' ', ' ', ' ', '.', '(', ') ', ' = ', ', ', ';\n  ', ';\n    ', ' {\n    ', '\n}\n\n'];
  const text = Buffer.alloc(TEXT_LENGTH);
  for (let at = 0; at < TEXT_LENGTH;) {
    const word = words[Math.floor(words.length * random.next() ** 4)]!;
    at += text.write(word + separators[random.below(separators.length)]!, at, 'latin1');
  }
  return text;
}
