import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { isWindows } from './system.ts';

/**
 * Leaves a file on Windows to its owner and to the system: permissions of POSIX mean nothing there. Does
 * nothing elsewhere, where the mode says it, and where the program `icacls` cannot do it: then the file has
 * the rights of its folder, which below a user's own folder are those of that user.
 */
export function keepToOwner(path: string): void {
  if (!isWindows) return;
  // S-1-5-18 is the system itself: its backups and virus scanners are no strangers.
  const grants = [`${userInfo().username}:(F)`, '*S-1-5-18:(F)'];
  spawnSync('icacls', [path, '/inheritance:r', '/grant:r', ...grants], { stdio: 'ignore', windowsHide: true });
}
