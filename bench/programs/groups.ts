import { borg } from './borg.ts';
import { createCairn, createCairnDated, createCairnMirror } from './cairn.ts';
import type { Program } from './program.ts';
import { restic } from './restic.ts';
import { rsync, rsyncDated } from './rsync.ts';

export const groupNames = ['backup', 'mirror', 'dated'] as const;
export type GroupName = (typeof groupNames)[number];

/** Programs that do the same; the first is Cairn. */
export interface Group {
  readonly title: string;
  readonly programs: readonly Program[];
}

/** All groups, with Cairn as built into `dist`. */
export function createGroups(dist: string): Readonly<Record<GroupName, Group>> {
  return {
    backup: { title: 'Backup', programs: [createCairn(dist), restic, borg, rsync] },
    mirror: { title: 'Mirror', programs: [createCairnMirror(dist), rsync] },
    dated: { title: 'Dated copies', programs: [createCairnDated(dist), rsyncDated] },
  };
}
