/** The command by which restic restores a snapshot, or one thing in it, into a new folder; for a shell as of Unix. */
export function resticRestoreCommand(location: string, snapshot: string, path?: string): string {
  const include = path === undefined ? [] : ['--include', quote(path)];
  return ['restic', '-r', quote(location), 'restore', snapshot, ...include, '--target', './restored'].join(' ');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
