/** Errors that libuv has no name for, as network and encrypted folders give them, concern one entry and not the whole backup. */
import type * as FileSystem from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openInlineCodecs } from '../../src/engine/codec/inlineCodecs.ts';
import { backUp, createLocalRepository, testCodecs } from '../helpers/localRepository.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** The ends of paths that fail, with the number that the system gives. */
const failing = vi.hoisted(() => new Map<string, number>());

vi.mock('node:fs', async (original) => {
  const real = await original<typeof FileSystem>();
  const guard =
    (name: 'openSync' | 'readdirSync' | 'opendirSync') =>
    (...args: unknown[]): unknown => {
      for (const [end, errno] of failing) {
        if (!String(args[0]).replaceAll('\\', '/').endsWith(end)) continue;
        throw Object.assign(new Error('UNKNOWN: unknown error'), { errno: -errno, code: 'UNKNOWN', syscall: name });
      }
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  const guarded = { openSync: guard('openSync'), readdirSync: guard('readdirSync'), opendirSync: guard('opendirSync') };
  return { ...real, ...guarded, default: { ...real, ...guarded } };
});

test('a file and a folder with such errors are named, and the rest is backed up', async () => {
  const root = tempFolder();
  const [source, repository] = [join(root, 'source'), join(root, 'repository')];
  const made = await createLocalRepository(repository);
  writeTree(source, { 'good.txt': 'g', 'unclean.txt': 'u', 'locked/a.txt': 'a', 'other/b.txt': 'b' });
  failing.set('unclean.txt', 117).set('/locked', 126);
  const { problems } = await backUp(made, [source], {}, openInlineCodecs(testCodecs()));
  failing.clear();
  expect(problems.map(({ path, code }) => [path.slice(source.length + 1), code]).sort()).toEqual([
    ['locked', 'ENOKEY'],
    ['unclean.txt', 'EUCLEAN'],
  ]);
  restic(repository, ['check', '--read-data']);
  expect(restic(repository, ['ls', 'latest'])).toContain('good.txt');
});
