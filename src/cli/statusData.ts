import type { ProgressEvent } from '../base/progress.ts';
import type { JsonLine } from './jsonLine.ts';

/** Progress with restic's field names; `seconds` is the time since the beginning. */
export function statusToData(event: ProgressEvent, seconds: number): JsonLine {
  const { phase, items, totalItems, bytes, totalBytes, current } = event;
  const share = totalBytes ? bytes / totalBytes : totalItems ? items / totalItems : undefined;
  const remaining = share ? (seconds * (1 - share)) / share : undefined;
  return {
    message_type: 'status',
    phase,
    seconds_elapsed: Math.round(seconds),
    ...(remaining !== undefined && { seconds_remaining: Math.round(remaining) }),
    ...(share !== undefined && { percent_done: share }),
    ...(totalItems !== undefined && { total_files: totalItems }),
    files_done: items,
    ...(totalBytes !== undefined && { total_bytes: totalBytes }),
    bytes_done: bytes,
    ...(current !== undefined && { current_files: [current] }),
  };
}
