import type { ProgressEvent } from '../base/progress.ts';
import type { JsonLine } from './jsonLine.ts';

/**
 * Progress with restic's field names; `seconds` is the time since the beginning. As in restic, the share is one of what has
 * been found while a walk goes on, and only afterwards something is said about the time that remains.
 */
export function statusToData(event: ProgressEvent, seconds: number): JsonLine {
  const { phase, items, bytes, current, foundItems, foundBytes } = event;
  const { totalItems = foundItems, totalBytes = foundBytes } = event;
  const share = totalBytes ? bytes / totalBytes : totalItems ? items / totalItems : 0;
  const remaining = share && foundItems === undefined ? (seconds * (1 - share)) / share : undefined;
  return {
    message_type: 'status',
    phase,
    seconds_elapsed: Math.round(seconds),
    ...(remaining !== undefined && { seconds_remaining: Math.round(remaining) }),
    percent_done: share,
    ...(totalItems !== undefined && { total_files: totalItems }),
    files_done: items,
    ...(totalBytes !== undefined && { total_bytes: totalBytes }),
    bytes_done: bytes,
    ...(current !== undefined && { current_files: [current] }),
  };
}
