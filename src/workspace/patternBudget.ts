/** Milliseconds that one file may take in all before it is judged, and on average for a name. */
const FILE_MS = 1_000;
const FILE_MS_PER_NAME = 5;
/** The same for all files of a run together; those that take less than the last for a name are no part of the problem. */
const RUN_MS = 10_000;
const RUN_MS_PER_NAME = 3;
const NOTABLE_MS_PER_NAME = 0.05;
/** After so much time for preparing files in a run, those of more bytes are not prepared. */
const PREPARING_MS = 5_000;
const SMALL_FILE = 64 * 1024;
/** No single measurement counts for more milliseconds: a machine that slept, or a process that was stopped, says nothing of a file. */
const SAMPLE_MS = 500;

/**
 * Time for the patterns of ignore files in one run. Such files come with a workspace, which nobody need trust: a MiB of
 * wildcards takes half a second for each name. A file is given up when it takes far longer for a name than any list that
 * a person keeps; a large source alone is no reason.
 */
export class PatternBudget {
  #preparedMs = 0;
  #ms = 0;
  #names = 0;

  canPrepare(bytes: number): boolean {
    return bytes <= SMALL_FILE || this.#preparedMs < PREPARING_MS;
  }

  /** Notes what preparing one file took. */
  spendPreparing(ms: number): void {
    this.#preparedMs += Math.min(ms, SAMPLE_MS);
  }

  /** What a file takes; the same for all names that are compared with it. */
  open(): PatternCost {
    return new PatternCost(this);
  }

  /** Notes what a file took for one name. True once the run has taken too long. */
  spend(ms: number): boolean {
    this.#ms += ms;
    this.#names++;
    return this.#ms >= RUN_MS && this.#ms / this.#names >= RUN_MS_PER_NAME;
  }
}

/** The time that one file of patterns takes. */
export class PatternCost {
  /** Its patterns do not count any more: what only they would leave out is kept. */
  isGivenUp = false;
  /** Whether that was said. */
  isTold = false;
  readonly #budget: PatternBudget;
  #ms = 0;
  #names = 0;

  constructor(budget: PatternBudget) {
    this.#budget = budget;
  }

  /** Notes the time that comparing one name took. */
  spend(measured: number): void {
    const ms = Math.min(measured, SAMPLE_MS);
    this.#ms += ms;
    this.#names++;
    const average = this.#ms / this.#names;
    const isSlowRun = this.#budget.spend(ms) && average >= NOTABLE_MS_PER_NAME;
    if (isSlowRun || (this.#ms >= FILE_MS && average >= FILE_MS_PER_NAME)) this.isGivenUp = true;
  }
}
