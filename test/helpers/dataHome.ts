import { join } from 'node:path';
import { isWindows } from '../../src/disk/system.ts';

/** The variable that names the folder in which programs keep what is a user's own. */
const dataVariable = isWindows ? 'LOCALAPPDATA' : 'XDG_DATA_HOME';

/** Where Cairn keeps its default repository and what it knows of workspaces, by the value of that variable. */
function cairnFolder(dataHome: string): string {
  return isWindows ? join(dataHome, 'cairn', 'Data') : join(dataHome, 'cairn');
}

/** The variables by which a process keeps its own in a folder, and where it does so then; see {@link cairnFolder}. */
export function dataHome(folder: string): { readonly env: Readonly<Record<string, string>>; readonly own: string } {
  return { env: { [dataVariable]: folder }, own: cairnFolder(folder) };
}

/** Lets Cairn keep its own in a folder from now on, in this process and the threads it starts; see {@link cairnFolder}. */
export function useDataHome(folder: string): string {
  const { env, own } = dataHome(folder);
  Object.assign(process.env, env);
  return own;
}
