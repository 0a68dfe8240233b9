/**
 * How many different disks places are on. What is not known to be another disk is none, and what shares a disk is on
 * one. `isSomewhere`: there is anything, so that it lies on one disk at least.
 */
export function countDisks(places: readonly (readonly string[] | undefined)[], isSomewhere: boolean): number {
  let groups: ReadonlySet<string>[] = [];
  for (const disks of places) {
    if (!disks || disks.length === 0) continue;
    const joined = new Set(disks);
    const others = groups.filter((group) => {
      const isShared = [...group].some((disk) => joined.has(disk));
      if (isShared) for (const disk of group) joined.add(disk);
      return !isShared;
    });
    groups = [...others, joined];
  }
  return Math.max(groups.length, isSomewhere ? 1 : 0);
}
