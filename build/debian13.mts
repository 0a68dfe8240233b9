/** Programs of Debian 13 on an older Debian, kept in `.cache/` and not installed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce, run } from './fetch.mts';
import { install } from './tools.mts';

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

/** Unpacks a package that needs no others into a folder, unless it is there already. Needs `apt-get`, and root. */
export function fetchFromDebian13(name: string, folder: string, purpose: string): string {
  return fetchOnce(folder, (temporary) => {
    if (!existsSync(debianKeyring)) install(['debian-archive-keyring'], purpose);
    console.error(`Fetching the ${name} of Debian 13`);
    const sources = join(temporary, 'sources.list');
    mkdirSync(join(temporary, 'lists/partial'), { recursive: true });
    mkdirSync(join(temporary, 'cache/archives/partial'), { recursive: true });
    writeFileSync(sources, `deb [signed-by=${debianKeyring}] ${debianArchive()} ${debian13.release} main\n`);
    const options = [
      `Dir::Etc::SourceList=${sources}`,
      'Dir::Etc::SourceParts=/dev/null',
      `Dir::State::Lists=${join(temporary, 'lists')}`,
      `Dir::Cache=${join(temporary, 'cache')}`,
      // Else a warning that another user cannot write here.
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    run('apt-get', [...options, '-qq', 'update'], temporary);
    run('apt-get', [...options, '-qq', 'download', name], temporary);
    const archive = readdirSync(temporary).find((file) => file.endsWith('.deb'))!;
    run('dpkg-deb', ['--extract', archive, temporary], temporary);
    for (const needless of ['lists', 'cache', archive]) rmSync(join(temporary, needless), { recursive: true });
  });
}

function listFiles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
