import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Backend, FileHandle } from '../../src/backend/backend.ts';
import { plainAccess, storageAt } from '../../src/base/storageAccess.ts';
import { openBare } from '../helpers/openBare.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startSwift, type Swift, type SwiftUser } from '../servers/swift.ts';
import { SWIFT_PAGE } from '../servers/swiftConfig.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

// Each of three nodes makes what it stores durable, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

let swift: Swift;

beforeAll(async () => {
  swift = await startSwift(tempFolder());
});

afterAll(() => swift.stop());

interface Opening {
  readonly user?: SwiftUser;
  readonly options?: Readonly<Record<string, string>>;
}

function openS3(place: string, { user = swift.owner, options = {} }: Opening = {}): Backend {
  const environment = { AWS_ACCESS_KEY_ID: user.accessKeyId, AWS_SECRET_ACCESS_KEY: user.secretAccessKey };
  return openBare(storageAt(`s3:${swift.endpoint}/${place}`, { ...plainAccess, environment, options }));
}

const open = async (place: string, opening?: Opening) => ({ backend: openS3(place, opening), dispose: async () => {} });

checkBackend('S3 on OpenStack Swift, below an odd prefix', () => open("suite/a b/ä+'(%2541)&<x>!~*/r"));

const config: FileHandle = { type: 'config', name: '' };
const failing = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

async function withBackend(place: string, opening: Opening, use: (backend: Backend) => Promise<void>): Promise<void> {
  const backend = openS3(place, opening);
  try {
    await use(backend);
  } finally {
    await backend.close();
  }
}

describe('the store', () => {
  test('checks what it gets: content that is not that of its name is refused', async () => {
    await withBackend('checked', {}, async (backend) => {
      await backend.create();
      const handle: FileHandle = { type: 'pack', name: nameOf(Buffer.from('other')) };
      await expect(backend.save(handle, [Buffer.from('content')])).rejects.toMatchObject({ mayPass: true });
      await expect(backend.stat(handle)).rejects.toMatchObject({ code: 'file-not-found' });
    });
  });

  test('is asked again for the region that it names', async () => {
    await withBackend('region', { options: { 's3.region': 'eu-elsewhere-9' } }, async (backend) => {
      await expect(backend.stat(config)).rejects.toEqual(failing('target-unavailable', /bucket .* is not there/));
      await backend.create();
      await expect(backend.stat(config)).rejects.toMatchObject({ code: 'file-not-found' });
    });
  });

  test('says who may not', async () => {
    await withBackend('rights', {}, (backend) => backend.create());
    await withBackend('rights', { user: swift.stranger }, async (backend) => {
      await expect(backend.load(config)).rejects.toEqual(failing('permission-denied', /AccessDenied/));
      await expect(backend.stat(config)).rejects.toEqual(failing('permission-denied', /AccessDenied/));
      await expect(backend.list('key')).rejects.toEqual(failing('permission-denied', /keys .*listed \(AccessDenied/));
      await expect(backend.remove(config)).rejects.toEqual(failing('permission-denied', /forbids removing/));
    });
    const wrong = { accessKeyId: swift.owner.accessKeyId, secretAccessKey: 'wrong-secret-1X' };
    await withBackend('rights', { user: wrong }, async (backend) => {
      const calls = [
        () => backend.create(),
        () => backend.load(config),
        () => backend.stat(config),
        () => backend.list('pack'),
      ];
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (reason: Error) => reason,
        );
        expect(error).toEqual(failing('permission-denied', /SignatureDoesNotMatch.*Check AWS_ACCESS_KEY_ID/));
        expect(JSON.stringify(error) + String(error)).not.toMatch(/wrong-secret|test:owner/);
      }
    });
  });

  test('has no such bucket', async () => {
    await withBackend('nothing-here', {}, async (backend) => {
      const missing: unknown = expect.objectContaining({
        code: 'target-unavailable',
        details: expect.objectContaining({ reason: 'folder-missing' }) as object,
      });
      const pack: FileHandle = { type: 'pack', name: nameOf(Buffer.from('x')) };
      await expect(backend.stat(config)).rejects.toEqual(missing);
      await expect(backend.load(config)).rejects.toEqual(missing);
      await expect(backend.list('pack')).rejects.toEqual(missing);
      await expect(backend.remove(config)).rejects.toEqual(missing);
      await expect(backend.save(config, [Buffer.from('x')])).rejects.toEqual(missing);
      await expect(backend.save(pack, [Buffer.from('x')])).rejects.toEqual(missing);
    });
  });

  test.each(['false', 'true'])('lists page by page, with list-objects-v1=%s', async (isV1) => {
    await withBackend(`pages/${isV1}`, { options: { 's3.list-objects-v1': isV1 } }, async (backend) => {
      await backend.create();
      const contents = Array.from({ length: SWIFT_PAGE + 1 }, (_, i) => Buffer.from(`${i}`));
      await Promise.all(contents.map((content) => backend.save({ type: 'lock', name: nameOf(content) }, [content])));
      const listed = await backend.list('lock');
      expect(listed.map(({ name }) => name).sort()).toEqual(contents.map(nameOf).sort());
      for (const { modified } of listed) expect(modified! / 3_600_000).toBeCloseTo(Date.now() / 3_600_000, 0);
    });
  });
});

test('what has no name of ours is not listed', async () => {
  await withBackend('strange/r', {}, (backend) => backend.create());
  await withBackend('strange/r/keys', {}, async (backend) => {
    const content = Buffer.from('below');
    await backend.save({ type: 'pack', name: nameOf(content) }, [content]);
  });
  await withBackend('strange/r', {}, async (backend) => {
    expect(await backend.list('key')).toEqual([]);
  });
});
