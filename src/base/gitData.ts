/** Whether a path leads into a folder `.git`: to what git keeps for itself, and nobody reads. */
export function isGitData(path: string): boolean {
  // Nearly all paths are told by the first look.
  return path.includes('.git') && /(?:^|[\\/])\.git[\\/]/.test(path);
}

/** Whether an entry is of that, or the folder of all of it. */
export function isGitEntry({ path, isFolder }: { readonly path: string; readonly isFolder: boolean }): boolean {
  return isGitData(isFolder ? `${path}/` : path);
}
