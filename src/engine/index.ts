/**
 * What the engine offers to those who draw: commands, their options and results, and of the layers
 * below what stands in these. The one file that only passes names on.
 */
export { isFolder } from '../disk/durableWrite.ts';
export { diskNumber, ensureFolder, fileStamp } from '../disk/places.ts';
export {
  isInside,
  joinPath,
  lastName,
  parentFolder,
  resolveLinks,
  resolvePath,
  wayBelow,
  withUpperCaseDrive,
} from '../disk/paths.ts';
export { noteEndedThreads } from '../disk/processIdentity.ts';
export { toFsPath } from '../disk/fsPath.ts';
export { readSmallFile } from '../disk/smallFile.ts';
export { isWindows, usualShell } from '../disk/system.ts';
export { newPrivateSocket, privateSockets, removePrivateSocket, type PrivateSocket } from '../disk/privateSockets.ts';
export { TreeWatch } from '../disk/treeWatch.ts';
export { matchesActor, parseActor, type Actor, type ActorFilter } from './actor.ts';
export { agentTitle, isAgentName, readAgentEvent, type AgentName } from './agents/agentEvents.ts';
export { agentAtWork, noteCaptured, noteEvent } from './agents/agentTurns.ts';
export { noteOutcome, noteRan } from './agents/hookNotes.ts';
export { backupWorktrees, type WorktreeOutcome } from './agents/backupWorktrees.ts';
export {
  goneWorktrees,
  noteSource,
  pathsOf,
  readSources,
  sourcesOf,
  worktreesOf,
  type KnownSource,
} from './agents/knownSources.ts';
export { snapshotAskedFor, snapshotForAgent, type AgentSnapshotOrder } from './agents/snapshotForAgent.ts';
export { findGonePacks } from './backup/gonePacks.ts';
export { backup } from './backup/backup.ts';
export { backupStream } from './backup/backupStream.ts';
export { pathsInList, type PathListKind } from './backup/filesFrom.ts';
export { describeMassChange, findAlarm, type Alarm } from './backup/massDeletion.ts';
export { refuseSourcesInRepository } from './backup/refuseSources.ts';
export type { BackupResult, EntryListener } from './backup/backupOptions.ts';
export { planWalk } from './backup/walkAhead.ts';
export { defaultAlwaysInclude, defaultExclude } from './backup/workspaceDefaults.ts';
export { reviewCaches, type CacheReport } from './caches.ts';
export { chooseSnapshots } from './chooseSnapshots.ts';
export type { OpenCodecs } from './codec/codecPool.ts';
export { openInlineCodecs } from './codec/inlineCodecs.ts';
export {
  defaultRepositoryPaths,
  openDefaultRepository,
  openOrCreateDefaultRepository,
  readDefaultPassword,
  type OpenedDefault,
} from './defaultRepository.ts';
export { copySnapshots, type CopiedSnapshot, type CopyResult } from './copy/copySnapshots.ts';
export type { DiffCounts } from './diff/blobDifference.ts';
export { compareNodes, type Change, type ChangeKind } from './diff/change.ts';
export { diffSnapshots } from './diff/diffSnapshots.ts';
export { diffWithDisk } from './diff/diffWithDisk.ts';
export { detectRenames } from './diff/renames.ts';
export { locateTargets } from './diff/snapshotTargets.ts';
export { findDuplicates, type DuplicateSet, type DuplicatesReport } from './duplicates.ts';
export { findDuplicatesInSnapshot } from './duplicatesInSnapshot.ts';
export { fileHistory, type FileVersion, type HistoryWorkspace } from './fileHistory.ts';
export { filesEver, type FileEver } from './filesEver.ts';
export { findObjects, placesOf, type FoundObject } from './findObjects.ts';
export { findFiles, type FindOptions, type FoundFile } from './findFiles.ts';
export {
  formatDuration,
  localZoneOffset,
  parseDuration,
  subtractDuration,
  type CalendarDuration,
} from './forget/duration.ts';
export {
  executeForget,
  executeForgetIn,
  planForgetAfterBackup,
  planForgetAll,
  planForgetByName,
  planForgetByPolicy,
  type ForgetPlan,
} from './forget/forget.ts';
export { NEWEST_OF_GROUP } from './forget/applyPolicy.ts';
export { planForget } from './forget/planForget.ts';
export {
  groupSnapshots,
  parseGroupBy,
  type GroupBy,
  type GroupKey,
  type SnapshotGroup,
} from './forget/groupSnapshots.ts';
export { checkPolicy, parseKeepCount, parseTagList, type ForgetPolicy, type TagList } from './forget/policy.ts';
export { passwordIn } from './guard/aboutFile.ts';
export { dataFolder, locksFolder, ownFolders } from './ownFolders.ts';
export { guardFolders, usualGuards, type GuardSettings } from './guard/guardPlace.ts';
export { guardStatuses, type GuardStatus } from './guard/guardStatus.ts';
export { recoverGuard, type Recovered } from './guard/recoverGuard.ts';
export { releaseFromGuard } from './guard/releaseGone.ts';
export { keepGuard, keepsWhatIsGone, withGuard } from './guard/withGuard.ts';
export { hasSnapshots } from './hasSnapshots.ts';
export { createDeletionGuard, createIgnoredPaths, recordedRules } from './ignoredPaths.ts';
export { addRepositoryKey, changeRepositoryPassword, listRepositoryKeys, removeRepositoryKey } from './keys.ts';
export { listFiles } from './listFiles.ts';
export { availableMigrations, MIGRATIONS, upgradeRepository } from './migrate/upgradeRepository.ts';
export { listFolderCopies, listMirrorFolders } from './mirror/copiesInFolder.ts';
export { chooseCopyFolder } from './mirror/copyFolder.ts';
export { executeMirror, type MirrorResult } from './mirror/executeMirror.ts';
export { mirrorPlanLines, type MirrorLine, type MirrorPlan, type MirrorProblem } from './mirror/mirrorPlan.ts';
export { planMirror } from './mirror/planMirror.ts';
export { verifyMirror, type MirrorVerification } from './mirror/verifyMirror.ts';
export { deletedFiles, type DeletedFile, type DeletedOptions } from './past/deletedFiles.ts';
export { RemovedPairs } from './past/removedPairs.ts';
export type { MatchingLine } from './past/searchText.ts';
export type { SearchPattern } from './past/textPattern.ts';
export { searchContent, type FoundContent, type SearchOptions } from './past/searchContent.ts';
export { createNamedRepository, locationFolder, openNamedRepository } from './namedRepository.ts';
export { readPasswordFile, runPasswordCommand } from './passwordSource.ts';
export { executePrune, type PruneResult } from './prune/executePrune.ts';
export { parseMaxUnused } from './prune/maxUnused.ts';
export { parseGrace } from './prune/parseGrace.ts';
export { parseSize } from './prune/parseSize.ts';
export { DEFAULT_GRACE, planPrune } from './prune/planPrune.ts';
export { withPruneSession } from './prune/pruneSession.ts';
export type { MaxUnused, PrunePlan } from './prune/prunePlan.ts';
export { probeLocation, type ProbedLocation } from './probeLocation.ts';
export { probeStorage } from './probeStorage.ts';
export { readFileContent } from './readFile.ts';
export { reachStorage } from './reachStorage.ts';
export { recoverTrees } from './recover/recoverTrees.ts';
export { recoveryKit, saveRecoveryKit } from './recoveryKit.ts';
export { locationOnPage, recoveryNeeds } from './recoveryNeeds.ts';
export { repairFiles, type RepairFilesResult } from './repair/repairFiles.ts';
export { repairIndex, type RepairIndexResult } from './repair/repairIndex.ts';
export { repairSnapshots, type RepairedSnapshot } from './repair/repairSnapshots.ts';
export type { PathRepair } from './repair/repairTrees.ts';
export { checkReplicaAt, type ReplicaCheck } from './replicate/checkReplica.ts';
export { replicateTo } from './replicate/replicate.ts';
export type { FileTotal, RemovalResult, ReplicateResult } from './replicate/replicateTypes.ts';
export { LISTED_TYPES, listObjects, OBJECT_TYPES, readObject, type ListedObjects } from './repositoryObjects.ts';
export { executeRestore, restoreWhilePlanning } from './restore/executeRestore.ts';
export { isEmptyDestination } from './restore/isEmptyDestination.ts';
export { LEFT_ALONE, type OverwriteMode } from './restore/planEntries.ts';
export { beginPlan, planRestore } from './restore/planRestore.ts';
export { planLines, type PlanLine, type RestorePlan } from './restore/restorePlan.ts';
export type { RestoreResult } from './restore/restoreRun.ts';
export { rewriteSnapshots, type RewrittenSnapshot } from './rewrite/rewriteSnapshots.ts';
export { detectScheduler, hasFlock } from './schedule/detectScheduler.ts';
export { listSchedules, type InstalledSchedule } from './schedule/listSchedules.ts';
export { isBackupDue } from './schedule/isBackupDue.ts';
export { makeBackupCommand, type BackupJob } from './schedule/makeBackupCommand.ts';
export { planScheduleInstall, planScheduleRemove, type SchedulePlan } from './schedule/planSchedule.ts';
export { runSchedulePlan } from './schedule/runSchedulePlan.ts';
export {
  DEFAULT_TIME,
  describeTime,
  parseCalendar,
  parsePeriod,
  parseTimeOfDay,
  type ScheduleEnvironment,
  type Scheduler,
  type ScheduleTime,
} from './schedule/schedule.ts';
export { currentOwner, withSession, type Session, type SessionOptions } from './session.ts';
export { findMomentOnDisk, planUndo, type UndoPlan } from './undo/planUndo.ts';
export { findRiskMoments, lineOfFolder, type RiskMoment } from './undo/riskMoments.ts';
export { createNodeFinder, findPlace, parseSnapshotPath, type PlaceInSnapshot } from './snapshotPath.ts';
export { actorTags, buildSnapshotTags, parseSnapshotTags, withoutActor } from './snapshotTags.ts';
export type { FolderStanding, PlaceStanding } from './standing/judge.ts';
export { usualLedger, type Ledger } from './standing/ledger.ts';
export { noteBackup, noteEqual, noteMirror } from './standing/noteBackup.ts';
export { noteCopied } from './standing/noteCopy.ts';
export { depthOf, noteMirrorVerified, noteVerified } from './standing/noteProof.ts';
export { usualPromises, type Promised, type PromiseStanding } from './standing/promises.ts';
export {
  forgetStanding,
  markPlace,
  readProofs,
  readStanding,
  type KnownProof,
  type Standing,
} from './standing/standing.ts';
export { stats, type Stats, type StatsMode } from './stats.ts';
export { listRcloneRemotes, listSshHosts, type StorageNames } from './storageHints.ts';
export { tagSnapshots, type TagChange } from './tagSnapshots.ts';
export { unlockRepository } from './unlock.ts';
export { findWorkspace, identifyWorkspace, type FoundWorkspace, type WorkspaceIdentity } from './workspaceIdentity.ts';
export type { AffectedPath } from './verify/findings.ts';
export type { ReadData } from './verify/readPacks.ts';
export { verify, type VerifyResult } from './verify/verify.ts';
export { WarmTarget } from './warmTarget.ts';
export { withLockFile, type LockFileOptions } from './withLockFile.ts';
export { verifyAgainstDisk, type DiskDifference } from './verify/verifyAgainstDisk.ts';
export { isDamage } from '../repository/damage.ts';
export { PERSON_KEY_COST } from '../repository/crypto/keyFile.ts';
export type { SnapshotId } from '../repository/format/ids.ts';
export { modeToStat } from '../repository/format/mode.ts';
export { tryParseTime } from '../repository/format/time.ts';
export type { Node, NodeType } from '../repository/format/node.ts';
export { parseTime } from '../repository/format/time.ts';
export type { PackingOptions, Repository } from '../repository/repository.ts';
export { summaryCounts, type SnapshotSummary } from '../repository/format/snapshot.ts';
export {
  findSnapshot,
  listSnapshots,
  SHORT_ID_LENGTH,
  type SnapshotFilter,
  type StoredSnapshot,
} from '../repository/snapshots.ts';
export type { IgnoreOptions } from '../workspace/ignoreRules.ts';
export type { FolderMarker } from '../workspace/statRules.ts';
export { compileName } from '../workspace/goPattern.ts';
export { patternsInFile } from '../workspace/patternLines.ts';
export { checkPatterns, type PatternLists } from '../workspace/resticPatterns.ts';
export { Journal, type Changes } from '../workspace/journal.ts';
