/** Which system this is. Asked here, so that nobody else has to. */
const { platform } = process;

export const isWindows = platform === 'win32';
export const isLinux = platform === 'linux';
export const isMac = platform === 'darwin';

/** The usual file systems of these take names for one that differ only in the case of their letters. */
export const foldsCase = isWindows || isMac;

/** The kind of command line that a person uses here. */
export const usualShell: 'sh' | 'powershell' = isWindows ? 'powershell' : 'sh';
