import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import type { RestoreTotals } from '../../src/engine/restore/restorePlan.ts';
import type { RestoreResult } from '../../src/engine/restore/restoreRun.ts';
import { blobId } from '../../src/repository/hash.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { bundle } from '../helpers/bundle.ts';
import { Craft } from '../helpers/craftRepository.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createLocalRepository,
  repositoryFile,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { findLeftovers, planFor, restore } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** Changes one byte of a file. */
function spoil(path: string, at: number): void {
  const content = readFileSync(path);
  content[at]! ^= 0xff;
  chmodSync(path, 0o600);
  writeFileSync(path, content);
}

describe('a repository that lost something', () => {
  const contents = ['one', 'two', 'three'].map((text) => Buffer.from(text.repeat(50)));

  async function createCraft() {
    const folder = tempFolder();
    const location = join(folder, 'repository');
    const craft = await Craft.create(location);
    const pack = await craft.pack('data', contents);
    const [one, two, three] = contents.map((content, at) => ({
      name: ['one', 'two', 'three'][at]!,
      content: [blobId(content)],
      size: content.length,
    }));
    await craft.snapshot([one!, three!, two!]);
    const path = repositoryFile(location, 'data', pack);
    return { craft, location, path, destination: join(folder, 'destination') };
  }

  const damages: Record<string, { readonly damage: (path: string) => void; readonly restored: string[] }> = {
    'a spoiled blob': { damage: (path) => spoil(path, 20), restored: ['three', 'two'] },
    'a pack that is cut off': { damage: (path) => truncateSync(path, 100), restored: ['one'] },
    'a missing pack': { damage: (path) => rmSync(path), restored: [] },
  };

  test.each(Object.entries(damages))('%s: the other files are restored', async (_, { damage, restored }) => {
    const { craft, path, destination } = await createCraft();
    damage(path);
    const { result } = await restore(craft.repository, { destination });
    expect(readdirSync(join(destination, 'work'))).toEqual(restored);
    expect(result.problems).toHaveLength(3 - restored.length);
    for (const problem of result.problems) expect(problem.code).toBe('blob-damaged');
  });

  test('what was there before stays', async () => {
    const { craft, path, destination } = await createCraft();
    writeTree(join(destination, 'work'), { one: 'as it was', two: 'as it was' });
    spoil(path, 20);
    const { result } = await restore(craft.repository, { destination });
    expect(result.problems).toMatchObject([{ path: join(destination, 'work/one'), code: 'blob-damaged' }]);
    expect(readFileSync(join(destination, 'work/one'), 'utf8')).toBe('as it was');
    expect(readFileSync(join(destination, 'work/two'), 'utf8')).toBe('two'.repeat(50));
    expect(findLeftovers(destination)).toEqual([]);
  });

  test.each([0, 1])('a blob that lies elsewhere too is taken from there, be pack %i damaged', async (damaged) => {
    const { craft, location, path, destination } = await createCraft();
    const second = await craft.pack('data', [contents[0]!, contents[1]!]);
    spoil([path, repositoryFile(location, 'data', second)][damaged]!, 20);
    const { result } = await restore(craft.repository, { destination });
    expect(result).toMatchObject({ problems: [], files: 3 });
    expect(readFileSync(join(destination, 'work/one'), 'utf8')).toBe('one'.repeat(50));
  });

  test('the names of a file whose first name cannot be restored fail as well', async () => {
    const { craft, path, destination } = await createCraft();
    const shared = { content: [blobId(contents[0]!)], size: contents[0]!.length, inode: 7, deviceId: 1, links: 2 };
    await craft.snapshot([
      { name: 'a', ...shared },
      { name: 'b', ...shared },
    ]);
    spoil(path, 20);
    const { result } = await restore(craft.repository, { destination });
    expect(result.problems.map((problem) => problem.path.slice(-1))).toEqual(['a', 'b']);
    expect(readdirSync(join(destination, 'work'))).toEqual([]);
  });

  test('a repository that is gone ends the restore', async () => {
    const { craft, location, destination } = await createCraft();
    const session = await unlockedSession(craft.repository);
    const plan = await planFor(session, { destination });
    rmSync(location, { recursive: true });
    await expect(executeRestore(session, testCodecs(), plan)).rejects.toMatchObject({ code: 'target-unavailable' });
    expect(findLeftovers(destination)).toEqual([]);
  });
});

describe('a destination that does not take everything', () => {
  let mounted: string | undefined;
  afterEach(() => {
    if (mounted !== undefined) execFileSync('umount', [mounted]);
    mounted = undefined;
  });

  function mount(options: string): string {
    const folder = tempFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    mounted = folder;
    return folder;
  }

  async function createScene() {
    const folder = tempFolder();
    const source = join(folder, 'source');
    writeTree(
      source,
      Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at + 10}`, randomBytes(`f${at}`, 300_000)])),
    );
    const repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [source]);
    return { repository, source };
  }

  test('a full disk ends the restore, without half a file', async () => {
    const { repository, source } = await createScene();
    const destination = mount('size=2m');
    await expect(restore(repository, { destination, folder: source })).rejects.toMatchObject({ code: 'disk-full' });
    expect(findLeftovers(destination)).toEqual([]);
    const names = readdirSync(destination);
    expect(names.length).toBeGreaterThan(2);
    expect(names.length).toBeLessThan(20);
    for (const name of names) {
      expect(readFileSync(join(destination, name)).equals(readFileSync(join(source, name)))).toBe(true);
    }
  });

  test('a read-only file system is said once', async () => {
    const { repository, source } = await createScene();
    const destination = mount('size=2m');
    execFileSync('mount', ['-o', 'remount,ro', destination]);
    await expect(restore(repository, { destination, folder: source })).rejects.toMatchObject({ code: 'read-only' });
    await expect(restore(repository, { destination: join(destination, 'sub') })).rejects.toMatchObject({
      code: 'read-only',
    });
  });

  test('a file where the destination should be', async () => {
    const { repository, source } = await createScene();
    await expect(restore(repository, { destination: join(source, 'f10') })).rejects.toMatchObject({ code: 'usage' });
    if (makesLinks) {
      symlinkSync('loop', join(source, 'loop'));
      await expect(restore(repository, { destination: join(source, 'loop') })).rejects.toMatchObject({ code: 'usage' });
    }
    const below = restore(repository, { destination: join(source, 'f10/sub') });
    await expect(below).rejects.toMatchObject({ code: 'storage-error' });
  });

  test.each([
    ['is linked to its other name', true],
    ['cannot be restored when its other name vanishes', false],
  ])('a hard link whose content is lost %s', async (_, isThere) => {
    const folder = tempFolder();
    const craft = await Craft.create(join(folder, 'repository'));
    const name = { content: [blobId(Buffer.from('lost'))], size: 4, inode: 7, deviceId: 1, links: 2 };
    await craft.snapshot([
      { name: 'a', ...name },
      { name: 'b', ...name },
    ]);
    const work = join(folder, 'destination/work');
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, 'a'), 'kept', { mode: 0o644 });
    utimesSync(join(work, 'a'), new Date('2024-05-06T07:08:09Z'), new Date('2024-05-06T07:08:09Z'));
    const session = await unlockedSession(craft.repository);
    const plan = await planFor(session, { destination: join(folder, 'destination') });
    if (!isThere) rmSync(join(work, 'a'));
    const result = await executeRestore(session, testCodecs(), plan, { verify: true });
    if (isThere) {
      expect(result).toMatchObject({ links: 1, files: 0, problems: [] });
      expect(readFileSync(join(work, 'b'), 'utf8')).toBe('kept');
    } else {
      expect(result).toMatchObject({ links: 0, files: 0, problems: [{ path: join(work, 'b'), code: 'blob-missing' }] });
      expect(readdirSync(work)).toEqual([]);
    }
  });

  test('hard links across file systems become files of their own', async () => {
    const folder = tempFolder();
    const craft = await Craft.create(join(folder, 'repository'));
    const content = Buffer.from('linked');
    const name = { content: [await craft.blob('data', content)], size: 6, inode: 7, deviceId: 1, links: 2 };
    await craft.snapshot([
      await craft.folder('a', [{ name: 'f', ...name }]),
      await craft.folder('b', [{ name: 'f', ...name }]),
    ]);
    const destination = mount('size=2m');
    mkdirSync(join(destination, 'work/b'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(destination, 'work/b')]);
    try {
      const { result } = await restore(craft.repository, { destination, verify: true });
      expect(result).toMatchObject({ files: 2, links: 0, problems: [], verified: 2 });
      expect(readFileSync(join(destination, 'work/b/f'), 'utf8')).toBe('linked');
      expect(findLeftovers(destination)).toEqual([]);
    } finally {
      execFileSync('umount', [join(destination, 'work/b')]);
    }
  });

  test('another file system inside is not deleted', async () => {
    const { repository, source } = await createScene();
    const destination = mount('size=9m');
    mkdirSync(join(destination, 'extra/mounted'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(destination, 'extra/mounted')]);
    writeFileSync(join(destination, 'extra/mounted/precious'), 'x');
    try {
      await restore(repository, { destination, folder: source, delete: { isIgnored: () => false } });
      expect(existsSync(join(destination, 'extra/mounted/precious'))).toBe(true);
    } finally {
      execFileSync('umount', [join(destination, 'extra/mounted')]);
    }
  });
});

function listIfThere(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('cancelling', () => {
  let repository: Repository;
  let source: string;
  beforeAll(async () => {
    const folder = tempFolder();
    source = join(folder, 'source');
    writeTree(source, { 'large/file': randomBytes('large', 60_000_000) });
    for (let at = 0; at < 2000; at++) writeTree(source, { [`small/d${at % 10}/f${at}`]: `content ${at}` });
    chmodSync(join(source, 'small/d1'), 0o755);
    repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [source]);
  });

  test.each(['small', 'large'])('while %s files are written leaves no temporary file and no half one', async (part) => {
    const destination = join(tempFolder(), 'destination');
    const abort = new AbortController();
    const running = restore(repository, {
      destination,
      folder: join(source, part),
      signal: abort.signal,
    });
    // Looked for, since a fast machine is done before there is any progress to speak of.
    const first =
      part === 'small' ? () => existsSync(join(destination, 'd9')) : () => listIfThere(destination).length > 0;
    const entries = setInterval(() => first() && abort.abort(), 1);
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    clearInterval(entries);
    expect(findLeftovers(destination)).toEqual([]);
    const files = readdirSync(destination, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((path) => statSync(join(destination, path)).isFile())) {
      expect(statSync(join(destination, file)).size).toBe(statSync(join(source, part, file)).size);
    }
    if (part === 'small') expect(statSync(join(destination, 'd1')).mode).toBe(statSync(join(source, 'small/d1')).mode);
    else expect(existsSync(join(destination, 'file'))).toBe(false);
  });

  test('before anything begins', async () => {
    const destination = join(tempFolder(), 'destination');
    const signal = AbortSignal.abort();
    await expect(restore(repository, { destination, signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(existsSync(destination)).toBe(false);
  });

  test('goes on where it was the next time', async () => {
    const destination = join(tempFolder(), 'destination');
    const abort = new AbortController();
    let files = 0;
    const onEntry = (_path: string, _change: string, type: string) =>
      void (type === 'file' && ++files > 300 && abort.abort());
    const request = { destination, folder: join(source, 'small') };
    await expect(restore(repository, { ...request, signal: abort.signal, onEntry })).rejects.toMatchObject({
      code: 'aborted',
    });
    const { plan, result } = await restore(repository, request);
    expect(plan.totals.unchanged).toBeGreaterThan(300);
    expect(plan.totals.unchanged + result.files).toBe(2000);
  });
});

describe('without being root', () => {
  const nobody = 65534;
  let childFile: string;
  let threadFile: string;
  beforeAll(() => {
    childFile = bundle('test/helpers/restoreChild.ts');
    threadFile = bundle('src/worker/codecThread.ts');
    for (const file of [childFile, threadFile]) chmodSync(join(file, '..'), 0o755);
  });

  /** A repository that anyone may read, and a folder that nobody may write to. */
  async function createScene(prepare: (source: string) => void) {
    const folder = tempFolder();
    chmodSync(folder, 0o755);
    const source = join(folder, 'source');
    mkdirSync(source);
    prepare(source);
    const repository = await createLocalRepository(join(folder, 'repository'));
    await backUp(repository, [source]);
    execFileSync('chmod', ['-R', 'a+rX', join(folder, 'repository')]);
    const destination = join(folder, 'destination');
    mkdirSync(destination);
    chownSync(destination, nobody, nobody);
    return { location: join(folder, 'repository'), source, destination };
  }

  function restoreAsNobody(
    location: string,
    request: object,
  ): { totals: RestoreTotals; result: RestoreResult; error?: { code: string } } {
    const output = execFileSync(process.execPath, [resolve(childFile), location, JSON.stringify(request), threadFile], {
      encoding: 'utf8',
      uid: nobody,
      gid: nobody,
      cwd: '/',
    });
    return JSON.parse(output.trim().split('\n').at(-1)!) as ReturnType<typeof restoreAsNobody>;
  }

  test('owners are left alone, set-id bits of others do not come back, devices are left out', async () => {
    const { location, source, destination } = await createScene((at) => {
      writeTree(at, { own: 'x', other: 'x', plain: 'x' });
      execFileSync('mknod', [join(at, 'null'), 'c', '1', '3']);
      execFileSync('mkfifo', [join(at, 'pipe')]);
      chownSync(join(at, 'own'), nobody, nobody);
      chmodSync(join(at, 'own'), 0o6755);
      chmodSync(join(at, 'other'), 0o6755);
    });
    const { result } = restoreAsNobody(location, { destination, folder: source });
    expect(result.problems).toEqual([]);
    expect(result.skipped).toMatchObject([{ path: join(destination, 'null') }]);
    const modes = ['own', 'other', 'plain'].map((name) =>
      (statSync(join(destination, name)).mode & 0o7777).toString(8),
    );
    expect(modes).toEqual(['6755', '755', '644']);
    expect(statSync(join(destination, 'other')).uid).toBe(nobody);
    expect(statSync(join(destination, 'pipe')).isFIFO()).toBe(true);
    const again = restoreAsNobody(location, { destination, folder: source });
    expect(again.totals).toMatchObject({ create: 0, overwrite: 0, metadata: 0 });
  });

  test('folders and files that may not be written to are restored, in new folders and in old ones', async () => {
    const { location, source, destination } = await createScene((at) => {
      writeTree(at, { 'locked/deep/f': 'x', 'locked/g': 'x' });
      chmodSync(join(at, 'locked/g'), 0o444);
      chmodSync(join(at, 'locked/deep'), 0o555);
      chmodSync(join(at, 'locked'), 0o555);
    });
    const mode = (path: string) => (statSync(join(destination, path)).mode & 0o777).toString(8);
    expect(restoreAsNobody(location, { destination, folder: source }).result.problems).toEqual([]);
    expect([mode('locked'), mode('locked/deep'), mode('locked/g')]).toEqual(['555', '555', '444']);
    rmSync(join(destination, 'locked/deep/f'));
    rmSync(join(destination, 'locked/g'));
    const { result } = restoreAsNobody(location, {
      destination,
      folder: source,
      includePatterns: { patterns: ['f', 'g'] },
    });
    expect(result).toMatchObject({ problems: [], files: 2 });
    expect([mode('locked'), mode('locked/deep'), mode('locked/g')]).toEqual(['555', '555', '444']);
  });

  test('extended attributes of files that may not be written to', async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o755);
    const location = join(folder, 'repository');
    const craft = await Craft.create(location);
    const extendedAttributes = [{ name: 'user.x', value: 'eQ==' }];
    await craft.snapshot([await craft.file('f', 'x', { mode: 0o444, extendedAttributes })]);
    execFileSync('chmod', ['-R', 'a+rX', location]);
    const destination = join(folder, 'destination');
    mkdirSync(destination);
    chownSync(destination, nobody, nobody);
    expect(restoreAsNobody(location, { destination }).result).toMatchObject({ problems: [], warnings: [], files: 1 });
    const path = join(destination, 'work/f');
    expect(
      execFileSync('getfattr', ['--absolute-names', '--only-values', '-n', 'user.x', path], { encoding: 'utf8' }),
    ).toBe('y');
    expect(statSync(path).mode & 0o777).toBe(0o444);
  });

  test('what may not be written to is a problem, and the rest is restored', async () => {
    const { location, source, destination } = await createScene((at) =>
      writeTree(at, { 'a/f': 'x', 'b/f': 'x', 'b/g': 'x' }),
    );
    mkdirSync(join(destination, 'b'));
    const { result } = restoreAsNobody(location, { destination, folder: source });
    expect(result.problems.map(({ path, code }) => [path, code])).toEqual([
      [join(destination, 'b/f'), 'EACCES'],
      [join(destination, 'b/g'), 'EACCES'],
      [join(destination, 'b'), 'EPERM'],
      [join(destination, 'b'), 'EPERM'],
    ]);
    expect(existsSync(join(destination, 'a/f'))).toBe(true);
  });

  test('a destination that cannot be made is said at once', async () => {
    const { location } = await createScene((at) => writeTree(at, { f: 'x' }));
    expect(restoreAsNobody(location, { destination: '/no-such-place' }).error?.code).toBe('permission-denied');
  });

  test('a folder that may be passed but not listed is no hindrance', async () => {
    const { location, source, destination } = await createScene((at) => writeTree(at, { f: 'x' }));
    const inside = join(destination, source);
    mkdirSync(inside, { recursive: true });
    cpSync(join(source, 'f'), join(inside, 'f'));
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, inside]);
    chmodSync(join(inside, '..'), 0o711);
    const { result } = restoreAsNobody(location, { destination, include: [join(source, 'f')] });
    expect(result).toMatchObject({ problems: [], metadata: 1 });
  });
});
