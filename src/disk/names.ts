import { decodeRaw, encodeRaw } from '../base/rawName.ts';
import { isWindows } from './system.ts';

/** Names of devices that Windows finds in every folder, with any ending (Microsoft: Naming Files, Paths, and Namespaces). */
const devices =
  /^(?:con|prn|aux|nul|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3]|conin\$|conout\$)[ ]*(?:[.:].*)?$/i;

/** On all file systems of Windows. UTF-16 code units. */
const LONGEST_NAME = 255;

/**
 * Why this system cannot hold an entry of that name, as the end of a sentence that begins with the name;
 * nothing if it can. A name comes from another system, so it may be one that would do something else here,
 * such as writing a hidden stream (`a:b`), or that no other program could open or remove again.
 */
export function whyNotHere(name: string, windows = isWindows): string | undefined {
  if (!windows) return undefined;
  if (!isUtf16(name)) return 'has bytes that are not UTF-8, which no name on Windows can hold';
  const forbidden = /[<>:"/\\|?*\u0000-\u001f]/.exec(name)?.[0];
  if (forbidden !== undefined) {
    const shown = forbidden < ' ' ? 'a control character' : forbidden;
    return `has ${shown} in it, which no name on Windows can hold`;
  }
  if (/[. ]$/.test(name))
    return `ends in a ${name.endsWith('.') ? 'dot' : 'space'}, which most programs on Windows cannot open`;
  if (name.length > LONGEST_NAME)
    return `is longer than the ${LONGEST_NAME} characters that a name on Windows can have`;
  if (devices.test(name)) return 'is the name of a device on Windows';
  return undefined;
}

/** False for what stands for bytes that are no text. */
function isUtf16(name: string): boolean {
  return name.isWellFormed() || decodeRaw(encodeRaw(name)) !== name;
}

/**
 * What two names have in common if a file system that does not tell upper from lower case, or one form of an
 * accent from another, may take them for one. More names may have it in common than that file system thinks.
 */
export function foldName(name: string): string {
  return name.normalize('NFD').toLowerCase();
}
