/**
 * What is not run on Windows, and why: the one list of it. Nothing is left out anywhere else, and nothing is on
 * it because Cairn fails: an entry says what the test itself needs that Windows does not have.
 * `npm run test:windows -- --audit` runs only what is listed here, and fails if any of it passes.
 */

/** The kinds of reasons. */
export const reasons = {
  program: 'needs a program of Unix: restic, git, a shell, cron, mount and the like',
  modes: 'is about modes and owners, which Windows does not have',
  files: 'needs devices, named pipes or what else only a Unix folder can hold',
  names: 'needs names that no file can have on Windows',
  system: 'reads /proc, signals or limits of Unix',
  wine: 'needs links, watches or times that Wine does not offer; on Windows itself it runs',
} as const;

export type Reason = keyof typeof reasons;

export interface LeftOut {
  /** With forward slashes, from the top folder. */
  readonly file: string;
  readonly reason: Reason;
  /** What exactly is missing, in a few words. */
  readonly missing: string;
  /**
   * Full names of tests, with those of their `describe` blocks before them and ` > ` between; the name of a
   * block stands for all in it. Without this it is the whole file, which is then not even loaded.
   */
  readonly tests?: readonly string[];
}

export const leftOut: readonly LeftOut[] = [
  { file: 'test/integration/scheduleCron.test.ts', reason: 'program', missing: 'crontab' },
];

/** Whether what this process runs in is Wine, which tells its programs where it lies. */
const underWine = process.env['WINECONFIGDIR'] !== undefined;

/** The entries that count here: on Windows itself nothing is left out for the sake of Wine. */
export const leftOutHere = leftOut.filter(({ reason }) => reason !== 'wine' || underWine);

/** Whether a test that is named as in {@link LeftOut.tests} is left out by itself or with its block. */
export function isLeftOut(file: string, test: string, entries = leftOutHere): boolean {
  return entries.some(
    (entry) =>
      entry.file === file &&
      (entry.tests === undefined || entry.tests.some((name) => test === name || test.startsWith(`${name} > `))),
  );
}

/** Set when only what is left out is to run. */
export const auditVariable = 'CAIRN_TEST_LEFT_OUT';

/** The files that are not loaded on Windows. */
export function excludedFiles(): string[] {
  if (process.env[auditVariable] !== undefined) return [];
  return leftOutHere.filter(({ tests }) => tests === undefined).map(({ file }) => file);
}
