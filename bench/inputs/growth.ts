import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContentMaker } from './content.ts';
import { createSource, type Input } from './source.ts';

const FILES_PER_FOLDER = 20;
const FOLDERS_PER_FOLDER = 50;
const MEDIAN_LENGTH = 500;

/** Trees that differ in nothing but their size: small files, 20 a folder. */
export function growthInput(fileCount: number): Input {
  return {
    title: `${fileCount.toLocaleString('en')} files`,
    changeTitle: 'a line was added to one file',
    make: (folder) => {
      const { length, text } = createContentMaker(3);
      let path = folder;
      for (let index = 0; index < fileCount; index++) {
        const number = index / FILES_PER_FOLDER;
        if (Number.isInteger(number)) {
          path = join(folder, `part-${Math.floor(number / FOLDERS_PER_FOLDER)}`, `folder-${number}`);
          mkdirSync(path, { recursive: true });
        }
        writeFileSync(join(path, `file-${index}.txt`), text(length(MEDIAN_LENGTH)));
      }
      return createSource(folder, 'part-0/folder-0', (version) => {
        appendFileSync(join(folder, 'part-0/folder-0/file-0.txt'), `${version}\n`);
      });
    },
  };
}
