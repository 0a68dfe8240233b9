import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { RepositoryRef, SourceRef } from '../../../src/worker/engineProtocol/refs.ts';
import { agePacks } from '../../helpers/agePacks.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { restic, TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let root: string;
let folder: string;
let source: SourceRef;

beforeEach(() => {
  root = tempFolder();
  useDataHome(join(root, 'data'));
  folder = join(root, 'project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'one\n');
  writeFileSync(join(folder, 'b.txt'), 'two\n');
  source = sourceOf(folder, { never: [join(root, 'copies')] });
  client = newEngineClient();
});

afterEach(() => client.close());

const ref = (location: string, text = TEST_PASSWORD): RepositoryRef => ({ location, password: { from: 'text', text } });

describe('probing a place', () => {
  const probe = (location: string) => client.call('probeLocation', { location, folders: [folder] });

  test('finds a repository of restic, and says that it is on the same disk', async () => {
    restic(join(root, 'disk'), ['init', '-q']);
    expect(await probe(join(root, 'disk'))).toMatchObject({ kind: 'repository', snapshots: 0, onSameDisk: true });
    await expect(client.call('repositoryInfo', { repository: ref(join(root, 'disk'), 'wrong') })).rejects.toMatchObject(
      {
        code: 'wrong-password',
      },
    );
    expect(await client.call('repositoryInfo', { repository: ref(join(root, 'disk')) })).toMatchObject({
      snapshots: 0,
    });
  });

  test('warns of one in the workspace, and of one beside it not', async () => {
    expect(await probe(join(folder, 'backup'))).toMatchObject({ kind: 'missing', insideOf: folder });
    expect(await probe(`${folder}-backup`)).not.toHaveProperty('insideOf');
    expect(await probe(folder)).toMatchObject({ kind: 'other-files', insideOf: folder });
    expect(await probe('b2:bucket')).toMatchObject({ kind: 'unreachable', problem: { code: 'usage' } });
  });
});

test('a recovery kit opens the repository by itself, and only its owner reads it', async () => {
  const disk = join(root, 'disk');
  await client.call('createRepository', { repository: ref(disk, "it's new") });
  const file = join(root, 'kit.md');
  await client.call('saveRecoveryKit', { repository: ref(disk, "it's new"), file });
  const line = isWindows ? `$env:RESTIC_PASSWORD = 'it''s new'` : `export RESTIC_PASSWORD='it'\\''s new'`;
  expect(readFileSync(file, 'utf8')).toContain(line);
  if (!isWindows) expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(client.call('saveRecoveryKit', { repository: ref(disk, "it's new"), file })).rejects.toMatchObject({
    code: 'refused',
  });
});

test('a copy of the default repository is opened by the password of that', async () => {
  const backedUp = await client.call('backup', {
    ...{ repository: {}, source, trigger: 'manual', scan: 'full', programVersion: 'cairn test' },
  });
  const copy = join(root, 'copy');
  cpSync(backedUp.createdRepository!.location, copy, { recursive: true });
  const repository = { location: copy, password: { from: 'default' } } as const;
  expect(await client.call('repositoryInfo', { repository })).toMatchObject({ folder: copy, snapshots: 1 });
  await client.call('saveRecoveryKit', { repository, file: join(root, 'kit.md') });
  const kit = readFileSync(join(root, 'kit.md'), 'utf8');
  expect(kit).toContain(backedUp.createdRepository!.passwordFile);
  expect(kit).not.toContain('What leads to the storage');
});

test('verify names the damaged file and its snapshot', async () => {
  const disk = join(root, 'disk');
  restic(disk, ['init', '-q']);
  restic(disk, ['backup', '-q', folder]);
  const good = await client.call('verify', { repository: ref(disk), read: 'all' });
  expect(good).toMatchObject({ isGood: true, affected: [], counts: { snapshots: 1, errors: 0 } });
  // Without its data, all that the snapshot had is missing.
  const packs = restic(disk, ['list', 'packs']).trim().split('\n');
  for (const pack of packs) rmSync(join(disk, 'data', pack.slice(0, 2), pack));
  const bad = await client.call('verify', { repository: ref(disk), read: 'structure' });
  expect(bad.isGood).toBe(false);
  expect(bad.affected[0]).toMatchObject({ loss: 'MISSING', snapshots: [{ time: expect.any(String) as string }] });
  expect(bad.advice.length).toBeGreaterThan(0);
});

test('forgets by a policy and prunes, each after a preview that changes nothing', async () => {
  const disk = join(root, 'disk');
  restic(disk, ['init', '-q']);
  const repository = ref(disk);
  const backUp = () =>
    client.call('backup', { repository, source, trigger: 'manual', scan: 'full', programVersion: 'cairn test' });
  await backUp();
  writeFileSync(join(folder, 'a.txt'), 'changed\n');
  await backUp();
  const { groups } = await client.call('planForget', { repository, policy: { 'keep-last': 1 } });
  expect(groups.map(({ paths, keep, remove }) => [paths, keep.length, remove.length])).toEqual([[[folder], 1, 1]]);
  expect(groups[0]!.keep[0]!.reasons).toContain('last snapshot');
  await client.call('deleteSnapshots', { repository, ids: groups[0]!.remove.map(({ id }) => id) });

  const today = await client.call('prune', { repository, dryRun: true });
  expect([today.freedBytes, today.waitingBytes > 0]).toEqual([0, true]);
  agePacks(disk);
  const planned = await client.call('prune', { repository, dryRun: true });
  expect(planned.waitingBytes).toBe(0);
  expect(planned.freedBytes).toBeGreaterThan(0);
  expect((await client.call('prune', { repository, dryRun: true })).freedBytes).toBe(planned.freedBytes);
  expect((await client.call('prune', { repository, dryRun: false })).problems).toEqual([]);
  expect(restic(disk, ['check', '--read-data'])).toContain('no errors were found');
  await expect(client.call('planForget', { repository, policy: {} })).rejects.toMatchObject({ code: 'usage' });
});

describe('a mirror below a target', () => {
  beforeEach(() => mkdirSync(join(root, 'copies')));

  const mirror = async (destination: string, dated?: { keep?: number }) => {
    const preview = await client.call('planMirror', { source, destination, ...(dated && { dated }) });
    return { preview, report: await client.call('executeMirror', { planId: preview.planId, force: false }) };
  };

  test('deletes what is gone, is told of, and is verified', async () => {
    const place = join(root, 'copies');
    const destination = join(place, 'project');
    await expect(client.call('verifyFolder', { folder: root })).rejects.toMatchObject({ code: 'file-not-found' });
    expect((await mirror(destination)).report).toMatchObject({ copied: 2, deleted: 0 });
    rmSync(join(folder, 'b.txt'));
    const { preview, report } = await mirror(destination);
    expect(preview.lines[0]).toMatchObject({ action: 'delete', path: 'b.txt' });
    expect(report).toMatchObject({ copied: 0, deleted: 1 });
    expect(existsSync(join(destination, 'b.txt'))).toBe(false);
    expect(await client.call('folderTargetInfo', { folder: place })).toMatchObject({ copies: 1, isCutOff: false });
    expect(await client.call('probeLocation', { location: place, folders: [] })).toMatchObject({ kind: 'mirror' });
    expect(await client.call('verifyFolder', { folder: place })).toMatchObject({ isGood: true, good: 1 });
    writeFileSync(join(destination, 'a.txt'), 'bad\n');
    expect(await client.call('verifyFolder', { folder: place })).toMatchObject({
      isGood: false,
      findings: [{ kind: 'corrupt', path: 'project/a.txt' }],
    });
  });

  test('has a name of its own beside the copy of another project', async () => {
    const destination = join(root, 'copies', 'project');
    const other = { ...source, folder: join(root, 'elsewhere', 'project') };
    mkdirSync(other.folder, { recursive: true });
    writeFileSync(join(other.folder, 'a.txt'), 'other\n');
    await mirror(destination);
    const preview = await client.call('planMirror', { source: other, destination, mayRename: true });
    expect(preview).toMatchObject({ destination: `${destination}-2`, totals: { copyNew: 1, delete: 0 } });
    expect(preview.needsForce).toBeUndefined();
    const told = [
      expect.stringContaining(`${destination} is the copy of ${source.folder}, so ${other.folder} goes to `),
    ];
    expect(preview.notices).toEqual(told);
    const report = await client.call('executeMirror', { planId: preview.planId, force: false });
    expect(report.notices).toEqual(told);
    const own = await client.call('planMirror', { source, destination, mayRename: true });
    expect(own).toMatchObject({ destination, notices: [] });
    // A name that a person has given is kept.
    const { needsForce } = await client.call('planMirror', { source: other, destination });
    expect(needsForce).toContain('is the copy of');
  });

  test('is not made by a plan that was used or dropped', async () => {
    const { preview } = await mirror(join(root, 'copy'));
    await expect(client.call('executeMirror', { planId: preview.planId, force: false })).rejects.toMatchObject({
      code: 'refused',
    });
  });

  test('is dated', async () => {
    const { report } = await mirror(join(root, 'copies', 'project'), { keep: 2 });
    expect(report.name).toMatch(/^\d{8}-\d{6}$/);
    expect(await client.call('folderTargetInfo', { folder: join(root, 'copies') })).toMatchObject({ copies: 1 });
  });
});

test('finds files that are there twice', async () => {
  writeFileSync(join(folder, 'c.txt'), 'one\n');
  const found = await client.call('findDuplicates', { folders: [folder], rules: source.rules, limit: 10 });
  expect(found).toMatchObject({
    sets: [{ size: 4, wasted: 4, paths: [join(folder, 'a.txt'), join(folder, 'c.txt')] }],
    duplicateFiles: 1,
    files: 3,
  });
});
