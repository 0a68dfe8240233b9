import { createContext, Script, type Context } from 'node:vm';

/** Says that work took too long and was ended. */
export const TOO_LONG = Symbol('took too long');

const script = new Script('work()');
const shared: { work?: () => unknown } = {};
let context: Context | undefined;

/**
 * Runs `work`, which must not wait for anything, and ends it where it stands when it takes longer: a regular expression
 * that goes through billions of ways to match cannot be ended otherwise, and nothing else runs in this thread meanwhile.
 */
export function withinTime<T>(milliseconds: number, work: () => T): T | typeof TOO_LONG {
  context ??= createContext(shared);
  shared.work = work;
  try {
    return script.runInContext(context, { timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return TOO_LONG;
    throw error;
  } finally {
    delete shared.work;
  }
}
