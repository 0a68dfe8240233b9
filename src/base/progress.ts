/** A moment of a running operation. Counts only grow; totals may grow while a scan is running. */
export interface ProgressEvent {
  /** What is being done, as a short phrase in the present ("Reading files"). */
  readonly phase: string;
  /** Items (files, packs, snapshots: as the phase says) done so far. */
  readonly items: number;
  /** Items known so far; absent while unknown. */
  readonly totalItems?: number;
  /** Bytes done so far. */
  readonly bytes: number;
  /** Bytes known so far; absent while unknown. */
  readonly totalBytes?: number;
  /** While totals are unknown: how many items, and bytes of them, a walk has found that still goes on. */
  readonly foundItems?: number;
  readonly foundBytes?: number;
  /** The file or object at hand. */
  readonly current?: string;
}

/** Receives progress. Implementations draw; the engine only counts. */
export type ProgressListener = (event: ProgressEvent) => void;

/** Wraps a listener so that it hears at most one event every `intervalMs`, and always the last by `flush`. */
export function throttleProgress(
  listener: ProgressListener | undefined,
  intervalMs = 100,
): { report: ProgressListener; flush: () => void } {
  if (!listener) return { report: () => {}, flush: () => {} };
  let last = 0;
  let pending: ProgressEvent | undefined;
  return {
    report(event) {
      const now = performance.now();
      if (now - last < intervalMs) {
        pending = event;
        return;
      }
      last = now;
      pending = undefined;
      listener(event);
    },
    flush() {
      if (pending) listener(pending);
      pending = undefined;
    },
  };
}
