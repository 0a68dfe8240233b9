import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Target } from '../../../../src/extension/targets/targetStore.ts';
import { shownLocation, TargetStore } from '../../../../src/extension/targets/targetStore.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

/** What the editor keeps: its settings by whole name, and its secrets. */
const kept = vi.hoisted(() => ({ settings: new Map<string, unknown>(), secrets: new Map<string, string>() }));

vi.mock('vscode', async () => {
  const { vscodeStub } = await import('../../../helpers/vscodeStub.ts');
  const listeners = { event: () => ({ dispose: () => {} }), fire: () => {}, dispose: () => {} };
  return {
    ...vscodeStub,
    EventEmitter: function () {
      return listeners;
    },
    Disposable: { from: () => listeners },
    ConfigurationTarget: { Global: 1 },
    workspace: {
      onDidChangeConfiguration: listeners.event,
      getConfiguration: (section: string) => ({
        get: (name: string) => kept.settings.get(`${section}.${name}`) ?? (name === 'targets' ? [] : ''),
        inspect: (name: string) => ({ globalValue: kept.settings.get(`${section}.${name}`), workspaceValue: 'evil' }),
        update: async (name: string, value: unknown) => void kept.settings.set(`${section}.${name}`, value),
      }),
    },
  };
});

const secrets = {
  get: async (key: string) => kept.secrets.get(key),
  store: async (key: string, text: string) => void kept.secrets.set(key, text),
  delete: async (key: string) => void kept.secrets.delete(key),
  keys: async () => [...kept.secrets.keys()],
  onDidChange: () => ({ dispose: () => {} }),
};

let store: TargetStore;
afterEach(() => vi.unstubAllEnvs());
beforeEach(() => {
  kept.settings.clear();
  kept.secrets.clear();
  store = new TargetStore({ secrets }, { call: () => Promise.reject(new Error('it was asked')) });
});

const target = (more: Partial<Target>): Target => ({ id: 'abcd', name: 'It', kind: 'repository', ...more });

test('a folder is opened without anything else', async () => {
  const disk = target({ location: '/disk' });
  await store.save(disk, { password: 'secret' });
  expect(await store.repositoryRef(disk)).toEqual({
    location: '/disk',
    password: { from: 'text', text: 'secret' },
    guard: 'off',
  });
  expect(await store.repositoryRef(store.list()[0]!)).toEqual({ guard: 'off' });
});

test('repositories are guarded as the settings say', async () => {
  kept.settings.set('cairn.guard.enabled', true).set('cairn.guard.delay', 2);
  expect(await store.repositoryRef(store.list()[0]!)).toEqual({ guard: { delay: 2 * 86_400_000 } });
});

test('storage elsewhere is reached by the environment, its credentials, options, certificates and the proxy', async () => {
  const cacert = join(tempFolder(), 'ca.pem');
  writeFileSync(cacert, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
  const bucket = target({ location: 's3:https://host/bucket', options: { 's3.region': 'eu-1' }, cacert });
  const credentials = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hush' };
  await store.save(bucket, { password: 'secret', credentials });
  kept.settings.set('http.proxy', 'http://proxy:3128');
  vi.stubEnv('CAIRN_TEST_VARIABLE', 'here');
  expect(JSON.stringify([...kept.settings])).not.toMatch(/hush|secret/);
  const { access } = await store.repositoryRef(bucket, { isAwaited: false });
  expect(access).toMatchObject({ options: { 's3.region': 'eu-1' }, isAwaited: false, mayAsk: false });
  expect(access!.environment).toMatchObject({
    ...{ ...credentials, CAIRN_TEST_VARIABLE: 'here', HTTPS_PROXY: 'http://proxy:3128' },
  });
  expect(access!.tls.authorities).toHaveLength(1);
  await expect(store.repositoryRef({ ...bucket, cacert: '/no/such/file' })).rejects.toMatchObject({ code: 'usage' });
  await store.remove(bucket);
  expect([...kept.secrets]).toEqual([]);
});

test('a replica has the password of its source, until that is removed', async () => {
  const first = target({ id: 'aaaa', location: '/first' });
  const second = target({ id: 'bbbb', location: '/second', replicaOf: 'aaaa' });
  for (const each of [first, second]) await store.save(each);
  await expect(store.repositoryRef(second, { ask: false })).rejects.toMatchObject({ code: 'password-missing' });
  expect(store.isPasswordAsked(second)).toBe(true);
  await store.save(first, { password: 'secret' });
  const opened = { location: '/second', password: { from: 'text', text: 'secret' }, guard: 'off' };
  expect(await store.repositoryRef(second)).toEqual(opened);
  await store.remove(first);
  expect(await store.repositoryRef(second)).toEqual(opened);
});

test('a replica of the default repository, and one whose source is gone', async () => {
  const ofDefault = target({ id: 'dddd', location: '/fourth', replicaOf: '' });
  expect(await store.repositoryRef(ofDefault)).toEqual({
    location: '/fourth',
    password: { from: 'default' },
    guard: 'off',
  });
  expect(store.isPasswordAsked(ofDefault)).toBe(false);
  const orphan = target({ id: 'aaaa', location: '/x', replicaOf: 'gone' });
  await expect(store.repositoryRef(orphan, { ask: false })).rejects.toThrow(/no password for It/);
  const loop = target({ id: 'bbbb', location: '/y', replicaOf: 'bbbb' });
  await expect(store.repositoryRef(loop, { ask: false })).rejects.toThrow(/no password for It/);
});

test('a location is shown without what is secret', () => {
  expect(shownLocation({ location: 'rest:https://me:hush@host/x' })).toBe('rest:https://me:***@host/x/');
  expect(shownLocation({ location: '/disk' })).toBe('/disk');
  expect(shownLocation({})).toBeUndefined();
});
