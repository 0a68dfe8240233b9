import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All that was logged by the extension hosts and the server of the editor with this data folder. */
export function readLogs(userDataDir: string): string {
  const logs = join(userDataDir, 'data/logs');
  return readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(exthost[^/\\]*|remoteagent)\.log$/.test(file))
    .map((file) => readFileSync(join(logs, file), 'utf8'))
    .join('\n');
}

/** What went wrong in the extension or took the extension host down, one text for each. */
export function findErrors(log: string): string[] {
  // An entry goes on to the next line that begins with a date.
  return log
    .split(/\n(?=\d{4}-\d\d-\d\d )/)
    .filter((entry) => /\[(error|warning)\]/.test(entry))
    .filter((entry) => /cairn|extension host .*(terminated|exited with code: [1-9]|unresponsive)/i.test(entry));
}
