import { CairnError } from '../../base/errors.ts';
import { scheduleTitle, type Schedule, type ScheduleTime } from './schedule.ts';
import { escapeXml } from './xml.ts';

/**
 * The property list of a launchd agent, `label` being its name for launchd. A run that was missed
 * while the machine slept is started when it wakes; one missed while it was off is not
 * (launchd.plist(5)). Throws `usage` for a calendar expression, which launchd does not have.
 */
export function toLaunchdPlist(schedule: Schedule, label: string): string {
  const words = schedule.command.map((word) => `    <string>${escapeXml(word)}</string>\n`).join('');
  const times = toIntervals(schedule.time)
    .map((time) => `    <dict>${time}</dict>\n`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${scheduleTitle(schedule)} -->
<!-- Made by "cairn schedule install"; "cairn schedule remove" takes it away. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words}  </array>
  <key>StartCalendarInterval</key>
  <array>
${times}  </array>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
</dict>
</plist>
`;
}

/** The times of a day, or of an hour, as dictionary entries. */
function toIntervals(time: ScheduleTime): string[] {
  const minute = (value: number) => `<key>Minute</key><integer>${value}</integer>`;
  const hour = (value: number) => `<key>Hour</key><integer>${value}</integer>`;
  switch (time.kind) {
    case 'daily':
      return [hour(time.hour) + minute(time.minute)];
    case 'every': {
      const step = time.minutes < 60 ? time.minutes : time.minutes / 60;
      const count = (time.minutes < 60 ? 60 : 24) / step;
      const starts = Array.from({ length: count }, (_, index) => index * step);
      return time.minutes < 60 ? starts.map(minute) : starts.map((start) => hour(start) + minute(0));
    }
    case 'calendar':
      throw new CairnError('usage', 'macOS has no calendar expressions: give a time of day or a period.');
  }
}
