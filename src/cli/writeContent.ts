import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { readFileContent, type PlaceInSnapshot, type Session } from '../engine/index.ts';

/** Writes the content of a file of a snapshot, checked, to a stream that stays open. Throws as `readFileContent` does. */
export async function writeContent(
  { reader }: Pick<Session, 'reader'>,
  place: PlaceInSnapshot,
  to: Writable,
  signal: AbortSignal,
): Promise<void> {
  for await (const part of readFileContent(reader, place, signal)) {
    if (!to.write(part)) await once(to, 'drain', { signal });
  }
}
