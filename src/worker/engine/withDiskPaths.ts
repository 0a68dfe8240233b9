import { isWindows, withUpperCaseDrive } from '../../engine/index.ts';

/** Fields of parameters that hold places on the disk, or lists of them. */
const pathFields: ReadonlySet<string> = new Set(['folder', 'folders', 'path', 'paths', 'destination', 'never', 'file']);

/**
 * The parameters of a command with the paths as the engine has them: VS Code writes the letter of a drive in
 * lower case, and all others in upper case.
 */
export function withDiskPaths(params: unknown, applies = isWindows): unknown {
  return applies ? convert(params, false) : params;
}

function convert(value: unknown, isPath: boolean): unknown {
  if (typeof value === 'string') return isPath ? withUpperCaseDrive(value) : value;
  if (Array.isArray(value)) return value.map((each) => convert(each, isPath));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each, pathFields.has(key))]));
}
