import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { tempFolder } from './tempFolder.ts';

/**
 * A folder on a file system that keeps names as they are written and does not tell upper from lower case, has
 * neither modes nor further names of files, and takes no name with one of `"*:<>?|` in it: exFAT, as memory cards
 * and portable disks have it, and much of what Windows and macOS usually do. Mounted until the file's tests are done.
 */
export function exfatFolder(): string {
  const folder = tempFolder();
  const [image, mounted] = [join(folder, 'image'), join(folder, 'mounted')];
  writeFileSync(image, '');
  truncateSync(image, 64 * 1024 * 1024);
  mkdirSync(mounted);
  execFileSync('mkfs.exfat', [image], { stdio: 'ignore' });
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  afterAll(() => {
    execFileSync('umount', [mounted]);
    execFileSync('losetup', ['--detach', device]);
  });
  execFileSync('mount.exfat-fuse', [device, mounted], { stdio: 'ignore' });
  return mounted;
}
