import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeOrigins } from '../../../../src/extension/triggers/changeOrigins.ts';

/** When the files of the disk were last written. */
let written: Map<string, number>;
let origins: ChangeOrigins<string>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  written = new Map();
  origins = new ChangeOrigins((path) => {
    const time = written.get(path);
    return time === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(time);
  });
});
afterEach(() => vi.useRealTimers());

const write = (path: string) => written.set(path, Date.now());
const save = (path: string) => {
  write(path);
  vi.advanceTimersByTime(3);
  origins.noteSave('a', path);
};
const areSaves = () => origins.areSaves(origins.take('a'));

test('a save is the editor’s, with all that is heard of it', async () => {
  origins.noteChange('a', '/a/x');
  save('/a/x');
  origins.noteChange('a', '/a/x');
  expect(await areSaves()).toBe(true);
  // Late, as on a disk of the network.
  origins.noteChange('a', '/a/x');
  expect(await areSaves()).toBe(true);
  expect(await areSaves()).toBe(false);
});

test('a file that was written after the save is somebody else’s', async () => {
  save('/a/x');
  vi.advanceTimersByTime(20);
  write('/a/x');
  expect(await areSaves()).toBe(false);
});

test('so is another file, one that is gone, and what is heard of long after', async () => {
  save('/a/x');
  write('/a/y');
  origins.noteChange('a', '/a/y');
  expect(await areSaves()).toBe(false);
  save('/a/x');
  written.delete('/a/x');
  expect(await areSaves()).toBe(false);
  save('/a/x');
  origins.take('a');
  vi.advanceTimersByTime(70_000);
  save('/a/y');
  origins.noteChange('a', '/a/x');
  expect(await areSaves()).toBe(false);
});

test('folders are told apart', async () => {
  write('/b/x');
  origins.noteChange('b', '/b/x');
  save('/a/x');
  expect(await origins.areSaves(origins.take('b'))).toBe(false);
  expect(await areSaves()).toBe(true);
});

test('a backup that failed gives back what it took', async () => {
  write('/a/y');
  origins.noteChange('a', '/a/y');
  origins.giveBack('a', origins.take('a'));
  save('/a/x');
  expect(await areSaves()).toBe(false);
});

test('more than a few are nobody’s that is known', async () => {
  for (let at = 0; at < 300; at++) save(`/a/${at}`);
  expect(await areSaves()).toBe(false);
});
