import { clockText, scheduleTitle, type Schedule, type ScheduleTime } from './schedule.ts';

/**
 * The unit files of a user timer. `Persistent=` starts a run that was missed as soon as the machine
 * is awake and the user's systemd runs (systemd.timer(5)).
 */
export function toSystemdUnits(schedule: Schedule): { service: string; timer: string } {
  const title = `# ${scheduleTitle(schedule)}\n# Made by "cairn schedule install"; "cairn schedule remove" takes it away.\n`;
  const service = `${title}
[Unit]
Description=Cairn backup (${schedule.name})

[Service]
Type=oneshot
ExecStart=${toExecStart(schedule.command)}
Nice=10
IOSchedulingPriority=7
`;
  const timer = `${title}
[Unit]
Description=Cairn backup (${schedule.name})

[Timer]
OnCalendar=${toCalendarEvent(schedule.time)}
Persistent=true

[Install]
WantedBy=timers.target
`;
  return { service, timer };
}

/** A calendar event of systemd.time(7). */
export function toCalendarEvent(time: ScheduleTime): string {
  switch (time.kind) {
    case 'daily':
      return `*-*-* ${clockText(time.hour, time.minute)}:00`;
    case 'every':
      return time.minutes < 60 ? `*-*-* *:00/${time.minutes}:00` : `*-*-* 00/${time.minutes / 60}:00:00`;
    case 'calendar':
      return time.expression;
  }
}

/** The program, in which `$` has no meaning, then arguments, in which it must be doubled (systemd.service(5), "Command lines"). */
function toExecStart([program, ...args]: readonly string[]): string {
  return [quote(program!), ...args.map((argument) => quote(argument.replaceAll('$', '$$$$')))].join(' ');
}

/** Quotes a word for a unit file; `%` begins a specifier even within quotes (systemd.syntax(7), systemd.unit(5)). */
function quote(word: string): string {
  const text = word.replaceAll('%', '%%');
  if (/^[A-Za-z0-9_/.:=@+,$%-]+$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
