/**
 * A disk that stops working at a chosen moment. A test replaces `node:fs` by it:
 * `vi.mock('node:fs', async (original) => breakable(await original()))`, with this module imported inside.
 */

type FileSystem = Record<string, unknown>;

const changing = [
  ...['renameSync', 'writeSync', 'unlinkSync', 'rmdirSync', 'mkdirSync', 'linkSync', 'symlinkSync', 'ftruncateSync'],
  ...['chmodSync', 'fchmodSync', 'futimesSync', 'utimesSync', 'lutimesSync'],
];

export const disk = {
  /** While it is a number, so many changes succeed; then nothing can be changed any more. */
  stepsLeft: undefined as number | undefined,
  /** With what it fails then. */
  code: 'EIO',
  hasHardLinks: true,
};

/** The file system as `disk` says. */
export function breakable(original: FileSystem): FileSystem {
  const wrapped: FileSystem = {};
  for (const name of changing) {
    wrapped[name] = (...args: unknown[]) => {
      if (disk.stepsLeft !== undefined && disk.stepsLeft-- <= 0) throw systemError(disk.code);
      if (name === 'linkSync' && !disk.hasHardLinks) throw systemError('EPERM');
      return (original[name] as (...args: unknown[]) => unknown)(...args);
    };
  }
  return { ...original, ...wrapped, default: { ...original, ...wrapped } };
}

/** Runs something on a disk that works for `steps` changes. `wasCut`: it wanted more. */
export async function breakAfter(steps: number, run: () => Promise<void>): Promise<{ readonly wasCut: boolean }> {
  disk.stepsLeft = steps;
  try {
    await run();
    return { wasCut: disk.stepsLeft < 0 };
  } finally {
    disk.stepsLeft = undefined;
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the disk does not take it`), { code });
}
