/** The main job on Windows by the command line; afterwards the real restic on Linux looks at the same repository. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../helpers/cairn.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runStory, STORY_TIMEOUT, toWindows, windowsFolder } from './helpers/windowsNode.ts';
import { valueOf } from './stories/attempt.ts';
import type { run } from './stories/mainJob.ts';
import { describe as describeTree, differences as differencesOf, oddNames } from './stories/tree.ts';

/** Wine reaches no path that is longer than 4,095 bytes on Linux. */
const LONGEST_PATH = 1500;
const FILES = process.env['CAIRN_LONG'] === '1' ? 10_000 : 1000;
const [root, other] = [windowsFolder('c'), windowsFolder('d')];
const repository = join(root.linux, 'repository');
const source = `${root.windows}\\src`;
/** As it stands in a snapshot: `/C/cairn-…/src`. */
const inTree = `/${source.replace(':', '').replaceAll('\\', '/')}`;

let story: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  story = await runStory<typeof run>('mainJob', {
    commandLine: toWindows(commandLine),
    root: root.windows,
    other: other.windows,
    files: FILES,
    longestPath: LONGEST_PATH,
  });
}, STORY_TIMEOUT);

test('a repository is made', () => {
  expect(valueOf(story.init)).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('Keep the password') as string,
  });
});

describe('a backup', () => {
  test('stores every file, by odd names and on long paths', () => {
    expect(story.made).toMatchObject({ files: FILES });
    expect(story.made.longestPath).toBeGreaterThan(LONGEST_PATH - 110);
    expect(valueOf(story.first)).toMatchObject({ files_new: FILES, files_changed: 0, files_unmodified: 0 });
  });

  test('finds the one file that was edited', () => {
    expect(valueOf(story.second)).toMatchObject({ files_new: 0, files_changed: 1, files_unmodified: FILES - 1 });
  });

  test.each(['unchanged', 'lowerCaseDrive', 'slashes'] as const)('of what is as it was reads nothing: %s', (name) => {
    const counts = { files_new: 0, files_changed: 0, files_unmodified: FILES, bytes_read: 0, data_blobs: 0 };
    expect(valueOf(story[name])).toMatchObject(counts);
  });

  test('has one name for the folder, however it was typed', () => {
    expect(valueOf(story.snapshots).map(({ paths }) => paths)).toEqual(Array(5).fill([source]));
  });

  test('takes other drives, and several at once', () => {
    expect(valueOf(story.otherDrive)).toMatchObject({ files_new: 1 });
    expect(valueOf(story.otherDriveRestored)).toEqual([]);
    const paths = valueOf(story.bothDrives);
    expect(paths).toContain(`${inTree}/special/nothing`);
    expect(paths).toContain(`/${other.windows.replace(':', '').replaceAll('\\', '/')}/src/folder/file.txt`);
  });

  test('of a relative path has no drive', () => {
    expect(valueOf(story.relative)).toContain('/src/special/nothing');
  });
});

describe('a look at a snapshot', () => {
  test('lists a folder by its path on the disk', () => {
    const names = valueOf(story.list).map(({ path }) => path);
    expect(names).toContain(`${inTree}/special/large.bin`);
    expect(names).not.toContain(`${inTree}/many/folder 1/file 1.txt`);
  });

  test('prints a file', () => {
    expect(valueOf(story.print)).toBe('not to be written');
  });

  test('finds no difference with the disk', () => {
    expect(valueOf(story.diff)).toHaveLength(1);
    expect(valueOf(story.against)).toMatchObject({ status: 0 });
  });

  test('knows the versions of a file', () => {
    expect(valueOf(story.history)).toBe(2);
  });

  test('finds a file by its name', () => {
    expect(valueOf(story.find)).toMatchObject([{ matches: [{ path: `${inTree}/special/read only.txt` }] }]);
  });
});

describe('a restore', () => {
  test('brings back everything, equal', () => {
    const { summary, differences } = valueOf(story.restore);
    // A second name counts as a link.
    expect(Number(summary['files_restored']) + Number(summary['links_restored'])).toBe(FILES);
    expect(differences).toEqual([]);
    expect(valueOf(story.restoreAgain)).toMatchObject({ files_restored: 0, files_unchanged: FILES });
  });

  test('brings back one file', () => {
    expect(valueOf(story.restoreOne)).toEqual(['special', 'special/read only.txt']);
  });

  test('brings back what is in one folder', () => {
    expect(valueOf(story.restoreFolder)).toEqual([]);
  });

  test('in place mends what was damaged', () => {
    expect(valueOf(story.inPlace)).toEqual({ status: 0, stderr: '', differences: [] });
  });

  test('in place with --delete removes what was not there', () => {
    expect(valueOf(story.inPlaceDelete)).toEqual({ status: 0, stderr: '', differences: [] });
  });
});

describe('upkeep', () => {
  test('verifies every byte, before and after a prune', () => {
    expect(valueOf(story.verify)).toBe(0);
    expect(valueOf(story.forget).at(-1)).toMatchObject({ message_type: 'pruned' });
    expect(valueOf(story.verifyAfterPrune)).toBe(0);
  });

  test('keeps a mirror, and dated copies', () => {
    // One of them is a second name.
    expect(valueOf(story.mirror)).toMatchObject({ summary: { copied: FILES - 1, linked: 1 }, differences: [] });
    expect(valueOf(story.mirrorAgain)).toMatchObject({ copied: 0, linked: 0 });
    expect(valueOf(story.mirrorVerified)).toBe(0);
    expect(valueOf(story.dated)).toMatchObject({ names: { length: 2 }, differences: [] });
  });

  test('finds duplicates', () => {
    const [group] = valueOf(story.duplicates);
    expect(group).toMatchObject({ message_type: 'duplicates', size: 3_000_000 });
    expect(JSON.stringify(group)).toContain('copy of large.bin');
  });
});

test('what fails says why, by the exit codes of every system', () => {
  expect(valueOf(story.wrongPassword)).toMatchObject({ status: 12, stdout: '' });
  expect(valueOf(story.noRepository)).toBe(10);
  expect(valueOf(story.noSource)).toMatchObject({ status: 1, stdout: '' });
  expect(valueOf(story.noSource).stderr).toContain('not there');
  expect(valueOf(story.notInSnapshot)).toMatchObject({ status: 1, stdout: '' });
  expect(valueOf(story.notInSnapshot).stderr).toContain('not there');
});

describe('the real restic', () => {
  const snapshot = () => {
    const all = JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string; paths: string[] }[];
    return all.find(({ paths }) => paths.length === 1 && paths[0] === source)!.id;
  };

  test('finds no error', () => {
    expect(restic(repository, ['check', '--read-data'])).toContain('no errors were found');
  });

  test('lists the drive as the top folder', () => {
    const paths = restic(repository, ['ls', snapshot()]).split('\n');
    for (const path of ['/C', inTree, `${inTree}/empty/within`]) expect(paths).toContain(path);
    for (const name of oddNames) expect(paths).toContain(`${inTree}/odd names/${name}`);
  });

  test('restores it on Linux, equal', () => {
    const target = tempFolder();
    restic(repository, ['restore', snapshot(), '--target', target]);
    const restored = describeTree(join(target, inTree));
    expect(differencesOf(restored, describeTree(join(root.linux, 'src')))).toEqual([]);
  });
});
