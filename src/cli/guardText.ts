import type { GuardStatus } from '../engine/index.ts';
import { count, formatBytes } from './format.ts';
import type { JsonLine } from './jsonLine.ts';

/** Whether the repository of a guard lacks nothing. */
export function isAsItShouldBe({ state, lacking }: GuardStatus): boolean {
  return state === 'there' && lacking === 0;
}

export function guardToData(status: GuardStatus): JsonLine {
  const { guard, repository, state, files, bytes, lacking, unguarded, waiting, openFolders, hasPassword } = status;
  return {
    message_type: 'guard',
    guard,
    repository,
    state,
    is_whole: isAsItShouldBe(status),
    files,
    bytes,
    lacking,
    unguarded,
    waiting,
    open_folders: openFolders,
    has_password: hasPassword,
  };
}

/** Lines about a guard. */
export function describeGuard(status: GuardStatus): string[] {
  const { guard, repository, files, bytes, unguarded, waiting, openFolders, hasPassword } = status;
  const left = (label: string) => `  ${label.padEnd(11)}`;
  const lines = [
    `${repository}: ${judge(status)}`,
    `${left('Guard:')}${guard}`,
    `${left('Holds:')}${count(files, 'file')}, ${formatBytes(bytes)}${hasPassword ? ', and the password' : ''}`,
  ];
  if (waiting.files > 0)
    lines.push(
      `${left('Waiting:')}${count(waiting.files, 'file')}, ${formatBytes(waiting.bytes)}, gone since ${waiting.since}: they take space until they are let go ("cairn guard release")`,
    );
  if (unguarded > 0) lines.push(`${left('Unguarded:')}${count(unguarded, 'file')}; the next backup guards them`);
  if (openFolders > 0)
    lines.push(`${left('Open:')}${count(openFolders, 'folder')} can be written to; the next backup closes them`);
  return lines;
}

function judge({ state, lacking }: GuardStatus): string {
  switch (state) {
    case 'gone':
      return 'GONE. "cairn guard recover" brings it back';
    case 'replaced':
      return 'GONE, and another repository is in its place. "cairn guard recover --target" brings it back elsewhere';
    case 'there':
      if (lacking === 0) return 'guarded, and lacks nothing';
      return `LACKS ${count(lacking, 'file')} that Cairn did not remove. "cairn guard recover" brings them back; if restic pruned, all is well`;
  }
}
