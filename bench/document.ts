import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const file = join(import.meta.dirname, '../docs/benchmarks.md');

/** Puts a text between the two marks of a section, of which there must be one each. Throws an error if there are not. */
export function replaceSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [before, inside, ...more] = document.split(begin);
  const [, after, ...tooMuch] = (inside ?? '').split(end);
  if (after === undefined || more.length > 0 || tooMuch.length > 0) {
    throw new Error(`The document needs the lines ${begin} and ${end}, once each.`);
  }
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

/** Writes a section of docs/benchmarks.md. */
export async function writeSection(name: string, text: string): Promise<void> {
  const document = replaceSection(readFileSync(file, 'utf8'), name, text);
  writeFileSync(file, await format(document, { ...(await resolveConfig(file)), parser: 'markdown' }));
}
