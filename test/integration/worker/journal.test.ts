import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteCaptured, noteEvent } from '../../../src/engine/agents/agentTurns.ts';
import { readSources, sourcesOf } from '../../../src/engine/agents/knownSources.ts';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupReport, BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import type { Baseline } from '../../../src/worker/engineProtocol/snapshots.ts';
import type { SourceRules } from '../../../src/worker/engineProtocol/refs.ts';
import { pathBelow } from '../../helpers/paths.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const clients: EngineClient[] = [];
let client: EngineClient;
let folder: string;
/** Where Cairn keeps its own. */
let data: string;

beforeEach(() => {
  const home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(join(folder, 'src'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, '.git/index'), 'index 1');
  writeFileSync(join(folder, '.gitignore'), 'out\n');
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, 'src', name), `${name} 1\n`);
  client = newClient();
});

afterEach(() => Promise.all(clients.splice(0).map((open) => open.close())));

function newClient(): EngineClient {
  const made = newEngineClient();
  clients.push(made);
  return made;
}

const source = (rules: Partial<SourceRules> = {}) => sourceOf(folder, rules);

function backUp(options: Partial<BackupRequest> = {}, by = client): Promise<BackupReport> {
  return by.call('backup', {
    repository: {},
    source: source(),
    trigger: 'save',
    scan: 'journal',
    programVersion: 'cairn test',
    ...options,
  });
}

const first = () => backUp({ trigger: 'manual', scan: 'full' });

function note(...names: string[]): Promise<void> {
  return client.call('noteChanges', { folder, paths: names.map((name) => join(folder, name)) });
}

async function changes(scan: 'full' | 'journal' = 'journal', by = client): Promise<string[]> {
  const listed = await by.call('workspaceChanges', { repository: {}, source: source(), scan, limit: 100 });
  return listed.changes.map(({ kind, path }) => `${kind} ${pathBelow(folder, path)}`);
}

async function changedIn({ snapshot }: BackupReport): Promise<string[]> {
  const listed = await client.call('snapshotChanges', { repository: {}, snapshot: snapshot!.id, limit: 100 });
  return listed.changes.map(({ kind, path }) => `${kind} ${pathBelow(folder, path)}`);
}

test('changes are told since an older snapshot, whatever is backed up meanwhile', async () => {
  const beginning = (await first()).snapshot!;
  const since = async (baseline: Baseline, scan: 'full' | 'journal' = 'journal') => {
    const params = { repository: {}, source: source(), scan, limit: 100, baseline };
    const { changes: listed, snapshot, isBaselineMissing = false } = await client.call('workspaceChanges', params);
    const names = listed.map(({ kind, path }) => `${kind} ${pathBelow(folder, path)}`);
    return { names, snapshot: snapshot!.id, isBaselineMissing };
  };
  const baseline = { kind: 'snapshot', id: beginning.id, time: beginning.time } as const;
  appendFileSync(join(folder, 'src/a'), '2');
  await note('src/a');
  expect(await since(baseline)).toMatchObject({ names: ['modified src/a'], snapshot: beginning.id });
  const saved = (await backUp()).snapshot!;
  expect(await changes()).toEqual([]);
  expect((await since(baseline)).names).toEqual(['modified src/a']);
  appendFileSync(join(folder, 'src/b'), '2');
  await note('src/b');
  const both = ['modified src/a', 'modified src/b'];
  expect((await since(baseline)).names).toEqual(both);
  expect(await changes()).toEqual(['modified src/b']);
  const [labelled] = (await client.call('tagSnapshots', { repository: {}, ids: [beginning.id], label: 'good' })).rows;
  expect(await since(baseline)).toEqual({ names: both, snapshot: labelled!.id, isBaselineMissing: false });
  expect((await since(baseline, 'full')).names).toEqual(both);
  const none = { names: ['modified src/b'], snapshot: saved.id, isBaselineMissing: true };
  expect(await since({ kind: 'commit' })).toEqual(none);
  expect(await since({ kind: 'snapshot', id: 'a'.repeat(64), time: '2020-01-01T00:00:00Z' })).toEqual(none);
});

describe('a backup by the journal', () => {
  test('stores what was noted and nothing else', async () => {
    await first();
    for (const name of ['src/a', 'src/b', '.git/index']) appendFileSync(join(folder, name), '2');
    await note('src/a', '.git/index');
    const report = await backUp();
    expect(report).toMatchObject({ scan: 'journal', filesNew: 0, filesChanged: 1 });
    expect(await changedIn(report)).toEqual(['modified src/a']);
    expect(await changedIn(await backUp({ trigger: 'commit', scan: 'full' }))).toEqual([
      'modified src/b',
      'modified .git/index',
    ]);
  });

  test('says who it was only of what was noted, or of the one agent that has a turn there', async () => {
    const who = async (options: Partial<BackupRequest>) => {
      appendFileSync(join(folder, 'src/a'), '+');
      await note('src/a');
      const { snapshot } = await backUp(options);
      return snapshot!.tags.filter((tag) => /^(?:actor|agent|git|turn)-/.test(tag)).join(' ');
    };
    await first();
    expect(await who({})).toBe('');
    expect(await who({ actor: { kind: 'editor' } })).toBe('actor-editor');
    expect(await who({ actor: { kind: 'editor' }, scan: 'full' })).toBe('actor-unknown');
    expect(await who({ actor: { kind: 'git', name: 'commit' }, scan: 'full' })).toBe('actor-git git-commit');
    const event = { agent: 'codex', moment: 'turn-begins', session: 's', places: [folder] } as const;
    const { turn } = noteEvent(data, event, Date.now())!;
    expect(await who({ actor: { kind: 'unknown' } })).toBe('actor-unknown');
    noteCaptured(data, event, turn);
    expect(await who({ actor: { kind: 'unknown' } })).toBe('actor-agent agent-codex turn-1');
    expect(await who({ actor: { kind: 'editor' } })).toBe('actor-editor');
  });

  test('leaves the rules of the folder for those who back it up later', async () => {
    await first();
    await client.close();
    const [known] = sourcesOf(readSources(data), [join(folder, 'src')]);
    expect(known).toMatchObject({ targets: [folder], rules: { useIgnoreFiles: true } });
  });

  test('looks at everything where it is not known what may have changed', async () => {
    await first();
    await client.close();
    appendFileSync(join(folder, 'src/b'), '2');
    expect(await backUp()).toMatchObject({ scan: 'full', filesChanged: 1 });
    appendFileSync(join(folder, 'src/b'), '3');
    await client.call('noteChanges', { folder });
    expect(await backUp()).toMatchObject({ scan: 'full', filesChanged: 1 });
    appendFileSync(join(folder, 'src/b'), '4');
    expect(await backUp({ source: source({ exclude: ['**/c'] }) })).toMatchObject({ scan: 'full', filesChanged: 1 });
  });

  test('makes no snapshot of what is only touched, ignored, or back as it was', async () => {
    await first();
    utimesSync(join(folder, 'src/a'), 1, 1);
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/made'), '');
    writeFileSync(join(folder, 'new'), '');
    rmSync(join(folder, 'new'));
    await note('src/a', 'out/made', 'new');
    expect(await backUp()).not.toHaveProperty('snapshot');
    chmodSync(join(folder, 'src/a'), 0o400);
    await note('src/a');
    expect(await backUp()).toHaveProperty('snapshot');
  });

  test('looks at everything when the last snapshot was deleted', async () => {
    await first();
    appendFileSync(join(folder, 'src/a'), '2');
    await note('src/a');
    const { snapshot } = await backUp();
    await client.call('deleteSnapshots', { repository: {}, ids: [snapshot!.id] });
    appendFileSync(join(folder, 'src/b'), '2');
    await note('src/b');
    const report = await backUp();
    expect(report.scan).toBe('full');
    expect(await changedIn(report)).toEqual(['modified src/a', 'modified src/b']);
  });

  test('goes on from a snapshot that was labelled and kept meanwhile', async () => {
    await first();
    appendFileSync(join(folder, 'src/a'), '2');
    await note('src/a');
    const { snapshot } = await backUp();
    const { rows } = await client.call('tagSnapshots', { repository: {}, ids: [snapshot!.id], label: 'Mine' });
    await client.call('tagSnapshots', { repository: {}, ids: [rows[0]!.id], keep: true });
    expect(await changes()).toEqual([]);
    appendFileSync(join(folder, 'src/b'), '2');
    await note('src/b');
    const report = await backUp();
    expect(report.scan).toBe('journal');
    expect(await changedIn(report)).toEqual(['modified src/b']);
  });

  test('nor does a look at everything that nobody asked for', async () => {
    await first();
    for (const name of ['src/a', '.git', '.']) utimesSync(join(folder, name), 1, 1);
    const look = { trigger: 'schedule', scan: 'full' } as const;
    const report = await backUp(look);
    expect(report).toMatchObject({ scan: 'full' });
    expect(report).not.toHaveProperty('snapshot');
    appendFileSync(join(folder, 'src/a'), '2');
    await note('src/a');
    expect(await backUp()).toMatchObject({ scan: 'journal', filesChanged: 1 });
    appendFileSync(join(folder, '.git/index'), '2');
    expect(await changedIn(await backUp(look))).toEqual(['modified .git/index']);
  });

  test('names what a person may want to go back for, unless it has a name', async () => {
    for (let at = 0; at < 40; at++) writeFileSync(join(folder, `src/${at}.txt`), 'x');
    await first();
    const labelOf = async (options: Partial<BackupRequest>) => {
      await note('src');
      return (await backUp({ trigger: 'outside', ...options })).snapshot?.label;
    };
    for (let at = 0; at < 40; at++) writeFileSync(join(folder, `src/${at}.txt`), 'yy');
    expect(await labelOf({})).toBe('40 files changed');
    for (let at = 0; at < 25; at++) rmSync(join(folder, `src/${at}.txt`));
    expect(await labelOf({})).toBe('25 files deleted');
    appendFileSync(join(folder, 'src/a'), '2');
    expect(await labelOf({})).toBeUndefined();
    for (let at = 25; at < 40; at++) rmSync(join(folder, `src/${at}.txt`));
    for (const name of ['src/a', 'src/b']) rmSync(join(folder, name));
    expect(await labelOf({ label: 'git reset to HEAD~1' })).toBe('git reset to HEAD~1');
  });

  test('keeps what was noted when it fails', async () => {
    const { createdRepository } = await first();
    appendFileSync(join(folder, 'src/a'), '2');
    await note('src/a');
    renameSync(createdRepository!.location, `${createdRepository!.location}.away`);
    await expect(backUp()).rejects.toMatchObject({ code: 'repository-not-found' });
    await expect(backUp()).rejects.toMatchObject({ code: 'repository-not-found' });
    renameSync(`${createdRepository!.location}.away`, createdRepository!.location);
    expect(await backUp()).toMatchObject({ scan: 'journal', filesChanged: 1 });
  });
});

describe('changes by the journal', () => {
  test('are those of the last time and what was noted since', async () => {
    await first();
    appendFileSync(join(folder, 'src/a'), '2');
    expect(await changes()).toEqual([]);
    await note('src/a');
    expect(await changes()).toEqual(['modified src/a']);
    rmSync(join(folder, 'src/b'));
    appendFileSync(join(folder, 'src/c'), '2');
    await note('src/b');
    expect(await changes()).toEqual(['modified src/a', 'removed src/b']);
    expect(await changes('full')).toEqual(['modified src/a', 'removed src/b', 'modified src/c']);
    writeFileSync(join(folder, 'src/a'), 'a 1\n');
    await note('src');
    expect(await changes()).toEqual(['removed src/b', 'modified src/c']);
    await backUp();
    expect(await changes()).toEqual([]);
  });

  test('follow the rules in files', async () => {
    await first();
    writeFileSync(join(folder, 'x.log'), '');
    await note('x.log');
    expect(await changes()).toEqual(['added x.log']);
    appendFileSync(join(folder, '.gitignore'), '*.log\n');
    await note('.gitignore');
    expect(await changes()).toEqual(['modified .gitignore']);
  });

  test('leave out what happens inside of .git, but not its end', async () => {
    await first();
    appendFileSync(join(folder, '.git/index'), '2');
    expect(await changes('full')).toEqual([]);
    rmSync(join(folder, '.git'), { recursive: true });
    expect(await changes('full')).toEqual(['removed .git/index']);
  });
});

describe('two windows', () => {
  test('that see the same change make one snapshot', async () => {
    const other = newClient();
    await first();
    await backUp({ scan: 'full' }, other);
    appendFileSync(join(folder, 'src/a'), '2');
    const path = join(folder, 'src/a');
    for (const window of [client, other]) await window.call('noteChanges', { folder, paths: [path] });
    const reports = await Promise.all([backUp(), backUp({}, other)]);
    expect(reports.filter(({ snapshot }) => snapshot)).toHaveLength(1);
    expect(reports.map(({ scan }) => scan)).toEqual(['journal', 'journal']);
    expect(await changes('journal', other)).toEqual([]);
  });

  test('that see the same commit make one snapshot', async () => {
    await first();
    const commit = {
      trigger: 'commit',
      scan: 'full',
      commit: 'abc1234',
      label: 'Say why',
      evenIfUnchanged: true,
    } as const;
    const reports = await Promise.all([backUp(commit), backUp(commit, newClient())]);
    expect(reports.flatMap(({ snapshot }) => snapshot ?? [])).toMatchObject([{ label: 'Say why', commit: 'abc1234' }]);
  });
});

test('only a person makes the default repository', async () => {
  await expect(backUp()).rejects.toMatchObject({ code: 'repository-not-found' });
  expect(await first()).toHaveProperty('createdRepository');
});
