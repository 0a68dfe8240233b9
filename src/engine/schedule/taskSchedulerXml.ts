import { CairnError } from '../../base/errors.ts';
import { clockText, scheduleTitle, type Schedule, type ScheduleTime } from './schedule.ts';
import { escapeXml } from './xml.ts';

/**
 * The description of a task for the Windows Task Scheduler, to be stored as UTF-16. A run that was
 * missed is started as soon as it can be (`StartWhenAvailable`). Throws `usage` for a calendar
 * expression, which Windows does not have. The order within a trigger is that of the published schema
 * ([MS-TSCH] 2.5.3.1).
 */
export function toTaskSchedulerXml(schedule: Schedule): string {
  const [program, ...args] = schedule.command;
  return `<?xml version="1.0" encoding="UTF-16"?>
<!-- ${scheduleTitle(schedule)} -->
<!-- Made by "cairn schedule install"; "cairn schedule remove" takes it away. -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <CalendarTrigger>
      <Enabled>true</Enabled>
${toTrigger(schedule.time)}      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>8</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escapeXml(program!)}</Command>
      <Arguments>${escapeXml(args.map(quoteForWindows).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** The start, a day long past, so that only the time of day counts, and the repetition, if any. */
function toTrigger(time: ScheduleTime): string {
  switch (time.kind) {
    case 'daily':
      return `      <StartBoundary>2024-01-01T${clockText(time.hour, time.minute)}:00</StartBoundary>\n`;
    case 'every':
      return (
        '      <StartBoundary>2024-01-01T00:00:00</StartBoundary>\n' +
        `      <Repetition>\n        <Interval>PT${time.minutes}M</Interval>\n        <Duration>P1D</Duration>\n      </Repetition>\n`
      );
    case 'calendar':
      throw new CairnError('usage', 'Windows has no calendar expressions: give a time of day or a period.');
  }
}

/** Quotes an argument as the C run-time of Windows takes it apart: backslashes count only before a quote. */
function quoteForWindows(argument: string): string {
  if (/^[^\s"]+$/.test(argument)) return argument;
  return `"${argument.replace(/(\\*)("|$)/g, (_, slashes: string, quote: string) => slashes + slashes + (quote && '\\"'))}"`;
}
