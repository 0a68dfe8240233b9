/** What a code means for the one file, as the end of a sentence that begins with its path. */
export function explainProblem(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'vanished while the backup was running; it is not in the snapshot';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied; it is not in the snapshot';
    case 'ENOTREG':
    case 'ELOOP':
      return 'became something else while the backup was running; it is not in the snapshot';
    case 'ENAMETOOLONG':
      return 'has too long a path to be read; it is not in the snapshot';
    case 'ENDLESS':
      return 'delivers far more than its size says, perhaps without end; it is not in the snapshot: exclude it, or store a copy of it';
    case 'TORN':
      return 'was written to while it was read; the snapshot may hold a mixture, the next backup reads it again';
    default:
      return `cannot be read (${code}); it is not in the snapshot`;
  }
}
