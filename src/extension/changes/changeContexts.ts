/** What rows of the view Changes are, as `viewItem` in `when` clauses of the manifest. */
export const changeContexts = {
  file: 'changedFile',
  deletedFile: 'changedFile-deleted',
  folder: 'changedFolder',
} as const;
