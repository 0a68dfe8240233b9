/**
 * OpenSSH's server for the tests: that of this machine, else that of its Debian, unpacked into `.cache/openssh/`. It is
 * not installed, since an installed one begins to serve the whole network.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce, root, run } from './fetch.mts';
import { canInstall, findTool } from './tools.mts';

/** Where the server's programs are. */
export interface OpensshPrograms {
  readonly sshd: string;
  /** Folders with more that it needs where it is not installed: libraries, and on Debian 13 a program for each session. */
  readonly besides: readonly string[];
}

/** Brings it; throws what to do where that cannot be. */
export function bringOpenssh(): OpensshPrograms {
  const own = findTool({ command: 'sshd', places: ['/usr/sbin/sshd'], debian: 'openssh-server' });
  if (own !== undefined) return { sshd: own, besides: [] };
  const folder = fetchOnce(join(root, '.cache/openssh'), unpack);
  const libraries = readdirSync(join(folder, 'usr/lib')).filter((name) => name.endsWith('-linux-gnu'));
  return {
    sshd: join(folder, 'usr/sbin/sshd'),
    besides: ['openssh', ...libraries].map((name) => join(folder, 'usr/lib', name)).filter((path) => existsSync(path)),
  };
}

function unpack(folder: string): void {
  if (!canInstall()) {
    throw new Error(
      'The tests of sftp: need the server of OpenSSH. As root on Debian or Ubuntu they bring it themselves; elsewhere ' +
        'install it, on Debian and its kin by: sudo apt-get install openssh-server',
    );
  }
  console.error("Fetching OpenSSH's server");
  // A fresh machine has no package lists, an old one has outdated ones.
  run('apt-get', ['-qq', 'update'], folder);
  run('apt-get', ['-qq', 'download', '-o', 'APT::Sandbox::User=root', 'openssh-server', 'libwrap0'], folder);
  for (const archive of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    run('dpkg-deb', ['--extract', archive, folder], folder);
    rmSync(join(folder, archive));
  }
}
