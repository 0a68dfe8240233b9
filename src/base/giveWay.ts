import { throwIfAborted } from './abort.ts';

/** Pauses when it is time to. Undefined: there is nothing to await. */
export type GiveWay = () => Promise<void> | undefined;

/**
 * For long work whose awaits are all fulfilled at once, as those of local storage are: without a real
 * pause no message, timer or abort signal would come through. The function returned is called between
 * two steps of the work; it pauses when the last pause is `sliceMs` milliseconds ago, and throws
 * `aborted` then if the signal has fired.
 */
export function createGiveWay(signal?: AbortSignal, sliceMs = 5): GiveWay {
  throwIfAborted(signal);
  let sliceEnd = performance.now() + sliceMs;
  const pause = async () => {
    await new Promise(setImmediate);
    throwIfAborted(signal);
    sliceEnd = performance.now() + sliceMs;
  };
  return () => (performance.now() < sliceEnd ? undefined : pause());
}
