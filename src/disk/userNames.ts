import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isWindows } from './system.ts';

/** Looks up the names of users and groups by number, as nodes carry them (format notes 7.2, fields 9 and 10). */
export interface UserNames {
  user(uid: number): string | undefined;
  group(gid: number): string | undefined;
}

/** Reads the system's tables once; a number that they lack is asked of the name service, once. */
export function createUserNames(): UserNames {
  if (isWindows) return { user: () => undefined, group: () => undefined };
  const users = lookup('passwd');
  const groups = lookup('group');
  return { user: users, group: groups };
}

function lookup(table: 'passwd' | 'group'): (id: number) => string | undefined {
  const names = new Map<number, string | undefined>();
  try {
    addLines(names, readFileSync(`/etc/${table}`, 'utf8'));
  } catch {
    // Without the file the name service alone answers.
  }
  return (id) => {
    if (!names.has(id)) {
      names.set(id, undefined);
      // Directory services (LDAP and the like) are only reachable through the C library.
      const answer = spawnSync('getent', [table, String(id)], { encoding: 'utf8', timeout: 5000 });
      if (answer.status === 0) addLines(names, answer.stdout);
    }
    return names.get(id);
  };
}

/** Lines of `name:password:id:…`; the first line of an id counts. */
function addLines(names: Map<number, string | undefined>, text: string): void {
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id && names.get(Number(id)) === undefined) names.set(Number(id), name);
  }
}
