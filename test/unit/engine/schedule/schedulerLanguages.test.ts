import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  editCrontab,
  readCrontabBlocks,
  toCrontabBlock,
  toCronFields,
} from '../../../../src/engine/schedule/crontab.ts';
import { toLaunchdPlist } from '../../../../src/engine/schedule/launchdPlist.ts';
import { parseCalendar, parsePeriod, parseTimeOfDay } from '../../../../src/engine/schedule/schedule.ts';
import type { Schedule } from '../../../../src/engine/schedule/schedule.ts';
import { toCalendarEvent, toSystemdUnits } from '../../../../src/engine/schedule/systemdUnits.ts';
import { toTaskSchedulerXml } from '../../../../src/engine/schedule/taskSchedulerXml.ts';

const NIGHTLY: Schedule = {
  name: 'nightly',
  time: parseTimeOfDay('02:30'),
  command: [
    '/usr/bin/node',
    '/opt/cairn/cli.js',
    'backup',
    '--trigger',
    'schedule',
    `/home/u/It's "100 %" \\ $HOME; <&>`,
  ],
};
/** As above, less what cannot stand in a crontab. */
const CRON_COMMAND = [...NIGHTLY.command.slice(0, -1), `/home/u/It's "100 %" $HOME; <&>`];

/** Any text without control characters, with a liking for those that mean something to somebody. */
const argument = fc.oneof(
  fc.string({ unit: fc.constantFrom(...`ab /"'\\%$;#&<>|*?~!@:=+-{}[]()^,\``, 'é', '木', '😀', '--') }),
  fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\p{Cc}/gu, '')),
);

describe('systemd', () => {
  test('units', () => {
    const { service, timer } = toSystemdUnits(NIGHTLY);
    expect(service).toBe(`# Cairn schedule nightly: every day at 02:30
# Made by "cairn schedule install"; "cairn schedule remove" takes it away.

[Unit]
Description=Cairn backup (nightly)

[Service]
Type=oneshot
ExecStart=/usr/bin/node /opt/cairn/cli.js backup --trigger schedule "/home/u/It's \\"100 %%\\" \\\\ $$HOME; <&>"
Nice=10
IOSchedulingPriority=7
`);
    expect(timer).toBe(`# Cairn schedule nightly: every day at 02:30
# Made by "cairn schedule install"; "cairn schedule remove" takes it away.

[Unit]
Description=Cairn backup (nightly)

[Timer]
OnCalendar=*-*-* 02:30:00
Persistent=true

[Install]
WantedBy=timers.target
`);
  });

  test.each([
    [parsePeriod('15m'), '*-*-* *:00/15:00'],
    [parsePeriod('1h'), '*-*-* 00/1:00:00'],
    [parsePeriod('6h'), '*-*-* 00/6:00:00'],
    [parseCalendar('Mon..Fri 12:00'), 'Mon..Fri 12:00'],
  ])('%j', (time, event) => {
    expect(toCalendarEvent(time)).toBe(event);
  });
});

describe('cron', () => {
  test('block', () => {
    const command = `/usr/bin/node /opt/cairn/cli.js backup --trigger schedule '/home/u/It'"'"'s "100 \\%" $HOME; <&>'`;
    expect(toCrontabBlock({ ...NIGHTLY, command: CRON_COMMAND }, undefined)).toEqual([
      '# Cairn schedule nightly: every day at 02:30',
      `30 2 * * * ${command}`,
      `17 * * * * ${command} --if-older-than 25h`,
      '# End of Cairn schedule nightly',
    ]);
  });

  test('flock keeps two runs apart', () => {
    const [, first, second] = toCrontabBlock({ ...NIGHTLY, command: ['/bin/cairn', '/x'] }, '/home/u u/n.lock');
    expect(first).toBe(`30 2 * * * flock -n '/home/u u/n.lock' /bin/cairn /x`);
    expect(second).toBe(`17 * * * * flock -n '/home/u u/n.lock' /bin/cairn /x --if-older-than 25h`);
  });

  test.each([
    [parsePeriod('15m'), '*/15 * * * *', 1],
    [parsePeriod('1h'), '0 */1 * * *', 1],
    [parsePeriod('6h'), '0 */6 * * *', 2],
    [parseCalendar('5 4 1-7 */2 Mon-Fri'), '5 4 1-7 */2 Mon-Fri', 1],
  ])('%j', (time, fields, lines) => {
    expect(toCronFields(time)).toBe(fields);
    expect(toCrontabBlock({ ...NIGHTLY, time, command: ['/x'] }, undefined)).toHaveLength(lines + 2);
  });

  test.each(['Mon..Fri 12:00', '* * * *', '* * * * * *', '@daily'])('refuses the calendar expression %j', (text) => {
    expect(() => toCronFields({ kind: 'calendar', expression: text })).toThrow(/five fields/);
  });

  test('refuses what crons do not agree about, and what is too long for them', () => {
    expect(() => toCrontabBlock(NIGHTLY, undefined)).toThrow(/backslash/);
    const command = ['/bin/cairn', `/${'x'.repeat(1000)}`];
    expect(() => toCrontabBlock({ ...NIGHTLY, command }, undefined)).toThrow(/too long/);
  });

  test('the shell gives every argument back', () => {
    const print = [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--'];
    const text = argument.map((word) => word.replaceAll('\\', ''));
    for (const words of fc.sample(fc.array(text, { maxLength: 20 }), 30)) {
      const [, line] = toCrontabBlock({ ...NIGHTLY, command: [...print, ...words] }, undefined);
      // What cron does to the line (crontab(5)); a real cron was seen to do so.
      const command = line!.replace(/^(\S+ ){5}/, '').replaceAll('\\%', '%');
      expect(JSON.parse(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }))).toEqual(words);
    }
  });
});

describe('editCrontab', () => {
  const block = (name: string, line: string) => [
    `# Cairn schedule ${name}: every day at 02:30`,
    line,
    `# End of Cairn schedule ${name}`,
  ];
  const others = fc
    .array(fc.constantFrom('', '# my notes', 'MAILTO=me', '5 4 * * * job %', '\ta\udcff', '# Cairn schedule'))
    .map((lines) => lines.map((line) => `${line}\n`).join(''));

  test('adds, replaces and removes its block, and touches nothing else', () => {
    fc.assert(
      fc.property(others, others, (before, after) => {
        const one = editCrontab(before, 'one', block('one', 'first'));
        const both = editCrontab(one + after, 'two', block('two', 'second'));
        const changed = editCrontab(both, 'one', block('one', 'changed'));
        expect(changed).toBe(both.replace('first', 'changed'));
        expect(readCrontabBlocks(changed).map(({ name }) => name)).toEqual(['one', 'two']);
        expect(editCrontab(editCrontab(changed, 'one', []), 'two', [])).toBe(before + after);
      }),
    );
  });

  test('removing what is not there changes nothing', () => {
    expect(editCrontab('a\nb\n', 'one', [])).toBe('a\nb\n');
    expect(editCrontab('', 'one', [])).toBe('');
  });

  test('a last line without an end gets one', () => {
    expect(editCrontab('a', 'one', block('one', 'x'))).toBe(`a\n${block('one', 'x').join('\n')}\n`);
  });

  test('names that begin alike are kept apart', () => {
    const both = editCrontab(editCrontab('', 'work', block('work', 'a')), 'work-2', block('work-2', 'b'));
    expect(editCrontab(both, 'work', [])).toBe(`${block('work-2', 'b').join('\n')}\n`);
  });

  test('a block without an end is left to the person', () => {
    const torn = `${block('one', 'x').slice(0, 2).join('\n')}\n5 4 * * * job\n`;
    const refused = expect.objectContaining({ code: 'refused' }) as Error;
    expect(() => editCrontab(torn, 'one', [])).toThrow(refused);
    expect(() => editCrontab(torn, 'two', block('two', 'y'))).not.toThrow();
    expect(() => readCrontabBlocks(torn)).toThrow(refused);
  });
});

describe('launchd', () => {
  test('property list', () => {
    expect(toLaunchdPlist(NIGHTLY, 'cairn.nightly')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!-- Cairn schedule nightly: every day at 02:30 -->
<!-- Made by "cairn schedule install"; "cairn schedule remove" takes it away. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>cairn.nightly</string>
  <key>ProgramArguments</key>
  <array>
    <string>/usr/bin/node</string>
    <string>/opt/cairn/cli.js</string>
    <string>backup</string>
    <string>--trigger</string>
    <string>schedule</string>
    <string>/home/u/It&#39;s &#34;100 %&#34; \\ $HOME; &#60;&#38;&#62;</string>
  </array>
  <key>StartCalendarInterval</key>
  <array>
    <dict><key>Hour</key><integer>2</integer><key>Minute</key><integer>30</integer></dict>
  </array>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
</dict>
</plist>
`);
  });

  test('refuses a calendar expression', () => {
    expect(() => toLaunchdPlist({ ...NIGHTLY, time: parseCalendar('daily') }, 'x')).toThrow(/macOS/);
  });
});

describe('Windows', () => {
  test('task', () => {
    const command = ['C:\\Program Files\\node.exe', 'C:\\cairn\\cli.js', 'backup', 'D:\\R & D\\', 'E:\\x'];
    expect(toTaskSchedulerXml({ ...NIGHTLY, command })).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-16"?>
      <!-- Cairn schedule nightly: every day at 02:30 -->
      <!-- Made by "cairn schedule install"; "cairn schedule remove" takes it away. -->
      <Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
        <Triggers>
          <CalendarTrigger>
            <Enabled>true</Enabled>
            <StartBoundary>2024-01-01T02:30:00</StartBoundary>
            <ScheduleByDay>
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
            <Command>C:\\Program Files\\node.exe</Command>
            <Arguments>C:\\cairn\\cli.js backup &#34;D:\\R &#38; D\\\\&#34; E:\\x</Arguments>
          </Exec>
        </Actions>
      </Task>
      "
    `);
  });

  test('the parser of Windows gives every argument back', () => {
    fc.assert(
      fc.property(fc.array(argument), (words) => {
        const xml = toTaskSchedulerXml({ ...NIGHTLY, command: ['C:\\x.exe', ...words] });
        const escaped = /<Arguments>(.*)<\/Arguments>/s.exec(xml)![1]!;
        const line = escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
        expect(splitWindowsCommandLine(line)).toEqual(words);
      }),
    );
  });

  test.each([
    ['15m', /<Interval>PT15M<\/Interval>\s*<Duration>P1D</],
    ['6h', /<Interval>PT360M<\/Interval>/],
  ])('every %s', (period, pattern) => {
    expect(toTaskSchedulerXml({ ...NIGHTLY, time: parsePeriod(period) })).toMatch(pattern);
  });

  test('refuses a calendar expression', () => {
    expect(() => toTaskSchedulerXml({ ...NIGHTLY, time: parseCalendar('daily') })).toThrow(/Windows/);
  });
});

/** The rules of Microsoft's "Parsing C command-line arguments", character by character. */
function splitWindowsCommandLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const slashes = /^\\*/.exec(line.slice(at))![0].length;
    if (slashes > 0 && line[at + slashes] === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      at += slashes;
      if (slashes % 2 === 1) word += '"';
      else isQuoted = !isQuoted;
    } else if (line[at] === '"') {
      word ??= '';
      isQuoted = !isQuoted;
    } else if (line[at] === ' ' && !isQuoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + line[at]!;
  }
  return word === undefined ? words : [...words, word];
}
