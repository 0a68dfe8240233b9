import type { CopiedType, StoredFile } from './replicaFiles.ts';

/** Removals wait so long. Milliseconds. */
export const DEFAULT_REMOVAL_DELAY = 14 * 24 * 60 * 60_000;

/**
 * Since when a run knows that the source has a file no more, in milliseconds since 1970, by {@link goneKey}. Only
 * runs after which all of the source was in the replica note anything.
 */
export type GoneSince = ReadonlyMap<string, number>;

/** Names a file among all that are gone. */
export function goneKey({ type, name }: { readonly type: CopiedType; readonly name: string }): string {
  return `${type} ${name}`;
}

/**
 * What is known after a run that found these files to be surplus: those that it met for the first time are gone since
 * now. What is no surplus any more, as it came back or was removed, is forgotten.
 */
export function noteGone(known: GoneSince, surplus: readonly StoredFile[], now: number): GoneSince {
  // A clock that was wrong for a while must not keep a file for years.
  return new Map(surplus.map(goneKey).map((key) => [key, Math.min(known.get(key) ?? now, now)]));
}

/** A surplus file, and when it may go. */
export interface WaitingFile extends StoredFile {
  /** Milliseconds since 1970; `Infinity` for never. */
  readonly due: number;
}

/** The files and when each is due; what no run has noted yet is so from now on. */
export function dueTimes(
  known: GoneSince,
  surplus: readonly StoredFile[],
  { now, delay }: { readonly now: number; readonly delay: number },
): WaitingFile[] {
  return surplus.map((file) => ({ ...file, due: Math.min(known.get(goneKey(file)) ?? now, now) + delay }));
}
