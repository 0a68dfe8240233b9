import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';

/** The file in a guard that says what that is. */
export const README = 'README.txt';

/** For whoever comes across a guard, perhaps without Cairn. */
export function readmeText(guard: DiskPath): string {
  const place = displayPath(guard);
  return `This folder guards a backup repository of Cairn: about.json says where that lies. It holds a second name of each
file in it (a hard link, which takes no space of its own), in folders without write permission, so that a program that
deletes the repository does not delete these.

Is the repository gone? This brings it back:

    cairn guard recover

Without Cairn: copy the folder "files" to another place, and use the copy with restic. The password of the default
repository is in the file "password" here.

    cp -R '${place}/files' ~/recovered && chmod -R u+w ~/recovered
    restic -r ~/recovered --password-file '${place}/password' snapshots

Is the repository gone because you do not want it any more? Then remove its guard, too:

    chmod -R u+w '${place}' && rm -r '${place}'
`;
}
