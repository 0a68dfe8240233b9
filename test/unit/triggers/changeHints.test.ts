import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeHints } from '../../../src/triggers/changeHints.ts';

let sent: [string, readonly string[] | undefined][];
let hints: ChangeHints<string>;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  hints = new ChangeHints<string>((folder, paths) => {
    sent.push([folder, paths]);
    return Promise.resolve();
  });
});
afterEach(() => vi.useRealTimers());

test('gathers the paths of a moment by folder, each once', async () => {
  for (const path of ['/a/1', '/a/2', '/a/1']) hints.add('/a', path);
  hints.add('/b', '/b/1');
  await vi.advanceTimersByTimeAsync(1000);
  hints.add('/a', '/a/3');
  expect(sent).toEqual([
    ['/a', ['/a/1', '/a/2']],
    ['/b', ['/b/1']],
  ]);
  await hints.flush();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent.slice(2)).toEqual([['/a', ['/a/3']]]);
});

test('tells of a storm as of anything', async () => {
  for (let at = 0; at < 100_000; at++) hints.add('/a', `/a/${at}`);
  await hints.flush();
  expect(sent).toEqual([['/a', undefined]]);
});
