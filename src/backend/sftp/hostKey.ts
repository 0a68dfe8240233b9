import type { SftpLocation } from '../../base/location.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { SshProcess } from './sshProcess.ts';
import { sshCommands } from './sshCommand.ts';
import { untilAborted } from './untilAborted.ts';

/** Milliseconds. */
const PATIENCE = 10_000;

/**
 * The key that a server shows, as `ssh-ed25519 SHA256:…`, for a person to compare: it is neither accepted nor noted.
 * Undefined if it cannot be had, as where another program stands in for ssh.
 */
export async function readHostKey(
  location: SftpLocation,
  access: StorageAccess,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (access.options['sftp.command'] !== undefined) return undefined;
  const [command] = sshCommands(location, { ...access, mayAsk: false });
  // ssh goes by the first value that it finds.
  const args = ['-v', '-o', 'StrictHostKeyChecking=yes', ...command!.args];
  const ssh = new SshProcess({ ...command!, args }, access.environment);
  let timer: NodeJS.Timeout | undefined;
  try {
    ssh.hold(true);
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
    const end = await untilAborted(Promise.race([ssh.ended, late]), signal);
    return end ? parseHostKey(end.complaint) : undefined;
  } finally {
    clearTimeout(timer);
    await ssh.end(0, true);
  }
}

/** From what `ssh -v` prints; the last, since before it come those of hosts on the way. */
export function parseHostKey(printed: string): string | undefined {
  const [, kind, hash] = [...printed.matchAll(/Server host key: ([\w@.-]+) (SHA256:[\w+/=]+)/g)].at(-1) ?? [];
  return kind === undefined ? undefined : `${kind} ${hash}`;
}
