import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { whyNotHere } from '../../src/disk/names.ts';
import { randomBytes, type seededRandom } from './random.ts';
import { removeTree } from './tempFolder.ts';

type Random = ReturnType<typeof seededRandom>;

const names = ['a', 'b', 'c', 'd e', 'ü', '.hidden', 'new\nline', 'x\udcff', '-n', 'quote\'"', 'Z'].filter(isPossible);
const targets = ['a', '../b', '/nowhere', 'x\udcff'].filter((target) => target.includes('/') || isPossible(target));

function isPossible(name: string): boolean {
  return whyNotHere(name) === undefined;
}

/** All that is below a folder, links not followed; relative paths, folders before what is in them. */
function listPaths(root: string, below = ''): { path: string; kind: 'file' | 'dir' | 'symlink' }[] {
  const found: { path: string; kind: 'file' | 'dir' | 'symlink' }[] = [];
  const names = readdirSync(toFsPath(join(root, below)), { encoding: 'buffer' }).map(decodeRaw);
  for (const name of names.sort(compareRaw)) {
    const path = join(below, name);
    const stats = lstatSync(toFsPath(join(root, path)));
    const kind = stats.isDirectory() ? 'dir' : stats.isSymbolicLink() ? 'symlink' : 'file';
    found.push({ path, kind });
    if (kind === 'dir') found.push(...listPaths(root, path));
  }
  return found;
}

/** Does `count` random things to a tree: what people, editors and builds do to files. It is not empty then. */
export function editRandomly(root: string, random: Random, count: number): void {
  mkdirSync(root, { recursive: true });
  for (let number = 0; number < count; number++) {
    const all = listPaths(root);
    const folders = ['', ...all.filter(({ kind }) => kind === 'dir').map(({ path }) => path)];
    const files = all.filter(({ kind }) => kind === 'file').map(({ path }) => path);
    const place = join(root, random.pick(folders), random.pick(names));
    edit(
      place,
      files.length > 0 ? join(root, random.pick(files)) : undefined,
      join(root, random.pick(all)?.path ?? 'a'),
      random,
    );
  }
  if (readdirSync(root).length === 0) writeFileSync(join(root, 'a'), '');
}

function edit(place: string, file: string | undefined, any: string, random: Random): void {
  const at = toFsPath(place);
  const isFree = lstatSync(at, { throwIfNoEntry: false }) === undefined;
  const anyThere = lstatSync(toFsPath(any), { throwIfNoEntry: false });
  const actions: Record<string, () => void> = {
    create: () => isFree && writeFileSync(at, newContent(random)),
    folder: () => isFree && mkdirSync(at),
    link: () => isFree && symlinkSync(random.pick(targets), at),
    hardLink: () => isFree && file && linkSync(toFsPath(file), at),
    overwrite: () => file && writeFileSync(toFsPath(file), newContent(random)),
    append: () => file && appendFileSync(toFsPath(file), 'more'),
    replace: () => {
      // As editors save: a new file under the old name.
      if (!file) return;
      const temporary = `${file}~`;
      writeFileSync(toFsPath(temporary), newContent(random));
      renameSync(toFsPath(temporary), toFsPath(file));
    },
    disguise: () => file && changeUnseen(toFsPath(file)),
    touch: () => file && utimesSync(toFsPath(file), 1, 1_500_000_000 + random.below(1e8) + random.next()),
    mode: () =>
      anyThere &&
      !anyThere.isSymbolicLink() &&
      chmodSync(toFsPath(any), random.pick([0o755, 0o700, 0o644, 0o640, 0o777])),
    remove: () => anyThere && removeAny(any),
    become: () => {
      // A file where a folder was, and the other way round.
      if (!anyThere) return;
      removeAny(any);
      if (anyThere.isDirectory()) writeFileSync(toFsPath(any), newContent(random));
      else mkdirSync(toFsPath(any));
    },
    rename: () => isFree && anyThere && !(place + sep).startsWith(any + sep) && renameSync(toFsPath(any), at),
  };
  const weights = ['create', 'create', 'create', 'create', 'folder', 'folder', ...Object.keys(actions)];
  actions[random.pick(weights)]!();
}

function newContent(random: Random): Buffer {
  const size = random.pick([0, 1, 10, 10, 10, 1000, 1000, 70_000, random.below(300_000)]);
  const content = Buffer.from(randomBytes(String(random.below(40)), size));
  // Some holes.
  if (size > 150_000) content.fill(0, 4096, 140_000);
  return content;
}

/** Other content of the same size, with the old times put back. */
function changeUnseen(file: string | Buffer): void {
  const content = readFileSync(file);
  if (content.length === 0) return;
  const { atimeMs, mtimeMs } = lstatSync(file);
  content[0]! ^= 1;
  writeFileSync(file, content);
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000);
}

function removeAny(path: string): void {
  const at = toFsPath(path);
  if (!lstatSync(at).isDirectory()) unlinkSync(at);
  else if (typeof at === 'string' && existsSync(at)) removeTree(at);
  else rmSync(at, { recursive: true, force: true });
}
