import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { describeTime, parseTitle, scheduleTitle, type Schedule, type ScheduleTime } from './schedule.ts';

/** Cron refuses a longer command (Vixie cron; others take more). */
const MAX_COMMAND_BYTES = 998;

/**
 * The lines of a schedule in a crontab, between two comments. Cron forgets what it missed, so a
 * second line looks every hour whether the last scheduled backup is older than one period and an
 * hour, and only then backs up; a period of an hour or less needs none, and for a calendar
 * expression none can be made. With `lockFile` (its folder must exist), flock(1) keeps two runs
 * apart. Throws `usage` for a command that cannot stand in a crontab.
 */
export function toCrontabBlock(schedule: Schedule, lockFile: string | undefined): string[] {
  const { command, name, time } = schedule;
  const words = [...(lockFile === undefined ? [] : ['flock', '-n', lockFile]), ...command];
  const lines = [`${toCronFields(time)} ${toCronCommand(words)}`];
  const hours = time.kind === 'daily' ? 24 : time.kind === 'every' ? time.minutes / 60 : 0;
  if (hours > 1) lines.push(`17 * * * * ${toCronCommand([...words, '--if-older-than', `${hours + 1}h`])}`);
  return [`# ${scheduleTitle(schedule)}`, ...lines, endLine(name)];
}

/** The five fields of crontab(5). Throws `usage` for a calendar expression that is not that. */
export function toCronFields(time: ScheduleTime): string {
  switch (time.kind) {
    case 'daily':
      return `${time.minute} ${time.hour} * * *`;
    case 'every':
      return time.minutes < 60 ? `*/${time.minutes} * * * *` : `0 */${time.minutes / 60} * * *`;
    case 'calendar':
      if (/^[0-9*,/-]+ +[0-9*,/-]+ +[0-9*,/-]+ +[0-9A-Za-z*,/-]+ +[0-9A-Za-z*,/-]+$/.test(time.expression)) {
        return time.expression;
      }
      throw new CairnError(
        'usage',
        `This machine schedules by cron, which does not understand ${describeTime(time)}. ` +
          'Give the five fields of a crontab, like "30 2 * * 1-5".',
      );
  }
}

/** A shell command for a crontab, in which `%` would be a line break (crontab(5)). */
function toCronCommand(words: readonly string[]): string {
  const strange = words.find((word) => word.includes('\\'));
  if (strange !== undefined) {
    // Crons differ in what they make of a backslash before another one or before a percent sign.
    throw new CairnError('usage', `"${displayPath(strange)}" has a backslash, which cannot stand in a crontab.`);
  }
  const command = words.map(quoteForShell).join(' ').replaceAll('%', '\\%');
  if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) {
    throw new CairnError('usage', 'The command is too long for a crontab: back up fewer folders in one schedule.');
  }
  return command;
}

function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_/.:=@+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/**
 * A crontab with this block in place of the one that bears the same name, or at the end; without it
 * if `block` is empty. Every other line stays as it is. Throws `refused` if the old block has lost
 * its last line, since then nobody can say how far it goes.
 */
export function editCrontab(crontab: string, name: string, block: readonly string[]): string {
  const lines = crontab === '' ? [] : crontab.replace(/\n$/, '').split('\n');
  const { start, end } = findBlock(lines, name) ?? { start: lines.length, end: lines.length };
  const edited = [...lines.slice(0, start), ...block, ...lines.slice(end)];
  return edited.map((line) => `${line}\n`).join('');
}

/** The blocks of all schedules in a crontab. Throws as {@link editCrontab} does. */
export function readCrontabBlocks(crontab: string): { name: string; description: string; text: string }[] {
  const lines = crontab.split('\n');
  return lines.flatMap((line) => {
    const title = line.startsWith('# Cairn schedule ') ? parseTitle(line) : undefined;
    const range = title && findBlock(lines, title.name);
    return range ? [{ ...title, text: lines.slice(range.start, range.end).join('\n') }] : [];
  });
}

function findBlock(lines: readonly string[], name: string): { start: number; end: number } | undefined {
  const start = lines.findIndex((line) => line.startsWith(`# Cairn schedule ${name}: `));
  if (start < 0) return undefined;
  const end = lines.indexOf(endLine(name), start);
  if (end >= 0) return { start, end: end + 1 };
  throw new CairnError(
    'refused',
    `The crontab has the first line of the schedule "${name}" and not its last, "${endLine(name)}". ` +
      'Put that back or remove the schedule by hand with "crontab -e".',
  );
}

const endLine = (name: string) => `# End of Cairn schedule ${name}`;
