import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the packs of a repository in a folder as old as those that prune may remove. */
export function agePacks(repositoryFolder: string, hours = 25): void {
  const time = Date.now() / 1000 - hours * 3600;
  const data = join(repositoryFolder, 'data');
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const path = join(data, name);
    if (statSync(path).isFile()) utimesSync(path, time, time);
  }
}
