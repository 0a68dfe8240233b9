import { errorCode } from '../../../../src/base/errors.ts';

/** The code of the error that a call throws, or `nothing thrown`. */
export function thrownCode(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return errorCode(error);
  }
  return 'nothing thrown';
}
