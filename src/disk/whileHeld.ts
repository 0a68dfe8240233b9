import { systemCode } from '../base/systemCode.ts';
import { isWindows } from './system.ts';

/** What Windows answers while another program has a file open and does not share it. */
const heldCodes: readonly string[] = ['EPERM', 'EACCES', 'EBUSY'];
/** Milliseconds before each further attempt: a little over a second in all. */
const pauses = [5, 10, 20, 50, 100, 200, 300, 400] as const;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Does something to a file, again and again for about a second while another program holds it: on Windows
 * virus scanners and indexers open new files for a moment. Elsewhere nothing is held in this way. Throws the
 * system's error of the last attempt.
 */
export function whileHeld<T>(action: () => T, applies = isWindows): T {
  for (let attempt = 0; ; attempt++) {
    try {
      return action();
    } catch (error) {
      const pause = pauses[attempt];
      if (!applies || pause === undefined || !heldCodes.includes(systemCode(error) ?? '')) throw error;
      Atomics.wait(cell, 0, 0, pause);
    }
  }
}
