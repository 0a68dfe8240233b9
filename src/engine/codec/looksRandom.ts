/** So many bytes of a chunk are looked at: a millionth of a second, where reading it takes a hundred. */
const SAMPLE = 512;
/** Fewer tell nothing. */
const FEWEST = 128;
/**
 * Of random bytes the statistic is 255, give or take 23. Base64, the most even of texts, has 640 and more; what zip makes
 * is about as random bytes are.
 */
const MOST_OF_RANDOM = 400;

const counts = new Uint16Array(256);

/**
 * Whether bytes are spread as evenly as those of something encrypted or well compressed: chi squared over a sample. Takes no
 * time that counts. False for what is too short to tell.
 */
export function looksRandom(bytes: Uint8Array): boolean {
  const length = Math.min(SAMPLE, bytes.length);
  if (length < FEWEST) return false;
  // Of numbers of two or four bytes, an even step would always meet the same part.
  const step = Math.max(1, 2 * Math.floor((bytes.length / SAMPLE + 1) / 2) - 1);
  counts.fill(0);
  let squares = 0;
  for (let taken = 0, at = 0; taken < length; taken++, at += step) {
    squares += 2 * counts[bytes[at]!]!++ + 1;
  }
  return (256 * squares) / length - length < MOST_OF_RANDOM;
}
