import { MIN_CHUNK_LENGTH } from '../../repository/chunker/chunker.ts';
import type { CodecContext, CodecHost } from './codecContext.ts';
import { ClaimedSize } from '../../disk/claimedSize.ts';
import { readAt } from '../../disk/openFile.ts';

/** Bytes read at a time: of the room for the longest chunk, few files need all. */
const READ_LENGTH = 1024 * 1024;

/** The failure of a file that the thread has no more time for: another one is to read it. */
export const GIVEN_BACK = 'ELSEWHERE';

/** Instead of an expected size: only the end of the file ends the reading. */
export const READ_TO_END = -1;

/**
 * Reads an open file from its beginning and cuts it into chunks (format notes 8); each is valid until the
 * next. `expected` is how long the file should be, in bytes. Returns how long it was. Throws the system's error,
 * `ECANCELED` after an interrupt, `ENDLESS`, and {@link GIVEN_BACK}.
 */
export function readChunks(
  { chunker, host }: CodecContext,
  fd: number,
  expected: number,
  use: (chunk: Uint8Array) => void,
): number {
  const { buffer } = chunker;
  const claimed = new ClaimedSize(fd, Math.max(0, expected));
  let filled = 0;
  let position = 0;
  let searched = 0;
  for (;;) {
    throwIfStopped(host);
    const count = readAt(fd, buffer, filled, Math.min(READ_LENGTH, buffer.length - filled), position);
    position += count;
    filled += count;
    claimed.check(position);
    // A file that is as short as expected and shorter than any cut is complete; a later stat proves it.
    const isComplete = count === 0 || (position === expected && position <= MIN_CHUNK_LENGTH);
    if (isComplete) {
      if (filled > 0) use(buffer.subarray(0, filled));
      return position;
    }
    let start = 0;
    for (let cut = chunker.findCut(start, filled, searched); cut > 0; cut = chunker.findCut(start, filled)) {
      use(buffer.subarray(start, cut));
      start = cut;
    }
    buffer.copyWithin(0, start, filled);
    filled -= start;
    searched = filled;
  }
}

/** Throws `ECANCELED` after an interrupt, and {@link GIVEN_BACK} when the thread is needed for other things. */
export function throwIfStopped(host: CodecHost): void {
  if (host.isInterrupted()) throw Object.assign(new Error('interrupted'), { code: 'ECANCELED' });
  if (host.isTimeUp()) throw Object.assign(new Error('given back'), { code: GIVEN_BACK });
}
