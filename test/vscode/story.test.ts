import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runInExtensionHost } from './helpers/extensionHost.ts';
import type { Story, StoryInput } from './host/story.ts';

test('what npm run test:desktop does on a desktop goes well here', async () => {
  const home = tempFolder();
  const input: StoryInput = { home, node: process.execPath };
  const story = await runInExtensionHost<Story>('host/story.ts', { folder: tempFolder(), home, input });
  expect(story.triggers.slice(0, 2)).toEqual(['manual', 'outside']);
  // The snapshot that makes it possible to undo the restore.
  expect(story.triggers).toContain('restore');
});
