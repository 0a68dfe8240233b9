/**
 * The ids of all that the manifest contributes, each declared once. A test holds them against package.json,
 * both ways.
 */

/** Commands, as the Command Palette, menus, keybindings and other extensions know them. */
export const commands = {
  backupWorkspace: 'cairn.backupWorkspace',
  backupTo: 'cairn.backupTo',
  cancelBackup: 'cairn.cancelBackup',
  restoreWorkspace: 'cairn.restoreWorkspace',
  restoreFile: 'cairn.restoreFile',
  restoreFolder: 'cairn.restoreFolder',
  restoreChange: 'cairn.restoreChange',
  restoreVersionBefore: 'cairn.restoreVersionBefore',
  bringFolderBack: 'cairn.bringFolderBack',
  undoRestore: 'cairn.undoRestore',
  compareWithSnapshot: 'cairn.compareWithSnapshot',
  compareWithLastSnapshot: 'cairn.compareWithLastSnapshot',
  showFileHistory: 'cairn.showFileHistory',
  labelSnapshot: 'cairn.labelSnapshot',
  keepSnapshot: 'cairn.keepSnapshot',
  unkeepSnapshot: 'cairn.unkeepSnapshot',
  deleteSnapshot: 'cairn.deleteSnapshot',
  verifyTarget: 'cairn.verifyTarget',
  forgetByPolicy: 'cairn.forgetByPolicy',
  prune: 'cairn.prune',
  mirror: 'cairn.mirror',
  findDuplicates: 'cairn.findDuplicates',
  addTarget: 'cairn.addTarget',
  editTarget: 'cairn.editTarget',
  enterPassword: 'cairn.enterPassword',
  removeTarget: 'cairn.removeTarget',
  saveRecoveryKit: 'cairn.saveRecoveryKit',
  makeDefaultTarget: 'cairn.makeDefaultTarget',
  copyNow: 'cairn.copyNow',
  compareReplica: 'cairn.compareReplica',
  addReplica: 'cairn.addReplica',
  copySnapshotTo: 'cairn.copySnapshotTo',
  pauseAutomaticSnapshots: 'cairn.pauseAutomaticSnapshots',
  resumeAutomaticSnapshots: 'cairn.resumeAutomaticSnapshots',
  showLog: 'cairn.showLog',
  showMenu: 'cairn.showMenu',
  refreshChanges: 'cairn.refreshChanges',
  refreshSnapshots: 'cairn.refreshSnapshots',
  refreshTargets: 'cairn.refreshTargets',
  filterSnapshots: 'cairn.filterSnapshots',
  clearSnapshotFilter: 'cairn.clearSnapshotFilter',
  showChangesSince: 'cairn.showChangesSince',
  showChangesAsTree: 'cairn.showChangesAsTree',
  showChangesAsList: 'cairn.showChangesAsList',
  showSnapshotsOf: 'cairn.showSnapshotsOf',
  openSnapshotChanges: 'cairn.openSnapshotChanges',
  compareSnapshots: 'cairn.compareSnapshots',
  copySnapshotId: 'cairn.copySnapshotId',
  copyResticCommand: 'cairn.copyResticCommand',
  openVersion: 'cairn.openVersion',
  compareVersionWithCurrent: 'cairn.compareVersionWithCurrent',
  lockFileHistory: 'cairn.lockFileHistory',
  unlockFileHistory: 'cairn.unlockFileHistory',
  openAllChanges: 'cairn.openAllChanges',
  openChange: 'cairn.openChange',
  openChangedFile: 'cairn.openChangedFile',
  copyChangedPath: 'cairn.copyChangedPath',
  revealChangedFile: 'cairn.revealChangedFile',
  ignoreChangedFile: 'cairn.ignoreChangedFile',
  showDeleted: 'cairn.showDeleted',
  refreshDeleted: 'cairn.refreshDeleted',
  filterDeleted: 'cairn.filterDeleted',
  clearDeletedFilter: 'cairn.clearDeletedFilter',
  showDeletedAsTree: 'cairn.showDeletedAsTree',
  showDeletedAsList: 'cairn.showDeletedAsList',
  restoreDeleted: 'cairn.restoreDeleted',
  searchSnapshots: 'cairn.searchSnapshots',
  stopSearch: 'cairn.stopSearch',
  closeSearch: 'cairn.closeSearch',
} as const;

/** What rows of views run when they are clicked. Not in the manifest, so nobody is offered them. */
export const internalCommands = {
  openNode: 'cairn.openNode',
  /** The links in hovers of rows. */
  runOnRow: 'cairn.runOnRow',
} as const;

export type CommandId =
  (typeof commands)[keyof typeof commands] | (typeof internalCommands)[keyof typeof internalCommands];

/** Views of the container `cairn` in the activity bar. */
export const views = {
  changes: 'cairn.changes',
  snapshots: 'cairn.snapshots',
  deleted: 'cairn.deleted',
  search: 'cairn.search',
  fileHistory: 'cairn.fileHistory',
  targets: 'cairn.targets',
} as const;

/** What `when` clauses of the manifest ask. */
export const contextKeys = {
  /** A backup runs. */
  running: 'cairn.running',
  /** Automatic snapshots are paused in this workspace. */
  paused: 'cairn.paused',
  /** The workspace has a snapshot. */
  hasSnapshots: 'cairn.hasSnapshots',
  /** It is known whether it has, or why that cannot be known: before, nothing is said of it. */
  changesRead: 'cairn.changesRead',
  /** The view Snapshots has looked, and has nothing to list. */
  snapshotsEmpty: 'cairn.snapshotsEmpty',
  /** A folder of the workspace is gone from the disk. */
  folderGone: 'cairn.folderGone',
  snapshotsFiltered: 'cairn.snapshotsFiltered',
  /** A view is empty since the password of its target is missing or wrong, and a person can give it. */
  changesNeedPassword: 'cairn.changesNeedPassword',
  snapshotsNeedPassword: 'cairn.snapshotsNeedPassword',
  deletedNeedsPassword: 'cairn.deletedNeedsPassword',
  fileHistoryNeedsPassword: 'cairn.fileHistoryNeedsPassword',
  /** The view File History stays with its file. */
  fileHistoryLocked: 'cairn.fileHistoryLocked',
  changesAsTree: 'cairn.changesAsTree',
  /** A person has searched, so that there is a view of what was found; a search is under way. */
  searched: 'cairn.searched',
  searching: 'cairn.searching',
  deletedAsTree: 'cairn.deletedAsTree',
  deletedFiltered: 'cairn.deletedFiltered',
  /** It was looked for deleted files, and what there is to say stands there. */
  deletedRead: 'cairn.deletedRead',
  canUndoRestore: 'cairn.canUndoRestore',
} as const;
