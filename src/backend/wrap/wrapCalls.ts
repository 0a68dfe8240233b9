import type { Backend, CallOptions, FileType } from '../backend.ts';

/** One call to a backend, seen from a wrapper. */
export interface Call<T> {
  readonly kind: 'create' | 'save' | 'load' | 'stat' | 'remove' | 'list' | 'leftovers' | 'removeLeftover';
  /** Of the file that it is about. */
  readonly type?: FileType;
  /** Which way content goes. */
  readonly direction?: 'up' | 'down';
  /** Bytes of content that it moves, as far as the caller knows. */
  readonly size?: number;
  readonly options: CallOptions;
  /** Makes it, with these options in place of those given. May be called several times. */
  make(options?: CallOptions): Promise<T>;
}

/** What a wrapper does with each call: `call.make()`, and something before, after, instead or again. */
export type Around = <T>(call: Call<T>) => Promise<T>;

/** A backend whose calls go through a function, all but `close`. */
export function wrapCalls(inner: Backend, around: Around): Backend {
  return {
    location: inner.location,
    settings: inner.settings,
    properties: inner.properties,
    create: (options = {}) =>
      around({ kind: 'create', options, make: (other) => inner.create({ ...options, ...other }) }),
    save: (handle, data, options = {}) =>
      around({
        kind: 'save',
        type: handle.type,
        direction: 'up',
        size: data.reduce((sum, part) => sum + part.length, 0),
        options,
        make: (other) => inner.save(handle, data, { ...options, ...other }),
      }),
    load: (handle, options = {}) =>
      around({
        kind: 'load',
        type: handle.type,
        direction: 'down',
        ...(options.length !== undefined && { size: options.length }),
        options,
        make: (other) => inner.load(handle, { ...options, ...other }),
      }),
    stat: (handle, options = {}) =>
      around({
        kind: 'stat',
        type: handle.type,
        options,
        make: (other) => inner.stat(handle, { ...options, ...other }),
      }),
    remove: (handle, options = {}) =>
      around({
        kind: 'remove',
        type: handle.type,
        options,
        make: (other) => inner.remove(handle, { ...options, ...other }),
      }),
    list: (type, options = {}) =>
      around({ kind: 'list', type, options, make: (other) => inner.list(type, { ...options, ...other }) }),
    leftovers: (options = {}) =>
      around({ kind: 'leftovers', options, make: (other) => inner.leftovers({ ...options, ...other }) }),
    removeLeftover: (leftover, options = {}) =>
      around({
        kind: 'removeLeftover',
        type: leftover.type,
        options,
        make: (other) => inner.removeLeftover(leftover, { ...options, ...other }),
      }),
    close: () => inner.close(),
  };
}
