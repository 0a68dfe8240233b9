/** A call to a storage that failed and is made again after a while. Plain data. */
export interface StorageTrouble {
  /** What happened, as a sentence for people. */
  readonly message: string;
  /** Milliseconds until the next try. */
  readonly waitMs: number;
}

export type TroubleListener = (trouble: StorageTrouble) => void;
