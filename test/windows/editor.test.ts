/** What the extension does on Windows, by the engine's thread as it is packaged, with folders as VS Code names them. */
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runStory, STORY_TIMEOUT, toWindows, windowsFolder } from './helpers/windowsNode.ts';
import { valueOf } from './stories/attempt.ts';
import type { run } from './stories/editor.ts';

const [root, other] = [windowsFolder('c'), windowsFolder('d')];
const project = `${root.windows}\\project`;
const renamed = `${root.windows}\\renamed`;
const edited = 'many\\folder 1\\file 1.txt';
const data = `${root.windows}\\AppData\\Local\\cairn\\Data`;
const FILES = 100;

let story: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  story = await runStory<typeof run>('editor', {
    threadFile: toWindows(resolve('dist/engine.js')),
    codecFile: toWindows(resolve('dist/codec.js')),
    root: root.windows,
    other: other.windows,
    longestPath: 1500,
  });
}, STORY_TIMEOUT);

test('every answer has the letter of a drive in upper case', () => {
  expect(story.answersWithLowerCaseDrive).toEqual([]);
});

describe('a backup', () => {
  test('makes the default repository in the local data of the user, and its password', () => {
    expect(valueOf(story.first)).toMatchObject({
      createdRepository: { location: `${data}\\repository`, passwordFile: `${data}\\password` },
      filesNew: FILES,
      problems: [],
      snapshot: { paths: [project], trigger: 'manual' },
    });
    expect(valueOf(story.passwordFile)).toMatch(/^[\w-]{43}\n$/);
  });

  test('on save stores the one file that was noted', () => {
    const { before, report, after, inSnapshot } = valueOf(story.saved);
    expect(before).toEqual([`modified ${project}\\${edited}`]);
    expect(report).toMatchObject({ scan: 'journal', filesNew: 0, filesChanged: 1, bytesRead: 40, problems: [] });
    expect(after).toEqual([]);
    expect(inSnapshot).toEqual([`modified ${project}\\${edited}`]);
  });

  test('makes no snapshot when nothing changed', () => {
    expect(valueOf(story.savedAgain)).toMatchObject({ scan: 'journal', bytesRead: 0 });
    expect(valueOf(story.scheduled)).toMatchObject({ scan: 'full', bytesRead: 0 });
    for (const step of [story.savedAgain, story.scheduled]) expect(valueOf(step)).not.toHaveProperty('snapshot');
  });
});

describe('a look at a snapshot', () => {
  test('lists folders, and reads a file', () => {
    expect(valueOf(story.topFolder)).toEqual(['deep', 'empty', 'many', 'odd names', 'special']);
    expect(valueOf(story.folder)).toContain('read only.txt');
    expect(valueOf(story.entry)).toMatchObject({ name: 'file 1.txt', type: 'file', size: 40 });
    expect(valueOf(story.content)).toBe(true);
  });

  test('knows the versions of a file', () => {
    const versions = valueOf(story.history).map(({ change, path, size }) => [change, path, size]);
    expect(versions).toEqual([
      ['modified', `${project}\\${edited}`, 40],
      ['added', `${project}\\${edited}`, 26],
    ]);
  });

  test('compares the disk with it', () => {
    expect(valueOf(story.diskChanges)).toEqual([`modified ${project}\\special\\name one`]);
  });
});

describe('a restore', () => {
  const damaged = [
    `create ${project}\\special\\large.bin`,
    'create …\\file',
    `delete ${project}\\added`,
    `delete ${project}\\added\\file.txt`,
    `overwrite ${project}\\special\\read only.txt`,
  ];

  test('says what it will do, and does it: exact, on long paths and over a read-only file', () => {
    const { preview, report, wrong } = valueOf(story.restore);
    expect(preview.lines.map(({ change, path }) => `${change} ${shorten(path)}`).sort()).toEqual(damaged);
    expect(preview).toMatchObject({ unseen: 0, kept: 0, left: 0, problems: [], truncated: false });
    expect(report).toMatchObject({ files: 3, deleted: 2, problems: [] });
    expect(wrong).toEqual([]);
  });

  test('is undone by the safety snapshot', () => {
    const { undo, wrongAfterUndo } = valueOf(story.restore);
    expect(undo.totals).toMatchObject({ create: 1, overwrite: 1, delete: 2 });
    expect(wrongAfterUndo).toEqual([]);
  });

  test('of chosen files leaves the others as they are', () => {
    const { lines, report } = valueOf(story.restoreSome);
    expect(lines.map(shorten)).toEqual(['create …\\file', `create ${project}\\special\\large.bin`]);
    expect(report).toMatchObject({ files: 2, deleted: 0, problems: [] });
    expect(valueOf(story.restoreWhole)).toEqual([]);
  });

  test('goes to another place', () => {
    const expected = { lines: [`create ${root.windows}\\elsewhere`], differences: [] };
    expect(valueOf(story.restoreElsewhere)).toEqual(expected);
  });

  /** Without what is the same for all in the deep folder. */
  function shorten(line: string): string {
    return line.replace(/C:.*d{100}(?=\\file$)/, '…');
  }
});

describe('other targets', () => {
  const backups = `${project}\\backups`;

  test('are probed', () => {
    expect(valueOf(story.probed)).toMatchObject({
      folder: backups,
      kind: 'missing',
      parentExists: true,
      insideOf: project,
      onSameDisk: true,
    });
    expect(valueOf(story.probedElsewhere)).toMatchObject({ folder: `${other.windows}\\copy`, kind: 'missing' });
  });

  test('a repository in the workspace is no part of its backup', () => {
    expect(valueOf(story.created)).toMatchObject({ folder: backups, location: backups, snapshots: 0 });
    const { again, changes, names } = valueOf(story.inside);
    expect(again).toMatchObject({ filesNew: 0, filesUnchanged: FILES, bytesRead: 0, problems: [] });
    expect(changes).toEqual([]);
    expect(names).not.toContain('backups');
    expect(valueOf(story.verified)).toMatchObject({ isGood: true, findings: [] });
    expect(valueOf(story.passwordFromFile)).toMatchObject({ folder: backups, snapshots: 2 });
  });

  test('a recovery kit speaks to PowerShell', () => {
    const kit = valueOf(story.kit);
    expect(kit).toContain(`$env:RESTIC_REPOSITORY = '${backups}'`);
    expect(kit).toContain("$env:RESTIC_PASSWORD = 'it''s the editor''s'");
    expect(kit).toContain('restic restore latest --target "$HOME\\restored"');
  });

  test('a mirror on another drive is made and verified', () => {
    const { preview, report, verification } = valueOf(story.mirror);
    expect(preview).toEqual({ source: project, destination: `${other.windows}\\copy` });
    expect(report).toMatchObject({ deleted: 0, problems: [] });
    expect(report.copied + report.linked).toBe(FILES);
    expect(verification).toMatchObject({ isGood: true, findings: [] });
  });

  test('duplicates are found', () => {
    const names = ['copy of large.bin', 'large.bin'].map((name) => `${project}\\special\\${name}`);
    expect(valueOf(story.duplicates).sets[0]).toMatchObject({ size: 3_000_000, paths: names });
  });
});

describe('a workspace that was moved', () => {
  test('goes on where it was', () => {
    const { unchanged, changed, report } = valueOf(story.moved);
    expect(unchanged).toEqual([]);
    expect(changed).toEqual([`modified ${renamed}\\${edited}`]);
    expect(report).toMatchObject({ snapshot: { paths: [renamed] }, problems: [] });
  });

  test('has its history and its snapshots', () => {
    const { history, sizeOfOldest, snapshots } = valueOf(story.moved);
    expect(history.map(({ change, path }) => [change, path])).toEqual([
      ['modified', `${renamed}\\${edited}`],
      ['modified', `${project}\\${edited}`],
      ['added', `${project}\\${edited}`],
    ]);
    expect(sizeOfOldest).toBe(26);
    expect(snapshots.flat()).toEqual([renamed, ...Array<string>(snapshots.length - 1).fill(project)]);
  });

  test('takes a file back from before', () => {
    expect(valueOf(story.restoreOfBefore)).toEqual({
      lines: [`overwrite ${renamed}\\${edited}`],
      size: 26,
      isBack: false,
    });
  });
});
