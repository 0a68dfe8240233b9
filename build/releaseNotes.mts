/**
 * `npm run release:notes -- v1.2.3`: prints what CHANGELOG.md says of that version. Fails unless the tag names the
 * version of package.json, and the changelog has something to say of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The section of `version` in a changelog, without its heading. Throws if the tag is not that of the version. */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) throw new Error(`The tag ${tag} is not v${version}, the version in package.json.`);
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  const notes = section?.replace(/^.*\n/, '').trim();
  if (!notes) throw new Error(`CHANGELOG.md has nothing under "## [${version}]".`);
  return notes;
}

if (import.meta.main) {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  try {
    console.log(releaseNotes(process.argv[2] ?? '', version, read('CHANGELOG.md')));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
