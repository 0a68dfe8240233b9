import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Names that a person may well have on Windows, and that a program may well stumble over. */
export const oddNames = [
  'space in the name.txt',
  ' space before.txt',
  'ünïcödé.txt',
  // Two names, though they look alike.
  'composed \u00e9.txt',
  'composed e\u0301.txt',
  'emoji 😀.txt',
  'עברית.txt',
  '日本語.txt',
  'no\u00a0break.txt',
  'zero\u200bwidth.txt',
  '.leading',
  '..two',
  'a.b.c',
  '-dash',
  '--force',
  "quote's.txt",
  'per%cent %PATH%.txt',
  'and & or.txt',
  'bang!.txt',
  'round (1).txt',
  'square [a-z].txt',
  'curly {a,b}.txt',
  '#hash',
  '$HOME',
  '`tick`',
  '^caret',
  '~1',
  '@at',
  'semi;comma,plus+equals=.txt',
  'CONfused.txt',
  'x'.repeat(255),
] as const;

export interface TreeFacts {
  readonly files: number;
  readonly longestPath: number;
}

/** Makes a tree of `files` files and all that is odd; `longest` is how long a path in it may be, in characters. */
export function makeTree(root: string, { files, longest }: { files: number; longest: number }): TreeFacts {
  const odd = join(root, 'odd names');
  mkdirSync(odd, { recursive: true });
  for (const name of oddNames) writeFileSync(join(odd, name), `this is ${name}`);
  const deep = makeDeep(join(root, 'deep'), longest);
  mkdirSync(join(root, 'empty/within'), { recursive: true });
  const special = join(root, 'special');
  mkdirSync(special);
  writeFileSync(join(special, 'nothing'), '');
  writeFileSync(join(special, 'large.bin'), noise('large', 3_000_000));
  writeFileSync(join(special, 'copy of large.bin'), noise('large', 3_000_000));
  writeFileSync(join(special, 'name one'), 'one file by two names');
  linkSync(join(special, 'name one'), join(special, 'name two'));
  writeFileSync(join(special, 'read only.txt'), 'not to be written');
  utimesSync(join(special, 'read only.txt'), 1_234_567_890.125, 1_234_567_890.125);
  chmodSync(join(special, 'read only.txt'), 0o444);
  const rest = files - oddNames.length - deep.files - 6;
  for (let at = 0; at < rest; at++) {
    const folder = join(root, 'many', `folder ${at % 50}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file ${at}.txt`), `content of ${at}\n`.repeat((at % 40) + 1));
    // A part of the files is old, and some times have fractions.
    if (at % 3 === 0) utimesSync(join(folder, `file ${at}.txt`), at, 1_500_000_000 + at + 0.25);
  }
  return { files, longestPath: deep.longestPath };
}

function makeDeep(top: string, longest: number): { files: number; longestPath: number } {
  let [folder, files] = [top, 0];
  while (folder.length + 110 < longest) {
    folder = join(folder, 'd'.repeat(100));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'file'), `at ${folder.length}`);
    files++;
  }
  return { files, longestPath: join(folder, 'file').length };
}

/** Bytes that do not repeat and do not compress, the same for the same name. */
function noise(name: string, size: number): Buffer {
  const parts = Array.from({ length: Math.ceil(size / 64) }, (_, at) =>
    createHash('sha512').update(`${name} ${at}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, size);
}

/** What a backup keeps of an entry on Windows. */
export interface EntryFacts {
  readonly kind: 'file' | 'folder';
  readonly content: string;
  readonly readOnly: boolean;
  /** Microseconds: Node sets times as doubles. */
  readonly time: number;
}

/** All below a folder, by paths with forward slashes. */
export function describe(root: string): Map<string, EntryFacts> {
  const entries = new Map<string, EntryFacts>();
  const visit = (folder: string, prefix: string) => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const stats = lstatSync(path, { bigint: true });
      const isFolder = stats.isDirectory();
      entries.set(`${prefix}${name}`, {
        kind: isFolder ? 'folder' : 'file',
        content: isFolder ? '' : createHash('sha256').update(readFileSync(path)).digest('hex'),
        readOnly: (stats.mode & 0o200n) === 0n,
        time: Number(stats.mtimeNs / 1000n),
      });
      if (isFolder) visit(path, `${prefix}${name}/`);
    }
  };
  visit(root, '');
  return entries;
}

/** One line for each difference between two descriptions, none if they are equal; times within two microseconds. */
export function differences(
  actual: ReadonlyMap<string, EntryFacts>,
  expected: ReadonlyMap<string, EntryFacts>,
): string[] {
  const lines = [...actual.keys()].filter((path) => !expected.has(path)).map((path) => `too many: ${path}`);
  for (const [path, facts] of expected) {
    const found = actual.get(path);
    if (!found) lines.push(`missing: ${path}`);
    else {
      for (const key of ['kind', 'content', 'readOnly'] as const) {
        if (found[key] !== facts[key]) lines.push(`${key} of ${path}: ${found[key]}, not ${facts[key]}`);
      }
      if (Math.abs(found.time - facts.time) > 2) lines.push(`time of ${path}: ${found.time}, not ${facts.time}`);
    }
  }
  return lines.map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
}
