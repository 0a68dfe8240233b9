import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createContentMaker, createNoise } from './content.ts';
import { createSource, type Input } from './source.ts';

const MEDIA_BYTES = 4_000_000_000;
const MEDIA_FILES = 8;
const IMAGE_BYTES = 2_000_000_000;
const EDITS = 100;
const EDIT_LENGTH = 4096;
const PIECE_LENGTH = 1_000_000;

/** Large files: media that does not compress, and the image of a disk that is edited in many places. */
export function largeInput(scale: number): Input {
  const imageLength = Math.round((IMAGE_BYTES * scale) / PIECE_LENGTH) * PIECE_LENGTH;
  const mediaLength = Math.round((MEDIA_BYTES * scale) / MEDIA_FILES);
  return {
    title: `${formatMegabytes(mediaLength * MEDIA_FILES)} in ${MEDIA_FILES} files that do not compress, and a disk image of ${formatMegabytes(imageLength)}`,
    changeTitle: `the disk image was edited in ${EDITS} places, ${EDIT_LENGTH} bytes each`,
    make: (folder) => {
      mkdirSync(join(folder, 'media'), { recursive: true });
      const noise = createNoise('large');
      for (let index = 0; index < MEDIA_FILES; index++) {
        writePieces(join(folder, `media/video-${index}.mp4`), mediaLength, noise);
      }
      const image = join(folder, 'disk.img');
      writePieces(image, imageLength, createImagePieces());
      return createSource(folder, 'media', (version) => editImage(image, imageLength, version));
    },
  };
}

/** Of ten pieces three are empty, four text and three noise. */
function createImagePieces(): (length: number) => Buffer {
  const { below, text } = createContentMaker(2);
  const noise = createNoise('image');
  return (length) => {
    const kind = below(10);
    return kind < 3 ? Buffer.alloc(length) : kind < 7 ? text(length) : noise(length);
  };
}

function writePieces(path: string, length: number, makePiece: (length: number) => Buffer): void {
  const file = openSync(path, 'wx');
  try {
    for (let left = length; left > 0; left -= PIECE_LENGTH) writeSync(file, makePiece(Math.min(left, PIECE_LENGTH)));
  } finally {
    closeSync(file);
  }
}

function editImage(path: string, length: number, version: number): void {
  const { below } = createContentMaker(1000 + version);
  const noise = createNoise(`edit ${version}`);
  const file = openSync(path, 'r+');
  try {
    for (let edit = 0; edit < EDITS; edit++) {
      writeSync(file, noise(EDIT_LENGTH), 0, EDIT_LENGTH, below(length - EDIT_LENGTH));
    }
  } finally {
    closeSync(file);
  }
}

const formatMegabytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Number((bytes / 1e9).toPrecision(2))} GB` : `${Math.round(bytes / 1e6)} MB`;
