import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let home: string;
let folder: string;
let data: string;

beforeEach(() => {
  home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(folder);
  client = newEngineClient();
});

afterEach(() => client.close());

let number = 0;

async function backUp(options: Partial<BackupRequest> = {}): Promise<void> {
  writeFileSync(join(folder, 'a'), String(number++));
  await client.call('noteChanges', { folder, paths: [join(folder, 'a')] });
  const base = { repository: {}, source: sourceOf(folder), programVersion: 'cairn test' };
  await client.call('backup', { ...base, trigger: 'manual', scan: 'full', ...options });
}

function standing(targets: readonly { readonly id: string; readonly location?: string }[] = [{ id: '' }]) {
  return client.call('standing', { folders: [folder], maxAgeHours: 24, targets });
}

/** The files of the ledger, with their time of change. */
function ledgerFiles(): string[] {
  const own = join(data, 'standing');
  const names = readdirSync(own).filter((name) => name.endsWith('.json'));
  return names.map((name) => `${name} ${statSync(join(own, name), { bigint: true }).mtimeNs}`);
}

test('nothing is backed up', async () => {
  expect(await standing()).toMatchObject({ isKept: false, copies: 1, proofs: {}, places: [] });
});

test('a backup is known as soon as it is done, and saves after it write nothing', async () => {
  await backUp();
  expect(await standing()).toMatchObject({
    copies: 2,
    disks: 1,
    away: 0,
    places: [{ kind: 'repository', state: 'there' }],
  });
  const before = ledgerFiles();
  for (let save = 0; save < 5; save++) await backUp({ trigger: 'save', scan: 'journal' });
  await standing();
  expect(ledgerFiles()).toEqual(before);
});

test('what was verified is known by its target', async () => {
  await backUp();
  await client.call('verify', { repository: {}, read: 'structure' });
  expect((await standing()).proofs).toEqual({
    '': { time: expect.any(String) as string, isGood: true, depth: 'structure' },
  });
  const packs = join(data, 'repository/data');
  const [pack] = readdirSync(packs, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 60);
  const bytes = readFileSync(join(packs, pack!));
  bytes[5]! ^= 1;
  rmSync(join(packs, pack!));
  writeFileSync(join(packs, pack!), bytes);
  await client.call('verify', { repository: {}, read: 'all' });
  const { proofs, promises } = await standing();
  expect(proofs['']).toMatchObject({ isGood: false, depth: 'data' });
  expect(promises).toContainEqual(expect.objectContaining({ name: 'damage', isKept: false }));
});

test('a mirror counts, and is proven as the target that it lies in', async () => {
  await backUp();
  const target = { id: 'm', location: join(home, 'copies') };
  mkdirSync(target.location);
  const destination = join(target.location, 'project');
  const { planId } = await client.call('planMirror', { source: sourceOf(folder), destination });
  await client.call('executeMirror', { planId, force: false });
  expect(await standing([target])).toMatchObject({ copies: 3, proofs: {} });
  await client.call('verifyFolder', { folder: target.location });
  expect((await standing([target])).proofs).toMatchObject({ m: { isGood: true, depth: 'data' } });
});

test('a ledger that cannot be written fails no backup, and is told', async () => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'standing'), '');
  await backUp();
  // It is noted after the answer; this waits for that, and then cannot read the ledger either.
  await standing().catch(() => {});
  rmSync(join(data, 'standing'));
  expect((await standing()).trouble).toMatch(/^What "cairn status" says may be out of date/);
});
