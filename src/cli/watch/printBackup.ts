import type { DiskPath } from '../../base/pathKinds.ts';
import type { BackupReport } from '../../worker/engineProtocol/backup.ts';
import type { Output } from '../output.ts';
import { shortId } from '../snapshotText.ts';

/** A line for a snapshot; nothing where none was made, but for what went wrong. */
export function printBackup(output: Output, folder: DiskPath, report: BackupReport): void {
  const { snapshot, filesNew, filesChanged, bytesAdded, problems, createdRepository, recoveredFrom, guardTrouble } =
    report;
  for (const { path, message } of problems) output.warn(message, { item: path });
  if (guardTrouble !== undefined) output.warn(guardTrouble);
  if (recoveredFrom !== undefined)
    output.warn(`The default repository was gone. It is back, from its guard ${recoveredFrom}.`);
  if (createdRepository)
    output.note(
      `created the repository ${createdRepository.location}; its password is in ${createdRepository.passwordFile}`,
    );
  if (!snapshot) return;
  const { id, time, trigger, label, counts } = snapshot;
  const filesRemoved = counts?.filesRemoved ?? 0;
  if (output.json) {
    output.data({
      message_type: 'snapshot',
      ...{ id, time, trigger, folder },
      ...(label !== undefined && { label }),
      ...{ files_new: filesNew, files_changed: filesChanged, files_removed: filesRemoved, data_added: bytesAdded },
    });
  } else if (output.verbosity >= 0) {
    const what = `${filesNew} new, ${filesChanged} changed${filesRemoved > 0 ? `, ${filesRemoved} deleted` : ''}`;
    const why = label === undefined ? trigger : `${trigger}: ${label}`;
    output.line(`${clock(time)}  ${shortId(id)}  ${folder}  ${what}  (${why})`);
  }
  output.close();
}

/** The time of day, here. */
function clock(time: string): string {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
