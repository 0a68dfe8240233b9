/** What `watchedDisk.mts` does to the calls of a program, as plain data: it travels in the environment. */
export interface DiskPlan {
  /** Only calls for what lies in these folders, or for the folders themselves, count. Absolute. */
  readonly folders: readonly string[];
  /** A file that gets a line for each of these calls, a {@link DiskCall}. */
  readonly log?: string;
  /** Whether the log holds only successful calls that changed something, with all that it takes to do them again. */
  readonly records?: boolean;
  readonly fault?: Fault;
  readonly kill?: Kill;
}

/** From the `at`th call on (from 0), the first that can fail like that does: once, or with all such calls after it. */
export interface Fault {
  readonly at: number;
  readonly code: FaultCode;
  readonly forGood: boolean;
}

/** The process ends by SIGKILL right before or after the `at`th call (from 0) that changes something. */
export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** `short-write` and `short-read`: the call does half of what was asked, and says so. */
export const faultCodes = [
  ...(['EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'EACCES', 'ENODEV'] as const),
  ...(['short-write', 'short-read'] as const),
];
export type FaultCode = (typeof faultCodes)[number];

/** A call of the file system. */
export interface DiskCall {
  /** The function of `node:fs`, without `Sync`. */
  readonly name: string;
  /** Absolute, what stands for an open folder resolved. Of two paths, the one that comes into being. */
  readonly path: string;
  /** Of two paths, the other one. */
  readonly from?: string;
  /** True if it changes something. */
  readonly changes: boolean;
  /** With what it can fail. */
  readonly codes: readonly FaultCode[];
  /** What was written, in base64. */
  readonly data?: string;
  /** Where it was written; for `ftruncate`, the length. Bytes. */
  readonly position?: number;
  /** Of what was opened: it was not there before, or it was emptied. */
  readonly opened?: 'new' | 'emptied';
}
