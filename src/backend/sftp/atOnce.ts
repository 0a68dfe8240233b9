/**
 * Works on so many items at the same time, and begins with each in their order. After a failure no other is begun;
 * once those that were are over, it rejects with the first failure.
 */
export async function atOnce<T>(limit: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    try {
      for (let next = iterator.next(); !next.done && failures.length === 0; next = iterator.next())
        await work(next.value);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
}
