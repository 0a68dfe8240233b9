/** The middle value, or the mean of the two in the middle. Throws a RangeError if there is none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('The median of nothing is not known.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least value that this part of all (0 to 1) does not exceed. Throws a RangeError if there is none. */
export function percentile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError('The percentile of nothing is not known.');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]!;
}

/**
 * The k of the curve `cost = c · size^k` that fits best (least squares of the logarithms): 1 is
 * growth in proportion, 0 none at all. Undefined for fewer than two sizes.
 */
export function growthExponent(points: readonly (readonly [size: number, cost: number])[]): number | undefined {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const meanSize = logs.reduce((sum, [size]) => sum + size, 0) / logs.length;
  const meanCost = logs.reduce((sum, [, cost]) => sum + cost, 0) / logs.length;
  const spread = logs.reduce((sum, [size]) => sum + (size - meanSize) ** 2, 0);
  if (!(spread > 0)) return undefined;
  return logs.reduce((sum, [size, cost]) => sum + (size - meanSize) * (cost - meanCost), 0) / spread;
}

/** The values, beginning with the one at `by` (counted round the end). */
export function rotate<T>(values: readonly T[], by: number): T[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
