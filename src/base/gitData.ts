/** Whether a path leads into a folder `.git`: to what git keeps for itself, and nobody reads. */
export function isGitData(path: string): boolean {
  // Nearly all paths are told by the first look.
  return path.includes('.git') && /(?:^|[\\/])\.git[\\/]/.test(path);
}
