import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import { agePacks } from '../../helpers/agePacks.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { restic } from '../../helpers/restic.ts';
import { readFileSync } from 'node:fs';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let folder: string;
let data: string;

beforeEach(() => {
  const home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a'), 'a');
  client = newEngineClient();
});

afterEach(() => client.close());

const repository = {};

async function backUp(options: Partial<BackupRequest>, where = folder): Promise<string> {
  appendFileSync(join(where, 'a'), 'a');
  const { snapshot } = await client.call('backup', {
    repository,
    source: sourceOf(where),
    trigger: 'manual',
    scan: 'full',
    programVersion: 'cairn test',
    ...options,
  });
  return snapshot!.id;
}

async function list(): Promise<string[]> {
  const { rows } = await client.call('listSnapshots', { repository, limit: 100 });
  return rows.map(({ id }) => id).reverse();
}

describe('retention', () => {
  test('takes automatic snapshots of the folder alone', async () => {
    const other = `${folder}-other`;
    mkdirSync(other);
    const kept = [await backUp({})];
    const commit = { trigger: 'commit', label: 'Subject', commit: 'abc1234' } as const;
    for (const change of [{ label: 'Works' }, { keep: true }]) {
      const ids = [await backUp(commit)];
      kept.push((await client.call('tagSnapshots', { repository, ids, ...change })).rows[0]!.id);
    }
    kept.push(await backUp({ trigger: 'save' }, other));
    const labelled = await backUp({ trigger: 'save' });
    const { rows } = await client.call('tagSnapshots', { repository, ids: [labelled], label: 'Mine' });
    kept.push(rows[0]!.id);
    const gone = [
      await backUp({ trigger: 'save' }),
      await backUp({ trigger: 'schedule' }),
      await backUp(commit),
      await backUp({ trigger: 'restore', label: 'before a restore' }),
    ];
    kept.push(await backUp({ trigger: 'save' }));
    const { removed } = await client.call('applyRetention', { repository, folder, policy: { 'keep-last': 1 } });
    // The oldest that a counter reaches stays, too.
    expect([...removed].sort()).toEqual([...gone].sort());
    expect(await list()).toEqual(kept);
    expect(await client.call('applyRetention', { repository, folder, policy: { 'keep-last': 1 } })).toEqual({
      removed: [],
    });
  });

  test.each([[{}], [{ 'keep-everything': 1 }], [{ 'keep-last': 'few' }], [{ 'keep-within-last': '1d' }]])(
    'refuses the policy %j',
    async (policy) => {
      await backUp({});
      await expect(client.call('applyRetention', { repository, folder, policy })).rejects.toMatchObject({
        code: 'usage',
      });
    },
  );
});

describe('upkeep', () => {
  test('prunes when it is worth it', async () => {
    writeFileSync(join(folder, 'large'), randomBytes(60_000_000));
    const first = await backUp({});
    rmSync(join(folder, 'large'));
    await backUp({});
    expect(await client.call('maintain', { repository })).toMatchObject({ isPruned: false });
    await client.call('deleteSnapshots', { repository, ids: [first] });
    // Somebody without locks may be about to use what was stored today.
    expect(await client.call('maintain', { repository })).toMatchObject({ isPruned: false });
    agePacks(join(data, 'repository'));
    const { isPruned, bytesFreed } = await client.call('maintain', { repository });
    expect(isPruned).toBe(true);
    expect(bytesFreed).toBeGreaterThan(59_000_000);
    expect(await client.call('maintain', { repository })).toMatchObject({ isPruned: false });
    const password = readFileSync(join(data, 'password'), 'utf8').trim();
    restic(join(data, 'repository'), ['check', '--read-data'], { password });
    await backUp({ trigger: 'save' });
  });
});
