/** Of rows with times, those that share their minute with another one: only seconds tell them apart. */
export function repeatedMinutes<T extends { readonly time: string }>(rows: readonly T[]): ReadonlySet<T> {
  const byMinute = Map.groupBy(rows, ({ time }) => Math.floor(Date.parse(time) / 60_000));
  return new Set([...byMinute.values()].filter((same) => same.length > 1).flat());
}
