import type { Backend } from '../backend.ts';
import { wrapCalls } from './wrapCalls.ts';

interface Bound {
  readonly inner: Backend;
  readonly signal: AbortSignal;
}

const boundBackends = new WeakMap<Backend, Bound>();

/** A far backend whose calls end when the signal fires, unless they bring one of their own; a near one as it is. */
export function withSignal(backend: Backend, signal: AbortSignal | undefined): Backend {
  if (!signal || !backend.properties.isFar) return backend;
  const bound = wrapCalls(backend, (call) => call.make({ signal: call.options.signal ?? signal }));
  boundBackends.set(bound, { inner: backend, signal });
  return bound;
}

/** What {@link withSignal} gave, bound to what `change` makes of the backend in it; any other as it is. */
export function changeWithin(backend: Backend, change: (inner: Backend) => Backend): Backend {
  const bound = boundBackends.get(backend);
  return bound ? withSignal(change(bound.inner), bound.signal) : backend;
}
