const onTheSame = (command: string) => `"restic ${command}" works on the same repository.`;

/** What to do in place of a command of restic that is none of Cairn's. */
export const insteadOf: ReadonlyMap<string, string> = new Map([
  ['mount', `"cairn ls", "cairn find" and "cairn dump" look inside; ${onTheSame('mount')}`],
  ['repair packs', '"cairn repair files" saves what is intact in damaged packs, and looks for the rest on the disk.'],
  ['rebuild-index', '"cairn repair index" does that.'],
  ['generate', '"cairn COMMAND --help" explains each command.'],
]);
