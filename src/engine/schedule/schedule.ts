/**
 * Scheduling: a backup that the operating system starts, whether an editor is open or not. A
 * **schedule** has a name, a time and a command. It is kept by a **scheduler**: systemd (user
 * timers), cron, launchd or the Windows Task Scheduler, each with a file here that writes its
 * language. `planSchedule.ts` says what would be written and run, `runSchedulePlan.ts` does it,
 * `listSchedules.ts` finds what is installed.
 *
 * A schedule survives sleep and power-off: what was missed is made up. It holds no secrets, only
 * the names of files and commands that give them.
 */
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';

export type Scheduler = 'systemd' | 'cron' | 'launchd' | 'task-scheduler';

/** When a schedule runs, by the local wall clock. */
export type ScheduleTime =
  | { readonly kind: 'daily'; readonly hour: number; readonly minute: number }
  /** At the full period: a divisor of 60 minutes, or whole hours that divide the day. */
  | { readonly kind: 'every'; readonly minutes: number }
  /** In the scheduler's own words: a systemd calendar event, or the five fields of crontab(5). */
  | { readonly kind: 'calendar'; readonly expression: string };

export interface Schedule {
  /** Unique for the user on the machine; see {@link checkScheduleName}. */
  readonly name: string;
  readonly time: ScheduleTime;
  /** Program (absolute) and arguments. */
  readonly command: readonly string[];
}

/** What is known of the machine and the user; the edges read it from the process. */
export interface ScheduleEnvironment {
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  /** `XDG_CONFIG_HOME`, if set. */
  readonly configHome?: string;
  /** `LOCALAPPDATA` of Windows, if set. */
  readonly localAppData?: string;
  /** The user's number; macOS needs it. */
  readonly uid?: number;
}

/** When nothing is said: in the night. */
export const DEFAULT_TIME: ScheduleTime = { kind: 'daily', hour: 2, minute: 30 };

/** Parses the value of `--at`: `HH:MM`, 24 hours. Throws `usage`. */
export function parseTimeOfDay(text: string): ScheduleTime {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || hour > 23 || minute > 59) {
    throw new CairnError('usage', `"${text}" is not a time of day. Give hours and minutes, from 00:00 to 23:59.`);
  }
  return { kind: 'daily', hour, minute };
}

/** Parses the value of `--every`: minutes (`15m`) or hours (`6h`) that fit evenly into an hour or a day. Throws `usage`. */
export function parsePeriod(text: string): ScheduleTime {
  const match = /^(\d{1,4})([mh])$/.exec(text.trim());
  const minutes = Number(match?.[1]) * (match?.[2] === 'h' ? 60 : 1);
  const fits = minutes > 0 && (60 % minutes === 0 || (minutes % 60 === 0 && 1440 % minutes === 0 && minutes < 1440));
  if (!match || !fits) {
    throw new CairnError(
      'usage',
      `"${text}" is not a period that fits evenly into the day. Give for example 15m, 30m, 1h, 2h, 4h, 6h or 12h.`,
    );
  }
  return { kind: 'every', minutes };
}

/** Takes the value of `--calendar`; only the characters are checked, the meaning by the scheduler. Throws `usage`. */
export function parseCalendar(text: string): ScheduleTime {
  const expression = text.trim();
  if (!/^[A-Za-z0-9*,./:~_+ -]{1,200}$/.test(expression)) {
    throw new CairnError('usage', `"${displayPath(text)}" is not a calendar expression of systemd or cron.`);
  }
  return { kind: 'calendar', expression };
}

/** The time in words. */
export function describeTime(time: ScheduleTime): string {
  switch (time.kind) {
    case 'daily':
      return `every day at ${clockText(time.hour, time.minute)}`;
    case 'every':
      return time.minutes < 60 ? `every ${time.minutes} minutes` : `every ${time.minutes / 60} h`;
    case 'calendar':
      return `at ${time.expression}`;
  }
}

/** `HH:MM`. */
export function clockText(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** Throws `usage` for a name that is not made of a-z, 0-9 and single - or _ between them (at most 32). */
export function checkScheduleName(name: string): void {
  if (name.length <= 32 && /^[a-z0-9]+([_-][a-z0-9]+)*$/.test(name)) return;
  throw new CairnError(
    'usage',
    `"${displayPath(name)}" cannot be the name of a schedule. Use up to 32 lower-case letters, digits, - and _.`,
  );
}

/** The line by which Cairn knows its own schedules, without comment signs; {@link parseTitle} reads it. */
export function scheduleTitle(schedule: Schedule): string {
  return `Cairn schedule ${schedule.name}: ${describeTime(schedule.time)}`;
}

/** Finds a {@link scheduleTitle} in a text. */
export function parseTitle(text: string): { name: string; description: string } | undefined {
  const match = /Cairn schedule ([a-z0-9_-]+): (.+?)(?: -->)?$/m.exec(text);
  return match ? { name: match[1]!, description: match[2]! } : undefined;
}
