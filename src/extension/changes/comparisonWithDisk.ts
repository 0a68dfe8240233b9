import { pathOf } from '../diskPaths.ts';
import type { ComparedSnapshot, Comparison } from '../documents/comparison.ts';

/** A snapshot of a workspace folder as the earlier state, and the disk as the later one. */
export function comparisonWithDisk({
  snapshot,
  target,
  folder,
}: {
  readonly snapshot?: ComparedSnapshot;
  readonly target: { readonly id: string };
  readonly folder: { readonly uri: { readonly fsPath: string } };
}): Comparison {
  return {
    ...(snapshot && { before: { kind: 'snapshot', snapshot, target: target.id } }),
    after: { kind: 'disk', folder: pathOf(folder.uri) },
  };
}
