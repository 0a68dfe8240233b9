import type { Target } from './targetStore.ts';

/** A target less some of what it has. */
export function without<K extends keyof Target>(target: Target, ...names: readonly K[]): Omit<Target, K> {
  const left = Object.entries(target).filter(([name]) => !names.includes(name as K));
  return Object.fromEntries(left) as Omit<Target, K>;
}
