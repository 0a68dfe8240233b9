/**
 * What is not run on Windows, and why: the one list of it. Nothing is left out anywhere else, and nothing is on
 * it because Cairn fails: an entry says what the test itself needs that Windows does not have.
 * `npm run test:windows -- --audit` runs only what is listed here, and fails if any of it passes.
 */

/** The kinds of reasons. */
export const reasons = {
  program: 'runs a program of Unix: a shell, mount, mkfifo, crontab and the like',
  modes: 'is about modes and owners, which files on Windows do not have',
  hardLinks: 'needs hard links in a snapshot, which those of Windows do not have, as those of restic',
  names: 'needs names that no file can have on Windows',
  system: 'is about /proc, signals or devices of Unix',
  wine: 'needs what Wine does not have: links, watches, git, npm, or a restic that knows drives; on Windows itself it runs',
} as const;

export type Reason = keyof typeof reasons;

export interface LeftOut {
  /** With forward slashes, from the top folder. */
  readonly file: string;
  readonly reason: Reason;
  /** What exactly is missing, in a few words. */
  readonly missing: string;
  /**
   * Full names of tests, with those of their `describe` blocks before them and ` > ` between; the name of a
   * block stands for all in it. Without this it is the whole file, which is then not even loaded.
   */
  readonly tests?: readonly string[];
}

export const leftOut: readonly LeftOut[] = [
  {
    file: 'test/integration/cli/hook.test.ts',
    reason: 'program',
    missing: 'sh, and a folder that can be removed while a program is in it',
    tests: ['goes on as if nothing were > when its folder is gone'],
  },
  {
    file: 'test/integration/cli/agents.test.ts',
    reason: 'wine',
    missing: 'links, and modes of files',
    tests: ['a file that is kept elsewhere stays there'],
  },
  { file: 'test/integration/cli/generate.test.ts', reason: 'program', missing: 'bash, zsh, fish and mandoc' },
  { file: 'test/integration/backupAttributes.test.ts', reason: 'program', missing: 'getfattr, setfattr, setfacl' },
  { file: 'test/integration/restoreAttributes.test.ts', reason: 'program', missing: 'getfattr, setfattr' },
  {
    file: 'test/integration/mirrorLock.test.ts',
    reason: 'wine',
    missing: 'a folder in which no file can be made',
    tests: ['where no file can be made for want of rights, Windows blames no other mirror'],
  },
  {
    file: 'test/integration/cli/lockStays.test.ts',
    reason: 'modes',
    missing: 'a folder of which nothing can be removed',
  },
  {
    file: 'test/integration/guard.test.ts',
    reason: 'modes',
    missing: 'folders without write permission, so there are no guards',
  },
  {
    file: 'test/integration/cli/guard.test.ts',
    reason: 'modes',
    missing: 'folders without write permission, so there are no guards',
  },
  {
    file: 'test/integration/cli/guardDestroyers.test.ts',
    reason: 'modes',
    missing: 'folders without write permission, so there are no guards',
  },
  {
    file: 'test/integration/worker/guard.test.ts',
    reason: 'modes',
    missing: 'folders without write permission, so there are no guards',
  },
  { file: 'test/integration/scheduleCron.test.ts', reason: 'program', missing: 'crontab' },
  { file: 'test/unit/extension/documents/diskDocument.test.ts', reason: 'program', missing: 'mkfifo, /dev and /proc' },
  {
    file: 'test/unit/extension/snapshots/resticRestoreCommand.test.ts',
    reason: 'program',
    missing: 'sh',
    tests: ['a shell takes it as it is meant'],
  },
  {
    file: 'test/integration/undo.test.ts',
    reason: 'wine',
    missing: 'git',
    tests: ['what git does can be undone:'],
  },
  { file: 'test/integration/cli/worktrees.test.ts', reason: 'wine', missing: 'git' },
  { file: 'test/integration/worker/worktrees.test.ts', reason: 'wine', missing: 'git' },
  {
    file: 'test/integration/cli/alarm.test.ts',
    reason: 'wine',
    missing: 'git',
    tests: ['git that switches branches, stashes, collects garbage and cleans up is quiet; rm beside it is not'],
  },
  { file: 'test/unit/base/reflog.test.ts', reason: 'wine', missing: 'git' },
  {
    file: 'test/integration/cli/engineSocket.test.ts',
    reason: 'system',
    missing: 'sockets with a path and modes, and SIGTERM',
  },
  {
    file: 'test/unit/disk/treeWatch.test.ts',
    reason: 'wine',
    missing: 'watches',
    tests: [
      'hears of changes at every depth, in folders that are new and in those that were renamed',
      'hears nothing after its end, and of what is left out only after that is looked at again',
    ],
  },
  {
    file: 'test/integration/cli/watch.test.ts',
    reason: 'wine',
    missing: 'watches, git',
    tests: [
      'what is left out makes no snapshot, until it is left out no more',
      'a commit has a snapshot of its own, and so has what git does to files',
      'a reset has a snapshot that says so',
      'goes by the rules of the last backup, and by others that are given',
    ],
  },
  {
    file: 'test/integration/cli/watch.test.ts',
    reason: 'system',
    missing: 'SIGTERM and SIGINT, at which it ends by itself, and a watched folder that can be renamed',
    tests: [
      'makes snapshots of what changes, and ends without leaving a lock',
      'two of them make one snapshot of a change',
      'a folder that goes away is watched again when it is back',
      'one that was killed leaves nothing that stops the next',
      'a repository that is gone is not made again',
      '--quiet prints nothing, and without --json a line tells what happened',
    ],
  },
  { file: 'test/unit/workspace/gitIndex.test.ts', reason: 'wine', missing: 'git' },
  { file: 'test/unit/backend/http/nodeHttpClient.test.ts', reason: 'program', missing: 'openssl', tests: ['TLS'] },
  {
    file: 'test/unit/backend/http/nodeHttpClient.test.ts',
    reason: 'system',
    missing: 'an answer that can still be read once the other side has closed',
    tests: ['a request > an answer before the end of the upload counts'],
  },
  {
    file: 'test/integration/cli/farRepositories.test.ts',
    reason: 'program',
    missing: 'rest-server, rclone and openssl',
  },
  { file: 'test/integration/worker/copies.test.ts', reason: 'program', missing: 'rest-server' },
  { file: 'test/integration/worker/farViews.test.ts', reason: 'program', missing: 'rest-server' },
  {
    file: 'test/integration/cli/status.test.ts',
    reason: 'program',
    missing: 'rest-server',
    tests: ['with a server'],
  },
  { file: 'test/unit/disk/diskIdentity.test.ts', reason: 'system', missing: 'links, as in /sys' },
  {
    file: 'test/integration/worker/probeStorage.test.ts',
    reason: 'program',
    missing: "OpenSSH's server, rest-server, rclone, OpenStack Swift and openssl",
  },
  { file: 'test/backend/rest.test.ts', reason: 'program', missing: 'rest-server, rclone and openssl' },
  { file: 'test/backend/rclone.test.ts', reason: 'program', missing: 'rclone' },
  { file: 'test/backend/s3.test.ts', reason: 'program', missing: 'OpenStack Swift' },
  { file: 'test/integration/s3Repository.test.ts', reason: 'program', missing: 'OpenStack Swift' },
  { file: 'test/backend/sftpConnection.test.ts', reason: 'program', missing: "OpenSSH's server, signals to processes" },
  { file: 'test/integration/sftpRepository.test.ts', reason: 'program', missing: "OpenSSH's server" },
  { file: 'test/backend/sftp.test.ts', reason: 'program', missing: "OpenSSH's server and its sessions as processes" },
  {
    file: 'test/backend/local.test.ts',
    reason: 'modes',
    missing: 'files and folders for their owner only, or read-only as restic makes them on Unix',
    tests: [
      'all folders are there, for their owner only',
      'a key rests in keys and cannot be written',
      'a lock rests in locks and cannot be written',
      'a snapshot rests in snapshots and cannot be written',
      'a index rests in index and cannot be written',
      'a pack rests in data/ed and cannot be written',
      'a repository shared with a group stays so',
    ].map((name) => `LocalBackend on a disk > the layout and permissions of restic > ${name}`),
  },
  {
    file: 'test/backend/local.test.ts',
    reason: 'program',
    missing: 'unshare, mount, mkfifo',
    tests: [
      'LocalBackend on a disk > file systems that refuse',
      'LocalBackend on a disk > what does not belong there > a named pipe in the place of a file does not hang the reader',
    ],
  },
  {
    file: 'test/integration/backupChanges.test.ts',
    reason: 'modes',
    missing: 'a mode of a folder',
    tests: ['a snapshot is not written > but it is for the mode of the target itself'],
  },
  {
    file: 'test/integration/backupChanges.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ["the same tree for > 'a link that became a folder'"],
  },
  {
    file: 'test/integration/restoreDurably.test.ts',
    reason: 'program',
    missing: 'what Linux tells of open files',
  },
  {
    file: 'test/integration/badSource.test.ts',
    reason: 'modes',
    missing: 'files that root may read and others may not',
    tests: ['what may not be read'],
  },
  {
    file: 'test/integration/repositoryInSource.test.ts',
    reason: 'wine',
    missing: 'a snapshot of this folder by restic',
    tests: ['called plain > survives a restore of a snapshot that has it'],
  },
  {
    file: 'test/integration/unreadPlaces.test.ts',
    reason: 'modes',
    missing: 'folders that root may read and others may not',
  },
  {
    file: 'test/integration/badSource.test.ts',
    reason: 'program',
    missing: 'unshare, mount, truncate, python3',
    tests: [
      'odd names > paths far beyond 4,096 bytes, 1,000 levels deep',
      'odd sources > owners without names',
      'odd sources > a file that claims a petabyte does not exhaust the memory',
      'odd sources > times of all ages',
    ],
  },
  {
    file: 'test/integration/badSource.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: [
      'odd sources > a single file, a link, a dangling link, and one source twice',
      'odd sources > a link to a folder is stored as a link, and what a link goes through is followed',
    ],
  },
  {
    file: 'test/integration/badTarget.test.ts',
    reason: 'program',
    missing: 'unshare, mount, sh',
    tests: [
      'a disk that is mounted for reading only',
      'a disk that is full at some moment, whichever',
      'a disk so full that there is no room for a lock',
    ],
  },
  {
    file: 'test/integration/badTarget.test.ts',
    reason: 'modes',
    missing: 'a folder that only others may write',
    tests: ['a folder that belongs to somebody else'],
  },
  {
    file: 'test/integration/cli/backup.test.ts',
    reason: 'names',
    missing: 'names that are not UTF-8',
    tests: ['names that are not UTF-8 come in, are stored, and come out again'],
  },
  {
    file: 'test/integration/cli/failures.test.ts',
    reason: 'modes',
    missing: 'files and folders that may not be read or written',
    tests: [
      'a repository that cannot be used > cannot be written to',
      'a source that cannot be backed up > an unreadable file and folder',
    ],
  },
  {
    file: 'test/integration/cli/inside.test.ts',
    reason: 'program',
    missing: 'bash, head, /dev/full',
    tests: [
      'a reader who leaves early is no failure: ls latest --json',
      'a reader who leaves early is no failure: diff latest --json',
      'a reader who leaves early is no failure: --help',
      'output that cannot be written is a failure',
    ],
  },
  {
    file: 'test/integration/endlessFiles.test.ts',
    reason: 'system',
    missing: '/proc, /dev/zero, bind mounts, signals',
  },
  { file: 'test/integration/cli/commandingNames.test.ts', reason: 'names', missing: 'control characters' },
  { file: 'test/integration/cli/interruptFar.test.ts', reason: 'program', missing: 'rest-server' },
  {
    file: 'test/integration/cli/interrupt.test.ts',
    reason: 'system',
    missing: 'signals from another process: there it just ends',
  },
  {
    file: 'test/integration/cli/keys.test.ts',
    reason: 'wine',
    missing: 'a restic that runs meanwhile',
    tests: [
      'a lock of restic > is respected while it lives, and removed when it is left behind',
      'a lock of restic > is waited for with --retry-lock',
    ],
  },
  {
    file: 'test/integration/cli/mirror.test.ts',
    reason: 'modes',
    missing: 'files and folders that may not be read or written',
    tests: [
      'as somebody who is not root > folders that may not be written are kept up to date, and stay as they are',
      'as somebody who is not root > what cannot be read is named, its copy stays, and nothing is deleted',
      'as somebody who is not root > a destination that may not be written is one clear line',
    ],
  },
  { file: 'test/integration/cli/npmPackage.test.ts', reason: 'wine', missing: 'npm' },
  {
    file: 'test/integration/cli/terminal.test.ts',
    reason: 'program',
    missing: 'script, which makes a terminal',
    tests: ['progress is drawn in one line, and goes away', 'a password', 'overwriting'],
  },
  {
    file: 'test/integration/diffWithDisk.test.ts',
    reason: 'program',
    missing: 'mkfifo',
    tests: ['file to pipe'],
  },
  {
    file: 'test/integration/mirror.test.ts',
    reason: 'program',
    missing: 'mkfifo',
    tests: ['a mirror > follows a change: a pipe is in the copy'],
  },
  {
    file: 'test/integration/mirror.test.ts',
    reason: 'names',
    missing: 'a link to a name that is not UTF-8',
    tests: ['links of the copy keep their own targets, bytes and all'],
  },
  {
    file: 'test/integration/mirrorSource.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['the same folder > is known through a link'],
  },
  {
    file: 'test/integration/mirror.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: [
      'a mirror > follows a change: the target of a link',
      'a mirror > follows a change: a link of the copy becomes a file',
      'a mirror > follows a change: a folder becomes a link',
      'a mirror is refused > into itself by a link',
      'a mirror is refused > below itself by a link',
      'a mirror is refused > from a link to it',
      'nothing outside the copy is touched > a manifest and a lock that are links are replaced, not followed',
    ],
  },
  {
    file: 'test/integration/repair.test.ts',
    reason: 'system',
    missing: 'files with holes, unless they are asked for',
    tests: ['files > looking for them in what is huge can be interrupted'],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'program',
    missing: 'bash, find',
    tests: ['a thousand levels and paths of more than 4096 bytes'],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'modes',
    missing: 'another owner',
    tests: ['only what differs is touched > another owner only'],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'hardLinks',
    missing: 'files that are known to be one',
    tests: [
      'a file keeps its metadata though another of its names gets a content of its own',
      'only what differs is touched > a hard link apart',
    ],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'names',
    missing: 'names that are not UTF-8',
    tests: ['names that are not UTF-8 are the same bytes again'],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'system',
    missing: 'one root above everything',
    tests: ['in place > the root as destination is the same'],
  },
  {
    file: 'test/integration/restore.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: [
      'only what differs is touched > a link instead of a file',
      'only what differs is touched > a file instead of a link',
      'only what differs is touched > a link elsewhere',
      'in place > what leads to the targets is followed and left as it is',
      'with delete > the repository stays, wherever it is',
    ],
  },
  {
    file: 'test/integration/restoreFailures.test.ts',
    reason: 'program',
    missing: 'mount',
    tests: [
      'a destination that does not take everything > a full disk ends the restore, without half a file',
      'a destination that does not take everything > a read-only file system is said once',
      'a destination that does not take everything > hard links across file systems become files of their own',
      'a destination that does not take everything > another file system inside is not deleted',
    ],
  },
  {
    file: 'test/integration/restoreFailures.test.ts',
    reason: 'modes',
    missing: 'another user, files that may not be written',
    tests: ['without being root'],
  },
  {
    file: 'test/integration/restoreWhilePlanning.test.ts',
    reason: 'program',
    missing: 'mount, cp',
    tests: [
      'ends early, with whole files only, and goes on the next time > when the disk is full',
      'a failure ends the planning, too',
    ],
  },
  {
    file: 'test/integration/diffWithDisk.test.ts',
    reason: 'names',
    missing: 'a name that is not UTF-8',
    tests: ['raw names'],
  },
  {
    file: 'test/integration/diffWithDisk.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['a link elsewhere', 'a link made anew', 'a touched link, metadata', 'file to link'],
  },
  {
    file: 'test/integration/diffWithDisk.test.ts',
    reason: 'modes',
    missing: 'a mode of a folder',
    tests: ['mode of a folder, metadata'],
  },
  {
    file: 'test/integration/restoreUntrusted.test.ts',
    reason: 'program',
    missing: 'getfattr',
    tests: ['nodes that make no sense > extended attributes whose names look like lines of their own'],
  },
  {
    file: 'test/integration/probeLocation.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['a link to one', 'a path that cannot be looked at'],
  },
  {
    file: 'test/integration/restoreFixtures.test.ts',
    reason: 'program',
    missing: 'getfattr',
    tests: [
      'a v1 repository of restic > keeps extended attributes',
      'a v2 repository of restic > keeps extended attributes',
    ],
  },
  {
    file: 'test/integration/workspaceIdentity.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['a link to the folder leads to the same workspace and moves nothing'],
  },
  {
    file: 'test/integration/restoreUntrusted.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: [
      'a link in the destination > is not followed into a folder',
      'a link in the destination > that is the first folder is not followed',
      'a link in the destination > that the snapshot itself brought is not followed by a later one',
      'a link in the destination > goes alone when it is deleted',
      'a folder that is replaced by a link between plan and restore > and was to be made',
      'nodes that make no sense > a link that is too long',
    ],
  },
  {
    file: 'test/unit/disk/enteredFolders.test.ts',
    reason: 'system',
    missing: 'descriptors of folders, and /proc to use them by',
    tests: ['reaching folders by descriptor', 'paths that no call would take are reached by descriptors'],
  },
  {
    file: 'test/unit/disk/enteredFolders.test.ts',
    reason: 'names',
    missing: 'a name that is not UTF-8',
    tests: ['reaching folders by path > names that are not UTF-8'],
  },
  {
    file: 'test/unit/disk/enteredFolders.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: [
      'reaching folders by path > follows links in the root, and nowhere else',
      'reaching folders by path > notices that a folder was replaced by a link, or works in the very folder',
    ],
  },
  {
    file: 'test/unit/disk/entryMetadata.test.ts',
    reason: 'system',
    missing: 'descriptors of folders, and /proc to use them by',
    tests: ['an entry pinned by descriptor'],
  },
  {
    file: 'test/unit/disk/entryMetadata.test.ts',
    reason: 'modes',
    missing: 'owners, modes of several bits',
    tests: [
      'an entry pinned by path > is the one that gets the metadata',
      'an entry pinned by path > is never what a link leads to',
    ],
  },
  {
    file: 'test/unit/disk/entryMetadata.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['a link is refused where entries are reached by their path'],
  },
  {
    file: 'test/unit/disk/paths.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['in a, to-b is at b', 'in to-a, a/b/c is at b/c', 'in to-a, to-b/new/thing is at b/new/thing'],
  },
  {
    file: 'test/integration/worker/changes.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['of what is of another type now it is said what it was'],
  },
  {
    file: 'test/integration/worker/views.test.ts',
    reason: 'wine',
    missing: 'a snapshot of this folder by restic',
    tests: ['snapshots are filtered by trigger, and by having none'],
  },
  {
    file: 'test/unit/disk/processIdentity.test.ts',
    reason: 'system',
    missing: '/proc, a process that is dead and not waited for, init',
    tests: [
      'this process, by what Linux knows of it',
      'a process whose name looks like the end of a field',
      'it ran the pid was given to a process that started at another time',
      'a killed process is dead before its parent asks how it ended',
      "init's pid is taken, though a signal to it may be refused",
    ],
  },
  {
    file: 'test/unit/engine/duplicates.test.ts',
    reason: 'names',
    missing: 'a name that is not UTF-8',
    tests: ['findDuplicates > names that are not UTF-8, and paths beyond the limit of the system'],
  },
  {
    file: 'test/unit/engine/duplicates.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['findDuplicates > a root may be reached by a link'],
  },
  {
    file: 'test/unit/engine/mirror/manifestFormat.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['the file > that is a link is not believed'],
  },
  {
    file: 'test/unit/engine/duplicates.test.ts',
    reason: 'program',
    missing: 'mkfifo',
    tests: ['findDuplicates > does not follow a link, and does not wait on a pipe, that took the place of a file'],
  },
  {
    file: 'test/unit/engine/schedule/planSchedule.test.ts',
    reason: 'program',
    missing: 'sh',
    tests: ['runCommand > gives status, output and complaint'],
  },
  {
    file: 'test/unit/engine/schedule/planSchedule.test.ts',
    reason: 'modes',
    missing: 'files for their owner only, and such as may not be run',
    tests: [
      'installing, showing, removing > files are for the user alone',
      'runCommand > says that a file may not be run',
    ],
  },
  {
    file: 'test/unit/engine/schedule/schedulerLanguages.test.ts',
    reason: 'program',
    missing: 'sh',
    tests: ['cron > the shell gives every argument back'],
  },
  {
    file: 'test/unit/workspace/ignoreRules.test.ts',
    reason: 'wine',
    missing: 'git, links',
    tests: [
      'a CACHEDIR.TAG > that is a link is one, too',
      'targets inside the source > are recognised behind links, on both sides, and before they exist',
      'git > keeps what is tracked, whatever the patterns say; other rules still count',
      'git > takes only what is tracked from an ignored folder, unless a repository starts in it',
    ],
  },
  {
    file: 'test/unit/workspace/ignoreRules.test.ts',
    reason: 'modes',
    missing: 'a folder of another owner',
    tests: ['git > of somebody else above the root has no say'],
  },
  {
    file: 'test/unit/workspace/ignoreRules.test.ts',
    reason: 'program',
    missing: 'mkfifo',
    tests: ['git > reads no pattern file that is a link or a pipe'],
  },
  {
    file: 'test/unit/workspace/listFolder.test.ts',
    reason: 'program',
    missing: 'mkfifo, touch',
    tests: ['an entry > has its kind; links are not followed', 'an entry > has exact times and sizes'],
  },
  {
    file: 'test/unit/workspace/listFolder.test.ts',
    reason: 'modes',
    missing: 'folders that may not be entered, another user',
    tests: ['what cannot be looked at > is reported, and the rest is listed'],
  },
  {
    file: 'test/unit/workspace/listFolder.test.ts',
    reason: 'system',
    missing: '/dev/null as a device',
    tests: ['an entry > may be a device'],
  },
  {
    file: 'test/unit/workspace/listFolder.test.ts',
    reason: 'names',
    missing: 'names of any bytes',
    tests: [
      'the names in a folder > that are not UTF-8 come in the order of their bytes, none lost',
      'the names in a folder > with every kind of character come in the order of their bytes, none lost',
      'the names in a folder > of any bytes are all there',
    ],
  },
  {
    file: 'test/unit/workspace/walk.test.ts',
    reason: 'program',
    missing: 'find',
    tests: ['a walk finds what `find` finds, in order, in random trees', 'a tree deeper than a path can be long'],
  },
  {
    file: 'test/unit/workspace/walk.test.ts',
    reason: 'wine',
    missing: 'links',
    tests: ['a walk does not enter what a link leads to'],
  },
];

/** Whether what this process runs in is Wine, which tells its programs where it lies. */
const underWine = process.env['WINECONFIGDIR'] !== undefined;

/** The entries that count here: on Windows itself nothing is left out for the sake of Wine. */
export const leftOutHere = leftOut.filter(({ reason }) => reason !== 'wine' || underWine);

/** Whether a test that is named as in {@link LeftOut.tests} is left out by itself or with its block. */
export function isLeftOut(file: string, test: string, entries = leftOutHere): boolean {
  return entries.some(
    (entry) =>
      entry.file === file &&
      (entry.tests === undefined || entry.tests.some((name) => test === name || test.startsWith(`${name} > `))),
  );
}

/** Set when only what is left out is to run. */
export const auditVariable = 'CAIRN_TEST_LEFT_OUT';

/** The files that are not loaded on Windows. */
export function excludedFiles(): string[] {
  if (process.env[auditVariable] !== undefined) return [];
  return leftOutHere.filter(({ tests }) => tests === undefined).map(({ file }) => file);
}
