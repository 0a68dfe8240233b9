/** `cairn dump` beside that of the real restic, on the same snapshot; read by `tar` and by Python. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const source = join(top, 'source');
const repository = join(top, 'repository');
const longName =
  'a name that is too long for the first header of an archive, which has room for a hundred bytes '.repeat(2);
let count = 0;

beforeAll(async () => {
  writeTree(source, {
    'a.txt': 'alpha\n',
    'src/main.c': 'int main() {}\n',
    'src/empty.txt': '',
    [`src/${longName}/deep.bin`]: randomBytes('dump', 3_000_000),
    'src/ünïcode "quoted"\n.txt': 'odd\n',
    'src/empty folder': null,
    'src/link': { link: 'main.c' },
    'src/dangling': { link: '../nowhere' },
  });
  chmodSync(join(source, 'src/main.c'), 0o640);
  for (const name of ['a.txt', 'src/main.c']) utimesSync(join(source, name), 1_500_000_000, 1_500_000_000.25);
  await createResticRepository(repository);
  restic(repository, ['backup', source]);
});

function dump(...args: string[]) {
  return cairn(['-r', repository, 'dump', ...args]);
}

/** A new path for an archive. */
function archive(): string {
  return join(top, `archive-${count++}`);
}

function resticDump(...args: string[]): string {
  const file = archive();
  writeFileSync(file, execFileSync('restic', ['-r', repository, '-q', 'dump', ...args], resticOptions()));
  return file;
}

function resticOptions() {
  return { env: { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD }, maxBuffer: 1 << 28 };
}

/** What is in a folder: kinds, modes, sizes, targets of links, and sums of contents. restic rounds times to seconds. */
function describeFolder(folder: string): string {
  const shell = `cd "$1" && find . -mindepth 1 -printf '%p %y %m %s %l\\n' | sort; find . -type f -exec sha256sum {} + | sort`;
  return execFileSync('sh', ['-c', shell, 'sh', folder], { encoding: 'utf8' });
}

function unpackTar(file: string): string {
  const folder = `${file}-unpacked`;
  mkdirSync(folder);
  execFileSync('tar', ['-xpf', file, '-C', folder]);
  return folder;
}

/** What Python finds in a zip archive, checked against its sums. */
function readZip(file: string): unknown {
  const script = `import json, sys, zipfile, hashlib
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps(sorted([i.filename, i.external_attr >> 16 & 0o7777, hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist())))`;
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
}

test('a folder as tar has what that of restic has, to the time of modification', () => {
  const file = archive();
  expect(dump('latest', source, '-t', file)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  const mine = unpackTar(file);
  expect(describeFolder(mine)).toBe(describeFolder(unpackTar(resticDump('latest', source))));
  const modified = execFileSync('stat', ['-c', '%.3Y', join(mine, source, 'a.txt')], { encoding: 'utf8' });
  expect(modified).toBe('1500000000.250\n');
});

test('names of SNAPSHOT:FOLDER begin at that folder', () => {
  const file = archive();
  expect(dump(`latest:${source}/src`, '-t', file).status).toBe(0);
  expect(readdirSync(unpackTar(file)).sort()).toEqual(readdirSync(join(source, 'src')).sort());
  const below = archive();
  expect(dump(`latest:${source}`, '/src', '-t', below).status).toBe(0);
  expect(readdirSync(unpackTar(below))).toEqual(['src']);
});

test('a folder as zip has what that of restic has', () => {
  const file = archive();
  expect(dump('latest', source, '-a', 'zip', '-t', file)).toMatchObject({ status: 0, stderr: '' });
  expect(readZip(file)).toEqual(readZip(resticDump('latest', source, '-a', 'zip')));
});

test('a file is printed as it is', () => {
  expect(dump('latest', join(source, 'a.txt')).stdout).toBe('alpha\n');
  const file = archive();
  expect(dump('latest', `${source}/src/${longName}/deep.bin`, '-t', file).status).toBe(0);
  expect(readFileSync(file).equals(randomBytes('dump', 3_000_000))).toBe(true);
});

test('what archives cannot hold is named and left out, and the exit code says so', () => {
  const odd = join(top, 'odd');
  writeTree(odd, { 'raw\udcff.bin': 'r', 'back\\slash': 'b', 'plain.txt': 'p' });
  execFileSync('mkfifo', [join(odd, 'pipe')]);
  restic(repository, ['backup', odd, '--tag', 'odd']);
  const [tar, zip] = [archive(), archive()];
  const asTar = dump('latest', odd, '--tag', 'odd', '-t', tar);
  expect(asTar.status).toBe(3);
  expect(asTar.stderr).toMatch(/raw.*\.bin: It was left out: .*UTF-8/);
  expect(asTar.stderr).toMatch(/pipe: It was left out: archives are not for devices/);
  expect(readdirSync(join(unpackTar(tar), odd)).sort()).toEqual(['back\\slash', 'plain.txt']);
  const asZip = dump('latest', odd, '--tag', 'odd', '-a', 'zip', '-t', zip);
  expect(asZip.status).toBe(3);
  expect(asZip.stderr).toContain('back\\slash: It was left out: a zip archive holds no name with a backslash.');
  expect(JSON.stringify(readZip(zip))).toContain('plain.txt');
});

test('an archive that cannot be whole leaves the file as it was', () => {
  const file = archive();
  writeFileSync(file, 'before');
  const packs = readdirSync(join(repository, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const pack of packs) {
    chmodSync(pack, 0o600);
    truncateSync(pack, 40);
  }
  for (const format of ['tar', 'zip']) {
    const { status, stderr } = dump('latest', source, '-a', format, '-t', file, '--no-cache');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^cairn: /);
    expect(readFileSync(file, 'utf8')).toBe('before');
  }
  expect(readdirSync(top).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(existsSync(file)).toBe(true);
});
