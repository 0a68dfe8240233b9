/** Lists a repository through rclone, says so, and either stays or comes to its end without closing anything. */
import { openBackend } from '../../src/backend/openBackend.ts';
import { plainAccess, storageAt } from '../../src/base/storageAccess.ts';

const [location = '', task, program = ''] = process.argv.slice(2);
const options = { 'rclone.program': program };
const backend = openBackend(storageAt(location, { ...plainAccess, environment: process.env, options }));
await backend.list('key');
process.stdout.write('listed\n');
if (task === 'stay') setInterval(() => {}, 1_000_000);
