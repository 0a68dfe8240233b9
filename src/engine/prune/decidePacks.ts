import { DEFAULT_PACK_TARGET } from '../../repository/pack/packBuilder.ts';
import { unusedLimit } from './maxUnused.ts';
import type { PackUsage } from './measurePacks.ts';
import type { MaxUnused } from './prunePlan.ts';

/** What a person may say about the cost and the gain of a prune. */
export interface PruneLimits {
  /** `5%` unless stated. */
  readonly maxUnused?: MaxUnused;
  /** Rewrite packs of so many bytes at most; no limit unless stated. */
  readonly maxRepackSize?: number;
  /** Rewrite packs of folder lists only, which are what is cached of far storage. */
  readonly repackTreesOnly?: boolean;
  /** Merge packs of fewer bytes than so many, whatever is usual. */
  readonly repackSmallerThan?: number;
  /** The usual size of a pack; that of Cairn unless stated. */
  readonly packTarget?: number;
  /** Merge also packs that are just below the usual size. */
  readonly repackSmall?: boolean;
  /** Compress content that is stored without compression. Version 2 only. */
  readonly repackUncompressed?: boolean;
}

export interface PackDecision {
  readonly keep: readonly PackUsage[];
  readonly remove: readonly PackUsage[];
  readonly repack: readonly PackUsage[];
  /** Those of `keep` that are kept only because they are young. */
  readonly young: readonly PackUsage[];
}

/** Small packs without anything unused are merged only when there are so many of them. */
const MIN_SMALL_PACKS = 10;
/** Below this share of the usual size a pack is small. */
const SMALL_SHARE = 1 / 25;
const REPACK_SMALL_SHARE = 0.8;

/** Says what becomes of each pack, by the rules of restic 0.14 (format notes 10.1, steps 4 and 5). Young ones stay. */
export function decidePacks(
  packs: readonly PackUsage[],
  isYoung: (pack: PackUsage) => boolean,
  version: 1 | 2,
  limits: PruneLimits,
): PackDecision {
  const usual = (limits.packTarget ?? DEFAULT_PACK_TARGET) * (limits.repackSmall ? REPACK_SMALL_SHARE : SMALL_SHARE);
  const smallSize = limits.repackSmallerThan ?? usual;
  const mustCompress = (pack: PackUsage) =>
    version === 2 && pack.hasPlainBlobs && (pack.type === 'tree' || (limits.repackUncompressed ?? false));
  const young = packs.filter(isYoung);
  const old = packs.filter((pack) => !isYoung(pack));
  const remove = old.filter((pack) => pack.usedBlobs === 0);
  const rest = old.filter((pack) => pack.usedBlobs > 0);
  const isWhole = (pack: PackUsage) => pack.unusedBlobs === 0 && pack.type !== 'mixed' && !mustCompress(pack);
  const isSmall = (pack: PackUsage) => pack.size < smallSize;
  const small = rest.filter((pack) => isWhole(pack) && isSmall(pack));
  const mergesSmall = small.length >= MIN_SMALL_PACKS;
  const mayRepack = (pack: PackUsage) => !limits.repackTreesOnly || pack.type === 'tree';
  const candidates = rest.filter((pack) => mayRepack(pack) && (!isWhole(pack) || (mergesSmall && isSmall(pack))));
  // Those that matter most first: trees, which every command reads; small ones; those with the most to gain.
  candidates.sort(
    (a, b) =>
      Number(a.type === 'data') - Number(b.type === 'data') ||
      Number(isSmall(b)) - Number(isSmall(a)) ||
      b.unusedBytes * a.usedBytes - a.unusedBytes * b.usedBytes,
  );

  const repack = new Set<PackUsage>();
  const usedBytes = packs.reduce((sum, pack) => sum + pack.usedBytes, 0);
  const limit = unusedLimit(limits.maxUnused ?? '5%', usedBytes);
  let unused = rest.reduce((sum, pack) => sum + pack.unusedBytes, 0);
  let rewritten = 0;
  for (const pack of candidates) {
    if (rewritten + pack.size >= (limits.maxRepackSize ?? Infinity)) continue;
    const isUrgent = pack.type !== 'data' || mustCompress(pack) || isSmall(pack);
    if (!isUrgent && unused < limit) continue;
    repack.add(pack);
    rewritten += pack.size;
    unused -= pack.unusedBytes;
  }
  return { keep: [...young, ...rest.filter((pack) => !repack.has(pack))], remove, repack: [...repack], young };
}
