import type { Backend, CallOptions } from '../backend.ts';
import { wrapCalls } from './wrapCalls.ts';

/** What all calls of a piece of work share. */
export type CallBinding = Pick<CallOptions, 'signal' | 'isAwaited'>;

interface Bound {
  readonly inner: Backend;
  readonly binding: CallBinding;
}

const boundBackends = new WeakMap<Backend, Bound>();

/** A far backend whose calls take these options, unless they bring some of their own; a near one as it is. */
export function bindCalls(backend: Backend, { signal, isAwaited }: CallBinding): Backend {
  if ((!signal && !isAwaited) || !backend.properties.isFar) return backend;
  const binding = { ...(signal && { signal }), ...(isAwaited && { isAwaited }) };
  const bound = wrapCalls(backend, (call) => call.make({ ...binding, ...call.options }));
  boundBackends.set(bound, { inner: backend, binding });
  return bound;
}

/** What {@link bindCalls} gave, bound to what `change` makes of the backend in it; any other as it is. */
export function changeWithin(backend: Backend, change: (inner: Backend) => Backend): Backend {
  const bound = boundBackends.get(backend);
  return bound ? bindCalls(change(bound.inner), bound.binding) : backend;
}
