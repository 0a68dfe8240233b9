import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../../../src/backend/backend.ts';
import { plainAccess, storageAt } from '../../../../src/base/storageAccess.ts';
import { openBare } from '../../../helpers/openBare.ts';
import { refusal, startRecordingServer, type PlannedAnswer, type RecordedRequest } from './recordingServer.ts';

const environment = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-5K', AWS_REGION: 'eu-test-1' };
const content = Buffer.from('content');
const name = createHash('sha256').update(content).digest('hex');
const pack: FileHandle = { type: 'pack', name };
const config: FileHandle = { type: 'config', name: '' };

interface Setting {
  readonly place?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function serve(
  answer: (request: RecordedRequest) => PlannedAnswer,
  { place = 'bucket', options = {}, env = environment }: Setting = {},
) {
  const server = await startRecordingServer(answer);
  const backend: Backend = openBare(
    storageAt(`s3:${server.endpoint}/${place}`, { ...plainAccess, environment: env, options }),
  );
  return { ...server, backend };
}

const emptyList: PlannedAnswer = { body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>' };

describe('a request', () => {
  test('carries what the server checks: the signature, and the hashes of the content', async () => {
    const env = { ...environment, AWS_SESSION_TOKEN: 'token-8J' };
    const { backend, requests, endpoint } = await serve(() => ({}), { place: 'bucket/deep/path', env });
    await backend.save(pack, [content.subarray(0, 3), content.subarray(3)]);
    expect(requests).toMatchObject([
      {
        method: 'PUT',
        url: `/bucket/deep/path/data/${name.slice(0, 2)}/${name}`,
        body: content,
        headers: {
          host: endpoint.replace('http://', ''),
          'content-length': '7',
          'content-type': 'application/octet-stream',
          'content-md5': createHash('md5').update(content).digest('base64'),
          'x-amz-content-sha256': name,
          'x-amz-security-token': 'token-8J',
        },
      },
    ]);
    expect(requests[0]!.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-test-1\/s3\/aws4_request, SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
    expect(requests[0]!.headers['transfer-encoding']).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['http://storage.example:9000', 'dns', 'http://bucket.storage.example:9000'],
    ['http://storage.example', 'auto', 'http://storage.example/bucket'],
    ['http://s3.eu-test-1.amazonaws.com', 'auto', 'http://bucket.s3.eu-test-1.amazonaws.com'],
    ['http://s3.amazonaws.com', 'path', 'http://s3.eu-test-1.amazonaws.com/bucket'],
  ])('to a bucket of %s goes by %s to %s', async (endpoint, lookup, address) => {
    const { endpoint: proxy, requests } = await startRecordingServer(() => emptyList);
    const access = { ...plainAccess, environment, options: { 's3.bucket-lookup': lookup }, proxy };
    const backend = openBare(storageAt(`s3:${endpoint}/bucket/p`, access));
    await backend.list('snapshot');
    await backend.remove(pack);
    await backend.close();
    expect(requests.map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
      address.endsWith('/bucket') ? address : `${address}/`,
      `${address}/p/data/${name.slice(0, 2)}/${name}`,
    ]);
    expect(requests[0]!.headers.host).toBe(new URL(address).host);
  });

  test('is not signed where nobody asks who we are', async () => {
    const options = { 's3.unsafe-anonymous-auth': 'true' };
    const { backend, requests } = await serve(() => emptyList, { options, env: {} });
    await backend.list('index');
    expect(requests[0]!.headers.authorization).toBeUndefined();
  });

  test('is not sent without keys', async () => {
    const { backend, requests } = await serve(() => emptyList, { env: { HOME: '/nonexistent' } });
    await expect(backend.list('index')).rejects.toMatchObject({ code: 'permission-denied' });
    expect(requests).toEqual([]);
  });
});

describe('the storage class', () => {
  const classOf = async (storageClass: string, handle: FileHandle) => {
    const answer = ({ method }: RecordedRequest) => (method === 'PUT' ? {} : refusal(404, 'NoSuchKey'));
    const { backend, requests } = await serve(answer, { options: { 's3.storage-class': storageClass } });
    await backend.save(handle, [content]);
    return requests.find(({ method }) => method === 'PUT')!.headers['x-amz-storage-class'];
  };

  test('is that of all files', async () => {
    for (const handle of [pack, config, { type: 'key', name } as const])
      expect(await classOf('STANDARD_IA', handle)).toBe('STANDARD_IA');
  });

  test('is that of contents alone if nothing can be read from it at once', async () => {
    expect(await classOf('DEEP_ARCHIVE', { ...pack, holds: 'contents' })).toBe('DEEP_ARCHIVE');
    for (const handle of [pack, { ...pack, holds: 'trees' } as const, config, { type: 'index', name } as const])
      expect(await classOf('GLACIER', handle)).toBeUndefined();
  });
});

describe('a config', () => {
  const saveConfig = async (...answers: PlannedAnswer[]) => {
    const { backend, requests } = await serve(() => answers.shift() ?? { body: 'unexpected' });
    const end = await backend.save(config, [content]).then(
      () => 'stored',
      (error: { code: string }) => error.code,
    );
    return [end, ...requests.map(({ method, headers }) => `${method} ${headers['if-none-match'] ?? ''}`)];
  };
  const missing = [refusal(404, ''), refusal(404, 'NoSuchKey')];

  test('is stored only if there is none', async () => {
    expect(await saveConfig(...missing, {})).toEqual(['stored', 'HEAD ', 'GET ', 'PUT *']);
    const there = { headers: { 'content-length': '9' } };
    expect(await saveConfig(there, { body: 'of others' })).toEqual(['repository-exists', 'HEAD ', 'GET ']);
  });

  test('that is there is ours when it has the same content, since an answer may get lost', async () => {
    const ours = { body: content.toString() };
    expect(await saveConfig({ headers: { 'content-length': '7' } }, ours)).toEqual(['stored', 'HEAD ', 'GET ']);
    const resent = await saveConfig(...missing, refusal(412, 'PreconditionFailed'), ours);
    expect(resent).toEqual(['stored', 'HEAD ', 'GET ', 'PUT *', 'GET ']);
  });

  test('is stored without that where the server does not know it', async () => {
    const end = await saveConfig(...missing, refusal(501, 'NotImplemented'), {});
    expect(end).toEqual(['stored', 'HEAD ', 'GET ', 'PUT *', 'PUT ']);
  });

  test('of another machine, which was faster, stays', async () => {
    const end = await saveConfig(...missing, refusal(412, 'PreconditionFailed'), { body: 'of others' });
    expect(end).toEqual(['repository-exists', 'HEAD ', 'GET ', 'PUT *', 'GET ']);
  });

  test('is not stored where nobody knows whether there is one', async () => {
    expect(await saveConfig(refusal(503, 'SlowDown'))).toEqual(['target-unavailable', 'HEAD ']);
    expect(await saveConfig(refusal(404, ''), { status: 404, body: '<html>' })).toEqual([
      'target-unavailable',
      'HEAD ',
      'GET ',
    ]);
  });
});

describe('the region', () => {
  test.each<[string, PlannedAnswer]>([
    ['a header', { status: 301, headers: { 'x-amz-bucket-region': 'ap-south-2' } }],
    ['another address', { status: 307, headers: { location: 'https://bucket.s3.ap-south-2.amazonaws.com/' } }],
    ['the body', refusal(400, 'AuthorizationHeaderMalformed', '<Region>ap-south-2</Region>')],
  ])('that %s names is asked once, and then always', async (_, answer) => {
    const { backend, requests } = await serve(({ headers }) =>
      headers.authorization?.includes('/ap-south-2/') ? emptyList : answer,
    );
    await backend.list('index');
    await backend.list('index');
    expect(requests.map(({ headers }) => /\/([a-z]+-[a-z]+-\d)\//.exec(headers.authorization!)![1])).toEqual([
      'eu-test-1',
      'ap-south-2',
      'ap-south-2',
    ]);
  });

  test('is not asked for again and again', async () => {
    let count = 0;
    const answer = () => refusal(400, 'AuthorizationHeaderMalformed', `<Region>r-${count++}</Region>`);
    const { backend, requests } = await serve(answer);
    await expect(backend.list('index')).rejects.toMatchObject({ code: 'permission-denied' });
    expect(requests).toHaveLength(2);
  });
});

describe('a bucket', () => {
  const create = async (answers: PlannedAnswer[], env = environment) => {
    const { backend, requests } = await serve(() => answers.shift() ?? {}, { env });
    const error = await backend.create().then(
      () => undefined,
      (reason: { code: string; message: string }) => reason,
    );
    return { error, requests: requests.map(({ method, url, body }) => [method, url, body.toString()]) };
  };
  const missing = refusal(404, 'NoSuchBucket');

  test('is made where there is none, in its region', async () => {
    expect(await create([missing, {}])).toEqual({
      error: undefined,
      requests: [
        ['GET', '/bucket?max-keys=1', ''],
        ['PUT', '/bucket', expect.stringContaining('<LocationConstraint>eu-test-1</LocationConstraint>') as string],
      ],
    });
    const first = await create([missing, {}], { ...environment, AWS_REGION: 'us-east-1' });
    expect(first.requests[1]).toEqual(['PUT', '/bucket', '']);
  });

  test('that is there stays as it is, also if nobody may ask for it', async () => {
    for (const answer of [emptyList, refusal(403, 'AccessDenied')])
      expect(await create([answer])).toMatchObject({ error: undefined, requests: { length: 1 } });
    expect((await create([missing, refusal(409, 'BucketAlreadyOwnedByYou')])).error).toBeUndefined();
  });

  test.each<[string, PlannedAnswer[], string, RegExp]>([
    ['belongs to others', [missing, refusal(409, 'BucketAlreadyExists')], 'permission-denied', /another name/],
    ['may not be made', [missing, refusal(403, 'AccessDenied')], 'permission-denied', /may not make it. Make it by/],
    [
      'has a name that none may have',
      [missing, refusal(400, 'InvalidBucketName')],
      'storage-error',
      /InvalidBucketName/,
    ],
    ['cannot be asked for', [refusal(403, 'InvalidAccessKeyId')], 'permission-denied', /does not know this access key/],
    ['is not S3', [{ status: 404, body: '<html>Not found</html>' }], 'target-unavailable', /no answer of S3/],
  ])('that %s is said so', async (_, answers, code, message) => {
    expect((await create(answers)).error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

describe('a list', () => {
  const page = (inside: string) => ({ body: `<ListBucketResult>${inside}</ListBucketResult>` });

  test('goes on where the server says', async () => {
    const entry = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
    const { backend, requests } = await serve(
      ({ url }) =>
        url.includes('continuation-token')
          ? page(`<IsTruncated>false</IsTruncated>${entry(`p/index/${name}`)}`)
          : page(
              `<IsTruncated>true</IsTruncated><NextContinuationToken>a+b&amp;c=</NextContinuationToken>${entry('p/index/x')}`,
            ),
      { place: 'bucket/p' },
    );
    expect(await backend.list('index')).toEqual([{ name, size: 1 }]);
    expect(requests[1]!.url).toContain('continuation-token=a%2Bb%26c%3D&');
  });

  test.each<[string, PlannedAnswer]>([
    ['is a page for a login', { body: '<html>Please log in</html>' }],
    ['ends in the middle', { body: '<ListBucketResult><IsTruncated>false</IsTruncated><Contents>' }],
    ['does not end', page('<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>')],
  ])('that %s is none', async (_, answer) => {
    const { backend } = await serve(() => answer);
    await expect(backend.list('index')).rejects.toMatchObject({ code: 'storage-error' });
  });

  test('has no packs that lie where none is looked for', async () => {
    const keys = [
      `data/00/${name}`,
      `data/${name}`,
      `data/${name.slice(0, 2)}/x/${name}`,
      `other/data/${name.slice(0, 2)}/${name}`,
    ];
    const entries = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
    const { backend } = await serve(() => page(`<IsTruncated>false</IsTruncated>${entries.join('')}`));
    expect(await backend.list('pack')).toEqual([]);
  });

  test('of many packs is asked for in parts at once', async () => {
    const names = Array.from({ length: 512 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex')).sort();
    const keys = names.map((each) => `data/${each.slice(0, 2)}/${each}`);
    const answer = ({ url }: RecordedRequest) => {
      const query = new URL(url, 'http://host').searchParams;
      const from = Number(query.get('continuation-token') ?? 0);
      const matching = keys.filter((key) => key.startsWith(query.get('prefix')!));
      const rest = matching.length - from > 10 ? `true</IsTruncated><NextContinuationToken>${from + 10}<` : 'false<';
      const entries = matching
        .slice(from, from + 10)
        .map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
      const end = rest === 'false<' ? '/IsTruncated>' : '/NextContinuationToken>';
      return page(`<IsTruncated>${rest}${end}${entries.join('')}`);
    };
    const { backend, requests } = await serve(answer, { options: { 's3.connections': '7' } });
    const listed = await backend.list('pack');
    expect(listed.map((file) => file.name).sort()).toEqual(names);
    expect(new Set(requests.map(({ url }) => /prefix=data%2F(.?)/.exec(url)![1]))).toEqual(
      new Set(['', ...'0123456789abcdef']),
    );
    expect(requests.filter(({ url }) => url.endsWith('prefix=data%2F'))).toHaveLength(1);
  });

  test('of many packs fails as a whole', async () => {
    const full = `<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken><Contents><Key>data/00/x</Key><Size>1</Size></Contents>`;
    const { backend, requests } = await serve(({ url }) =>
      url.endsWith('data%2F') ? page(full) : url.endsWith('data%2F9') ? refusal(403, 'AccessDenied') : emptyList,
    );
    await expect(backend.list('pack')).rejects.toMatchObject({ code: 'permission-denied' });
    expect(requests.length).toBeLessThanOrEqual(17);
  });

  test('of keys in the layout that restic had is refused', async () => {
    const old = page(`<IsTruncated>false</IsTruncated><Contents><Key>key/${name}</Key><Size>1</Size></Contents>`);
    const { backend } = await serve(({ url }) => (url.includes('prefix=key%2F') ? old : emptyList));
    await expect(backend.list('key')).rejects.toMatchObject({ code: 'repository-unsupported' });
  });
});

describe('a part', () => {
  test.each<[string, PlannedAnswer, string]>([
    ['a shorter one', { status: 206, headers: { 'content-range': 'bytes 2-3/4' }, body: 'nt' }, 'repository-damaged'],
    ['another one', { status: 206, headers: { 'content-range': 'bytes 0-2/7' }, body: 'con' }, 'storage-error'],
    ['the whole', { body: 'con' }, 'storage-error'],
    ['none', refusal(416, 'InvalidRange'), 'repository-damaged'],
    ['a longer one', { status: 206, headers: { 'content-range': 'bytes 2-6/7' }, body: 'ntent' }, 'repository-damaged'],
  ])('is not taken for %s', async (_, answer, code) => {
    const { backend, requests } = await serve(() => answer);
    await expect(backend.load(pack, { offset: 2, length: 3 })).rejects.toMatchObject({ code });
    expect(requests[0]!.headers.range).toBe('bytes=2-4');
  });

  test('without an end may be empty', async () => {
    const size = { status: 200, headers: { 'content-length': '7' } };
    const { backend } = await serve(({ method }) => (method === 'HEAD' ? size : refusal(416, 'InvalidRange')));
    expect(await backend.load(pack, { offset: 7 })).toHaveLength(0);
    await expect(backend.load(pack, { offset: 8 })).rejects.toMatchObject({ code: 'repository-damaged' });
  });
});
