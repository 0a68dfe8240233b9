/** Runs in a process of its own for workspaceIdentity.test.ts: `node identifyChild.ts DATA_FOLDER FOLDER…`. Prints the ids. */
import { identifyWorkspace } from '../../src/engine/workspaceIdentity.ts';

const [dataFolder, ...folders] = process.argv.slice(2) as [string, ...string[]];

void Promise.all(folders.map((folder) => identifyWorkspace(folder, dataFolder))).then((found) =>
  process.stdout.write(JSON.stringify(found.map(({ id }) => id))),
);
