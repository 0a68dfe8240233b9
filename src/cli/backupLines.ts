import type { ProgressEvent, ProgressListener } from '../base/progress.ts';
import type { EntryListener } from '../engine/index.ts';
import type { JsonLine } from './jsonLine.ts';
import type { Output } from './output.ts';

/** `-v` prints what is new and changed, `-vv` also what is not; folders are in restic's JSON only. */
export function entryPrinter(output: Output): EntryListener {
  return (path, change, type, effort) => {
    if (change === 'unchanged' && output.verbosity < 2) return;
    if (output.json) output.data(entryToData(path, change, type, effort));
    else if (type !== 'dir') output.line(`${change.padEnd(9)}  ${path}`);
  };
}

/** With `--json -v`, says as restic does when the walk is at its end and what it found. */
export function withScanLine(output: Output, listener: ProgressListener): ProgressListener {
  if (!output.json || output.verbosity < 1) return listener;
  const startedAt = performance.now();
  let isSaid = false;
  return (event) => {
    if (event.totalItems !== undefined && !isSaid) {
      isSaid = true;
      output.data(scanToData(event, (performance.now() - startedAt) / 1000));
    }
    listener(event);
  };
}

/** With restic's fields: sizes are what was added, durations seconds. */
function entryToData(...[path, change, type, effort]: Parameters<EntryListener>): JsonLine {
  const { ms = 0, bytes = 0, packed = 0 } = effort ?? {};
  const [data, metadata] = type === 'dir' ? [0, 1] : [1, 0];
  return {
    message_type: 'verbose_status',
    action: change === 'changed' ? 'modified' : change,
    item: type === 'dir' ? `${path}/` : path,
    duration: ms / 1000,
    data_size: bytes * data,
    data_size_in_repo: packed * data,
    metadata_size: bytes * metadata,
    metadata_size_in_repo: packed * metadata,
    total_files: 0,
  };
}

/** What a walk found, with restic's fields. */
function scanToData({ totalItems = 0, totalBytes = 0 }: ProgressEvent, seconds: number): JsonLine {
  return {
    message_type: 'verbose_status',
    action: 'scan_finished',
    item: '',
    duration: seconds,
    data_size: totalBytes,
    data_size_in_repo: 0,
    metadata_size: 0,
    metadata_size_in_repo: 0,
    total_files: totalItems,
  };
}
