/** What to do in place of a command of restic that is none of Cairn's. */
export const insteadOf: ReadonlyMap<string, string> = new Map([
  ['mount', '"cairn ls", "cairn find" and "cairn dump" look inside; "restic mount" works on the same repository.'],
  ['repair packs', '"cairn repair files" saves what is intact in damaged packs, and looks for the rest on the disk.'],
  ['rebuild-index', '"cairn repair index" does that.'],
]);
