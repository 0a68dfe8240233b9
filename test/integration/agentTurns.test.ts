import { rmSync, writeFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AgentEvent, Moment } from '../../src/engine/agents/agentEvents.ts';
import { agentAtWork, hasOtherTurn, noteCaptured, noteEvent } from '../../src/engine/agents/agentTurns.ts';
import { noteSource, readSources, sourcesOf } from '../../src/engine/agents/knownSources.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const project = join(tempFolder(), 'project');
const HOUR = 3_600_000;
const event = (moment: Moment, more: Partial<AgentEvent> = {}): AgentEvent => ({
  agent: 'claude',
  moment,
  session: 's',
  places: [join(project, 'src')],
  ...more,
});

test('a turn is known from its first snapshot to its end', () => {
  const data = tempFolder();
  const begun = noteEvent(data, event('turn-begins'), 0)!;
  expect(begun).toMatchObject({ isKnown: false, turn: { id: '1', isOpen: true } });
  // The snapshot before it was not made in time: what differs may be older than the turn.
  expect(noteEvent(data, event('before-tool'), 1)).toMatchObject({ isKnown: false });
  expect(agentAtWork(data, [project], 2)).toBeUndefined();
  noteCaptured(data, event('before-tool'), begun.turn);
  expect(agentAtWork(data, [project], 2)).toEqual({ kind: 'agent', name: 'claude', session: 's', turn: '1' });
  expect(agentAtWork(data, [join(project, 'other')], 2)).toBeUndefined();
  expect(noteEvent(data, event('before-tool'), 3)).toMatchObject({ isKnown: true, turn: { id: '1' } });
  expect(noteEvent(data, event('turn-ends'), 4)).toMatchObject({ isKnown: true, turn: { id: '1', isOpen: false } });
  expect(agentAtWork(data, [project], 5)).toBeUndefined();
  expect(noteEvent(data, event('turn-begins'), 6)).toMatchObject({ isKnown: false, turn: { id: '2' } });
  expect(noteEvent(data, event('before-tool', { turn: 'own' }), 7)).toMatchObject({ turn: { id: 'own', count: 2 } });
});

test('a turn that was not heard of from its beginning, or for hours, is not known', () => {
  const data = tempFolder();
  const late = noteEvent(data, event('before-tool'), 0)!;
  expect(late.isKnown).toBe(false);
  noteCaptured(data, event('before-tool'), late.turn);
  expect(noteEvent(data, event('before-tool'), 3 * HOUR)?.isKnown).toBe(false);
  expect(noteEvent(data, { agent: 'codex', moment: 'turn-ends', places: [project] }, 0)).toBeUndefined();
});

test('two turns at once in one folder are told of', () => {
  const data = tempFolder();
  const one = noteEvent(data, event('turn-begins'), 0)!;
  noteCaptured(data, event('turn-begins'), one.turn);
  expect(hasOtherTurn(data, 's', [project], 1)).toBe(false);
  noteEvent(data, event('turn-begins', { session: 'other', agent: 'codex' }), 1);
  expect(hasOtherTurn(data, 's', [project], 2)).toBe(true);
  expect(agentAtWork(data, [project], 2)).toBeUndefined();
  expect(hasOtherTurn(data, 's', [project], 4 * HOUR)).toBe(false);
});

test('damaged notes are none, and old ones go', () => {
  const data = tempFolder();
  noteEvent(data, event('turn-begins'), 0);
  const folder = join(data, 'agents/turns');
  const [name] = readdirSync(folder);
  writeFileSync(join(folder, name!), '{"session": 1}');
  expect(noteEvent(data, event('before-tool'), 1)).toMatchObject({ isKnown: false, turn: { count: 1 } });
  noteEvent(data, event('turn-begins', { session: 'new' }), 8 * 24 * HOUR);
  expect(readdirSync(folder)).toHaveLength(1);
});

test('what was backed up is found by any place in it, the nearest first', () => {
  const data = tempFolder();
  const note = (target: string, repository = 'r') =>
    noteSource(data, {
      repository,
      targets: [target],
      workingFolder: project,
      rules: { useIgnoreFiles: true, onMatch: () => {} },
    });
  note(project);
  note('sub');
  note('sub');
  expect(readSources(data)).toHaveLength(2);
  const found = (place: string) => sourcesOf(readSources(data), [place]).map(({ targets }) => targets[0]);
  expect(found(join(project, 'sub', 'deep'))).toEqual(['sub', project]);
  expect(found(project)).toEqual([project]);
  expect(found(join(project, '..'))).toEqual([]);
  expect(readSources(data)[0]!.rules).toEqual({ useIgnoreFiles: true });
  writeFileSync(join(data, 'sources', `${'0'.repeat(64)}.json`), 'no');
  expect(readSources(data)).toHaveLength(2);
  rmSync(data, { recursive: true });
  expect(readSources(data)).toEqual([]);
  // Where nothing can be written, nothing is known, and nothing fails.
  writeFileSync(data, '');
  note(project);
  rmSync(data);
});
