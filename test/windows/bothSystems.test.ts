/** One repository for Linux and Windows: each reads what the other stored, and stores nothing twice. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cairnBackup, cairnOk, commandLine } from '../helpers/cairn.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runStory, STORY_TIMEOUT, toWindows, windowsFolder } from './helpers/windowsNode.ts';
import { valueOf } from './stories/attempt.ts';
import type { run } from './stories/bothSystems.ts';
import { describe as describeTree, differences as differencesOf, makeTree } from './stories/tree.ts';

const FILES = 200;
const makers = ['restic', 'cairn'] as const;
const root = windowsFolder('c');
const source = join(root.linux, 'src');
const repositoryOf = (maker: string) => join(root.linux, `by ${maker}`);
const dataOf = (maker: string) =>
  restic(repositoryOf(maker), ['list', 'blobs'])
    .split('\n')
    .filter((line) => line.startsWith('data '))
    .sort();

let story: Awaited<ReturnType<typeof run>>;
/** The data blobs of each repository, before Windows used it. */
let before: Record<string, string[]>;

beforeAll(async () => {
  makeTree(source, { files: FILES, longest: 1500 });
  for (const maker of makers) await createResticRepository(repositoryOf(maker));
  restic(repositoryOf('restic'), ['backup', source]);
  cairnBackup(repositoryOf('cairn'), [source]);
  before = Object.fromEntries(makers.map((maker) => [maker, dataOf(maker)]));
  story = await runStory<typeof run>('bothSystems', {
    commandLine: toWindows(commandLine),
    root: root.windows,
    source,
  });
}, STORY_TIMEOUT);

describe.each(makers)('on Windows, a repository made on Linux by %s', (maker) => {
  test('is verified to the last byte', () => {
    expect(valueOf(story[maker].verify)).toBe(0);
  });

  test('gives everything back, equal', () => {
    const { summary, differences } = valueOf(story[maker].restore);
    expect(Number(summary['files_restored']) + Number(summary['links_restored'])).toBe(FILES);
    expect(differences).toEqual([]);
  });

  test('takes the same files without any new data', () => {
    const { files_new, data_blobs, bytes_read } = valueOf(story[maker].backup);
    expect({ files_new, data_blobs }).toEqual({ files_new: FILES, data_blobs: 0 });
    expect(bytes_read).toBeGreaterThan(6_000_000);
    expect(before[maker]!.length).toBeGreaterThan(FILES / 2);
    expect(dataOf(maker)).toEqual(before[maker]);
  });

  test('is whole for restic afterwards', () => {
    expect(restic(repositoryOf(maker), ['check', '--read-data'])).toContain('no errors were found');
  });
});

test('Cairn on Linux restores what Cairn on Windows stored, equal', () => {
  const target = tempFolder();
  const inTree = `/${join(root.windows, 'src').replace(':', '').replaceAll('\\', '/')}`;
  cairnOk(['restore', `latest:${inTree}`, '--target', target, '-r', repositoryOf('restic')]);
  expect(differencesOf(describeTree(target), describeTree(source))).toEqual([]);
});
