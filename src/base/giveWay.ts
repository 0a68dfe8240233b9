import { throwIfAborted } from './abort.ts';

/** Pauses when it is time to. Undefined: there is nothing to await. */
export type GiveWay = () => Promise<void> | undefined;

/** Milliseconds. */
const SLICE = 5;

/**
 * For long work whose awaits are all fulfilled at once, as those of local storage are: without a real
 * pause no message, timer or abort signal would come through. The function returned is called between
 * two steps of the work; it pauses when the last pause is some milliseconds ago, and throws
 * `aborted` then if the signal has fired.
 */
export function createGiveWay(signal?: AbortSignal): GiveWay {
  throwIfAborted(signal);
  let sliceEnd = performance.now() + SLICE;
  const pause = async () => {
    await new Promise(setImmediate);
    throwIfAborted(signal);
    sliceEnd = performance.now() + SLICE;
  };
  return () => (performance.now() < sliceEnd ? undefined : pause());
}
