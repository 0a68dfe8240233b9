/** Programs of Debian 13 on an older Debian, kept in `.cache/` and not installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The release, and where it comes from if this machine does not say. */
export const debian13 = { release: 'trixie', archive: 'http://deb.debian.org/debian' };

/** What Debian 13 is signed with: of the package `debian-archive-keyring`. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The archive that this machine takes its own packages from, which may be a nearer one. */
export function debianArchive(): string {
  const lists = ['/etc/apt/sources.list', ...listFiles('/etc/apt/sources.list.d')].filter((file) => existsSync(file));
  const places = lists.flatMap((file) => readFileSync(file, 'utf8').match(/\bhttps?:\/\/\S+\/debian\/?(?=\s)/g) ?? []);
  return places[0] ?? debian13.archive;
}

function listFiles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
