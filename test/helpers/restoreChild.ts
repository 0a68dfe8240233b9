/** Restores as whoever runs it: `restoreChild REPOSITORY REQUEST THREADFILE` prints plan and result as JSON. */
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import { planRestore, type RestoreOptions } from '../../src/engine/restore/planRestore.ts';
import { withSession } from '../../src/engine/session.ts';
import { findPlace } from '../../src/engine/snapshotPath.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { findSnapshot } from '../../src/repository/snapshots.ts';
import { codecPoolOpener } from '../../src/worker/codecPool.ts';

const [folder, request, threadFile] = process.argv.slice(2) as [string, string, string];

async function run(): Promise<void> {
  const repository = await openRepository(new LocalBackend(folder), { password: 'cairn-test' });
  const options = JSON.parse(request) as Omit<RestoreOptions, 'place'> & { folder?: string };
  await withSession(repository, { lock: 'none' }, async (session) => {
    const place = await findPlace(session.reader, await findSnapshot(repository, 'latest'), options.folder ?? '');
    const plan = await planRestore(session, { ...options, place });
    const result = await executeRestore(session, codecPoolOpener({ threadFile, size: 1 }), plan, options);
    console.log(JSON.stringify({ totals: plan.totals, result }));
  });
}

run().catch((error: unknown) => {
  console.log(JSON.stringify({ error: { code: (error as { code?: string }).code, message: String(error) } }));
});
