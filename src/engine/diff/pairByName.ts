import { compareRaw } from '../../base/rawName.ts';

/** The entries of two folders, those of one name side by side, in the order of their names. */
export function* pairByName<A extends { readonly name: string }, B extends { readonly name: string }>(
  before: readonly A[],
  after: readonly B[],
): Generator<[A | undefined, B | undefined], void, void> {
  let next = 0;
  for (const later of after) {
    while (next < before.length && compareRaw(before[next]!.name, later.name) < 0) yield [before[next++], undefined];
    yield [before[next]?.name === later.name ? before[next++] : undefined, later];
  }
  while (next < before.length) yield [before[next++], undefined];
}
