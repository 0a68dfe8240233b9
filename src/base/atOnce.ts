/** Runs so many calls at the same time, and looks after all of them until the last has ended. */

/**
 * The results of `call` for each item, in the order of the items: up to `count` of them are on their way or at hand.
 * Once one throws, or nothing more is taken, no further call is made, and those at hand are waited for.
 */
export async function* aheadOf<Item, Result>(
  items: Iterable<Item>,
  count: number,
  call: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, void> {
  const line: Promise<Result>[] = [];
  const rest = items[Symbol.iterator]();
  const begin = (): boolean => {
    const next = rest.next();
    if (next.done === true) return false;
    const result = call(next.value);
    // Whoever takes it hears of its failure; until then it is no failure that nobody handles.
    result.catch(() => {});
    line.push(result);
    return true;
  };
  try {
    while (line.length < count && begin());
    for (let next = line.shift(); next; next = line.shift()) {
      yield await next;
      begin();
    }
  } finally {
    await Promise.allSettled(line);
  }
}

/**
 * Makes `call` for each item, up to `count` at the same time. After the first failure no further call is made; it is
 * thrown when those at hand have ended.
 */
export async function allAtOnce<Item>(
  items: Iterable<Item>,
  count: number,
  call: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await call(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  if (failure) throw failure.error;
}
