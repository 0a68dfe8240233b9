/** Locks on Windows, where a process that is ended gets no chance to give its own back. */
import { beforeAll, expect, test } from 'vitest';
import { commandLine } from '../helpers/cairn.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { runStory, STORY_TIMEOUT, toWindows, windowsFolder } from './helpers/windowsNode.ts';
import { valueOf } from './stories/attempt.ts';
import type { run } from './stories/locks.ts';

const root = windowsFolder('c');
let story: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  story = await runStory<typeof run>('locks', {
    commandLine: toWindows(commandLine),
    root: root.windows,
    password: TEST_PASSWORD,
  });
}, STORY_TIMEOUT);

test('what a killed backup leaves is no obstacle to the next, and goes', () => {
  expect(valueOf(story.killed)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(story.locksAfterKill).toBe(1);
  expect(valueOf(story.next)).toMatchObject({ files_new: 1 });
  expect(story.locksAfterNext).toBe(0);
  expect(valueOf(story.prune)).toBe(0);
  expect(valueOf(story.verify)).toBe(0);
  expect(story.strangers).toEqual([]);
});

test('a lock of a process that lives is respected', () => {
  const { pid, ...found } = valueOf(story.living);
  expect(found).toMatchObject({ status: 11, isThere: true });
  expect(found.stderr).toContain(`by PID ${pid} on host`);
});

test('a lock from before the machine was started is removed, whatever has its number now', () => {
  expect(valueOf(story.beforeBoot)).toMatchObject({ status: 0, isThere: false });
});

test('a lock counts where it cannot be known that its process is gone', () => {
  // Of the same number, but started earlier: that is told by PowerShell, which says nothing in Wine.
  expect(valueOf(story.afterBoot)).toMatchObject({ status: 11, isThere: true });
  expect(valueOf(story.otherHost)).toMatchObject({ status: 11, isThere: true });
});
