/** A path as a line of an ignore file that stands for just this path (gitignore syntax). */
export function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]]|\s+$/g, (text) => text.replace(/./g, '\\$&'));
}
