const onTheSame = (command: string) => `"restic ${command}" works on the same repository.`;

/** What to do in place of a command of restic that is none of Cairn's. */
export const insteadOf: ReadonlyMap<string, string> = new Map([
  ['mount', `"cairn ls", "cairn find" and "cairn dump" look inside; ${onTheSame('mount')}`],
  ['rewrite', `"cairn tag" and "cairn forget" change which snapshots there are; ${onTheSame('rewrite')}`],
  ['recover', `"cairn repair index" finds packs that no index lists; ${onTheSame('recover')}`],
  ['migrate', `"cairn init" and "cairn copy" make a repository of another version; ${onTheSame('migrate')}`],
  ['list', `"cairn snapshots" and "cairn key list" list what there is for people; ${onTheSame('list')}`],
  ['repair packs', '"cairn repair files" saves what is intact in damaged packs, and looks for the rest on the disk.'],
  ['rebuild-index', '"cairn repair index" does that.'],
  ['features', 'Cairn has no features that can be switched on or off.'],
  ['options', `"cairn --help" has the global options; ${onTheSame('options')}`],
  ['self-update', 'Cairn is brought up to date by what installed it: the editor, or npm.'],
]);
