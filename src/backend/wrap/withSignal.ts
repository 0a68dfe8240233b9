import type { Backend } from '../backend.ts';
import { wrapCalls } from './wrapCalls.ts';

/** A far backend whose calls end when the signal fires, unless they bring one of their own; a near one as it is. */
export function withSignal(backend: Backend, signal: AbortSignal | undefined): Backend {
  if (!signal || !backend.properties.isFar) return backend;
  return wrapCalls(backend, (call) => call.make({ signal: call.options.signal ?? signal }));
}
