import type { Backend } from '../../backend/backend.ts';
import { wrapCalls, type Around } from '../../backend/wrap/wrapCalls.ts';

/** Milliseconds. */
const LOOK_INTERVAL = 200;

/**
 * A backend whose calls end, with `aborted`, soon after `isInterrupted` says so: far storage may keep a thread waiting
 * for minutes. Near storage answers sooner than that, and is left as it is.
 */
export function endWhenInterrupted(backend: Backend, isInterrupted: () => boolean): Backend {
  if (!backend.properties.isFar) return backend;
  let controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let calls = 0;
  const look = (): void => {
    if (isInterrupted()) controller.abort();
  };
  const around: Around = async (call) => {
    if (calls++ === 0) {
      controller = new AbortController();
      timer = setInterval(look, LOOK_INTERVAL);
    }
    look();
    try {
      return await call.make({ signal: controller.signal });
    } finally {
      if (--calls === 0) clearInterval(timer);
    }
  };
  return wrapCalls(backend, around);
}
