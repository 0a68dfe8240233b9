/** An engine, as a window has it, is asked by other programs of the same user. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import { askEngine } from '../../../src/worker/socket/askEngine.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const open: EngineClient[] = [];
let folder: string;
let data: string;

beforeEach(() => {
  data = useDataHome(tempFolder());
  folder = join(tempFolder(), 'w');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'one');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()));
});

async function startEngine(listenAs?: string): Promise<EngineClient> {
  const engine = newEngineClient(listenAs === undefined ? {} : { listenAs });
  open.push(engine);
  await engine.call('backup', {
    ...{ repository: {}, source: sourceOf(folder), trigger: 'manual', scan: 'full', programVersion: 'cairn 1' },
  });
  return engine;
}
const ask = (program: string, place = folder) => {
  const event = { agent: 'claude', moment: 'before-tool', tool: 'Bash', places: [place] } as const;
  return askEngine(data, { program, command: 'snapshotForAgent', order: { event } });
};
/** The source is noted when nobody waits any more. */
const asked = () => expect.poll(() => ask('cairn 1'), { timeout: 30_000, interval: 200 });

test('makes the snapshot that is asked for, and the next save goes on from it', async () => {
  const engine = await startEngine('cairn 1');
  await asked().toEqual({ snapshot: {} });
  writeFileSync(join(folder, 'a.txt'), 'two');
  await asked().toMatchObject({ snapshot: { id: expect.stringMatching(/^[0-9a-f]{64}$/) as string } });
  const request = { repository: {}, source: sourceOf(folder), trigger: 'save', programVersion: 'cairn 1' } as const;
  await engine.call('noteChanges', { folder, paths: [join(folder, 'a.txt')] });
  expect(await engine.call('backup', { ...request, scan: 'journal' })).not.toHaveProperty('snapshot');
  const { rows } = await engine.call('listSnapshots', { repository: {}, folder, limit: 9 });
  expect(rows.map(({ label }) => label)).toEqual(['Before Claude Code used Bash', undefined]);
});

test('does nothing for another version, for what it does not have, when it is closed, and unless it listens', async () => {
  const quiet = await startEngine();
  expect(await ask('cairn 1')).toBeUndefined();
  await quiet.close();
  const engine = await startEngine('cairn 1');
  await asked().toEqual({ snapshot: {} });
  expect(await ask('cairn 2')).toBeUndefined();
  expect(await ask('cairn 1', tempFolder())).toBeUndefined();
  await engine.close();
  expect(await ask('cairn 1')).toBeUndefined();
});
