/** Runs in a process of its own for sftpConnection.test.ts: `node sftpChild.ts SETTINGS end|kill`. Prints the pid of ssh. */
import { readFileSync } from 'node:fs';
import type { StorageSettings } from '../../src/base/storageAccess.ts';
import { openBackend } from '../../src/backend/openBackend.ts';

const [settings, how] = process.argv.slice(2) as [string, 'end' | 'kill'];
await openBackend(JSON.parse(settings) as StorageSettings).list('pack');
process.stdout.write(readFileSync('/proc/thread-self/children', 'utf8').trim());
if (how === 'kill') setInterval(() => {}, 1000);
