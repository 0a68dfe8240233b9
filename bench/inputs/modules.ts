import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContentMaker } from './content.ts';
import { createSource, type Input } from './source.ts';

/** So many packages are there more than once: one in three is a copy of an earlier one, below another. */
const DUPLICATE_EVERY = 3;
const NESTED_EVERY = 6;
const LICENSES = 5;
/** Median length of a file, in bytes, and median number of files of a package. */
const MEDIAN_LENGTH = 1500;
const MEDIAN_FILES = 16;
const MOST_FILES = 2000;

/**
 * Small files shaped like `node_modules`: packages with scopes, packages within packages, the same
 * package more than once, the same few licences everywhere.
 */
export function modulesInput(fileCount: number): Input {
  return {
    title: `${fileCount.toLocaleString('en')} small files in the shape of node_modules`,
    changeTitle: 'a line was added to one file',
    make: (folder) => {
      makeModules(folder, fileCount);
      return createSource(folder, 'node_modules/package-1/lib', (version) => {
        appendFileSync(join(folder, 'node_modules/package-1/package.json'), `// ${version}\n`);
      });
    },
  };
}

function makeModules(folder: string, fileCount: number): void {
  const { below } = createContentMaker(0);
  const paths: string[] = [];
  for (let left = fileCount; left > 0;) {
    const index = paths.length + 1;
    const scope = index % 5 === 0 ? `@scope-${index % 40}` : '';
    const isNested = index % NESTED_EVERY === 0;
    const parent = isNested ? paths[below(paths.length)]! : folder;
    const path = join(parent, 'node_modules', scope, `package-${index}`);
    const seed = index % DUPLICATE_EVERY === 0 ? 1 + below(index - 1) : index;
    left -= makePackage(path, seed, left);
    paths.push(path);
  }
}

/** Writes a package, always the same for a seed, with no more files than asked for; returns how many. */
function makePackage(folder: string, seed: number, mostFiles: number): number {
  const { below, length, text } = createContentMaker(seed);
  const library = join(folder, 'lib');
  mkdirSync(library, { recursive: true });
  const license = createContentMaker(-1 - below(LICENSES)).text(1100);
  const fixed = [
    ['package.json', text(900)],
    ['LICENSE', license],
    ['README.md', text(length(3000))],
  ] as const;
  const count = Math.min(mostFiles, fixed.length + Math.min(MOST_FILES, length(MEDIAN_FILES)));
  const endings = ['.js', '.d.ts', '.js.map'];
  let inner = library;
  for (let index = 0; index < count; index++) {
    const own = fixed[index];
    if (own) {
      writeFileSync(join(folder, own[0]), own[1]);
      continue;
    }
    if (index % 30 === 0) mkdirSync((inner = join(library, `part-${index / 30}`)));
    writeFileSync(join(inner, `file-${index}${endings[index % 3]}`), text(length(MEDIAN_LENGTH)));
  }
  return count;
}
