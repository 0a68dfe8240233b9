import type { Command } from '../measure.ts';
import type { Job, Stage } from './job.ts';

/** What is measured on each input, in the order in which it is best done. */
export const jobs: readonly Job[] = [
  { name: 'first', title: 'first backup', needs: 'nothing', stores: true, command: backup },
  { name: 'unchanged', title: 'nothing changed', needs: 'current', stores: true, command: backup },
  { name: 'changed', title: 'a change', needs: 'previous', stores: true, command: backup },
  {
    name: 'restore',
    title: 'restore everything',
    needs: 'current',
    stores: false,
    command: ({ program: { restore, snapshots }, store, target }) =>
      restore && (() => restore(store, snapshots?.(store).at(-1) ?? '', target)),
  },
  {
    name: 'verify',
    title: 'verify',
    needs: 'current',
    stores: false,
    command: ({ program: { verify }, store }) => verify && (() => verify(store)),
  },
  {
    name: 'verify-data',
    title: 'verify every byte',
    needs: 'current',
    stores: false,
    command: ({ program: { verifyData }, store }) => verifyData && (() => verifyData(store)),
  },
  {
    name: 'diff',
    title: 'diff of two snapshots',
    needs: 'two',
    stores: false,
    command: ({ program: { diff, snapshots }, store }) => {
      if (!diff || !snapshots) return undefined;
      return () => {
        const ids = snapshots(store);
        return diff(store, ids[0]!, ids.at(-1)!);
      };
    },
  },
  {
    name: 'ls',
    title: 'list a folder',
    needs: 'current',
    stores: false,
    command: ({ program: { listFolder, snapshots }, store, source }) =>
      listFolder && snapshots && (() => listFolder(store, snapshots(store).at(-1)!, source.listedFolder)),
  },
];

function backup({ program, store, source }: Stage): () => Command {
  return () => program.backup(store, source.folder);
}
