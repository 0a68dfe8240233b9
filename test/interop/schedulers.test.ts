/**
 * What schedules write, read by the programs that it is meant for, or by ones that know its language:
 * systemd-analyze for units, Python's readers for property lists and XML, xmllint for the schema of Windows.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toLaunchdPlist } from '../../src/engine/schedule/launchdPlist.ts';
import { parsePeriod, parseTimeOfDay } from '../../src/engine/schedule/schedule.ts';
import type { Schedule } from '../../src/engine/schedule/schedule.ts';
import { toCalendarEvent, toSystemdUnits } from '../../src/engine/schedule/systemdUnits.ts';
import { toTaskSchedulerXml } from '../../src/engine/schedule/taskSchedulerXml.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const NIGHTLY: Schedule = { name: 'nightly', time: parseTimeOfDay('02:30'), command: ['/bin/echo'] };
const PERIODS = [
  '1m',
  '2m',
  '3m',
  '4m',
  '5m',
  '6m',
  '10m',
  '12m',
  '15m',
  '20m',
  '30m',
  '1h',
  '2h',
  '3h',
  '4h',
  '6h',
  '8h',
  '12h',
];

/** Any text without control characters, with a liking for those that mean something to somebody. */
const argument = fc.oneof(
  fc.string({ unit: fc.constantFrom(...`ab /"'\\%$;#&<>|*?~!@:=+-{}[]()^,\``, 'é', '木', '😀', '--') }),
  fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\p{Cc}/gu, '')),
);

describe('systemd', () => {
  const folder = tempFolder();

  function analyze(names: readonly string[], logLevel: string): { stdout: string; stderr: string } {
    mkdirSync(join(folder, 'run'), { recursive: true });
    const env = { ...process.env, XDG_RUNTIME_DIR: join(folder, 'run'), SYSTEMD_LOG_LEVEL: logLevel };
    const args = ['verify', '--user', ...names.map((name) => join(folder, name))];
    const run = spawnSync('systemd-analyze', args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (!run.error) return run;
    throw new Error('The real systemd-analyze is needed for this test (Debian: systemd).', { cause: run.error });
  }
  const complaintsAbout = (...names: string[]) => analyze(names, 'info').stderr;

  /** How systemd understood each command line, by the name of the unit. */
  function commandsOf(names: readonly string[]): Map<string, string> {
    const commands = new Map<string, string>();
    let unit = '';
    for (const line of analyze(names, 'debug').stdout.split('\n')) {
      unit = /-> Unit (\S+):/.exec(line)?.[1] ?? unit;
      const command = /^\s*Command Line: (.*)$/s.exec(line)?.[1];
      if (command !== undefined) commands.set(unit, command);
    }
    return commands;
  }

  test('gives every argument back', () => {
    const lists = fc.sample(fc.array(argument, { maxLength: 12 }), 60);
    const names = lists.map((words, index) => {
      const { service } = toSystemdUnits({ ...NIGHTLY, command: ['/bin/echo', ...words] });
      writeFileSync(join(folder, `cairn-${index}.service`), service);
      return `cairn-${index}.service`;
    });
    expect(complaintsAbout(...names)).toBe('');
    const commands = commandsOf(names);
    lists.forEach((words, index) => {
      // systemd quotes a word where a shell might need it, and replaces $$ in arguments only when it runs them.
      const matches = [...commands.get(`cairn-${index}.service`)!.matchAll(/"((?:[^"\\]|\\.)*)"|[^ ]+/gs)];
      const understood = matches.map(([word, quoted]) => quoted?.replace(/\\(.)/gs, '$1') ?? word);
      expect(understood.map((word) => word.replaceAll('$$', () => '$'))).toEqual(['/bin/echo', ...words]);
    });
  });

  test('takes timer and service without complaint', () => {
    const { service, timer } = toSystemdUnits(NIGHTLY);
    writeFileSync(join(folder, 'cairn-nightly.service'), service);
    writeFileSync(join(folder, 'cairn-nightly.timer'), timer);
    expect(complaintsAbout('cairn-nightly.service', 'cairn-nightly.timer')).toBe('');
    writeFileSync(join(folder, 'cairn-bad.timer'), timer.replace('OnCalendar=', 'OnCalendar=x'));
    expect(complaintsAbout('cairn-bad.timer')).toMatch(/Failed to parse calendar/);
  });

  test.each(PERIODS)('runs at even times every %s', (period) => {
    const time = parsePeriod(period);
    const args = ['calendar', '--iterations=60', '--base-time=2025-01-01 00:00:01 UTC', '--', toCalendarEvent(time)];
    const output = execFileSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
    const elapses = [...output.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+) (\S+) UTC/g)];
    const minutes = elapses.map(([, day, clock]) => Date.parse(`${day}T${clock}Z`) / 60_000);
    const start = Date.parse('2025-01-01T00:00:00Z') / 60_000;
    const step = time.kind === 'every' ? time.minutes : NaN;
    expect(minutes).toEqual(Array.from({ length: 60 }, (_, index) => start + step * (index + 1)));
  });
});

function readByPython(script: string, input: string | Buffer): unknown {
  return JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }));
}

describe('launchd', () => {
  const read = 'import plistlib, json, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';

  test('gives every argument back', () => {
    const command = ['/x', ...fc.sample(argument, 500)];
    const plist = readByPython(read, toLaunchdPlist({ ...NIGHTLY, command }, 'cairn.nightly'));
    expect(plist).toMatchObject({ Label: 'cairn.nightly', ProgramArguments: command });
  });

  test.each([
    ['15m', [0, 15, 30, 45].map((Minute) => ({ Minute }))],
    ['1h', Array.from({ length: 24 }, (_, Hour) => ({ Hour, Minute: 0 }))],
    ['8h', [0, 8, 16].map((Hour) => ({ Hour, Minute: 0 }))],
  ])('every %s', (period, times) => {
    const plist = readByPython(read, toLaunchdPlist({ ...NIGHTLY, time: parsePeriod(period) }, 'x'));
    expect(plist).toMatchObject({ StartCalendarInterval: times });
  });

  /**
   * What launchd.plist(5) allows for the keys that Cairn uses; whatever else there is counts as wrong.
   */
  const complain = `
import plistlib, json, sys
def times(value):
    limits = {'Minute': range(60), 'Hour': range(24), 'Day': range(1, 32), 'Weekday': range(8), 'Month': range(1, 13)}
    entries = value if type(value) is list else [value]
    return len(entries) > 0 and all(
        type(entry) is dict and len(entry) > 0 and all(
            key in limits and type(number) is int and number in limits[key] for key, number in entry.items())
        for entry in entries)
keys = {
    'Label': lambda value: type(value) is str and value != '',
    'ProgramArguments': lambda value: type(value) is list and len(value) > 0 and all(type(word) is str for word in value),
    'StartCalendarInterval': times,
    'ProcessType': lambda value: value in ['Background', 'Standard', 'Adaptive', 'Interactive'],
    'LowPriorityIO': lambda value: type(value) is bool,
}
plist = plistlib.loads(sys.stdin.buffer.read(), fmt=plistlib.FMT_XML)
wrong = [key for key, value in plist.items() if key not in keys or not keys[key](value)]
print(json.dumps(wrong + [key for key in ['Label', 'ProgramArguments'] if key not in plist]))`;

  test.each([parseTimeOfDay('00:00'), parseTimeOfDay('23:59'), ...PERIODS.map(parsePeriod)])(
    'has the keys, types and limits of launchd.plist(5): %j',
    (time) => {
      const list = toLaunchdPlist({ ...NIGHTLY, time, command: ['/x', '', '<&>'] }, 'cairn.nightly');
      expect(readByPython(complain, list)).toEqual([]);
    },
  );

  test.each<[string, string | RegExp, string, string[]]>([
    ['a key that is not known', '<key>ProcessType', '<key>Priority', ['Priority']],
    ['a text for a boolean', '<true/>', '<string>true</string>', ['LowPriorityIO']],
    ['no program', 'ProgramArguments', 'Program', ['Program', 'ProgramArguments']],
    ['an hour that no day has', '<integer>2<', '<integer>24<', ['StartCalendarInterval']],
    ['a text for a number', '<integer>30</integer>', '<string>30</string>', ['StartCalendarInterval']],
    ['another kind of process', '>Background<', '>Idle<', ['ProcessType']],
  ])('which this check notices: %s', (_, right, wrong, complaints) => {
    const list = toLaunchdPlist(NIGHTLY, 'cairn.nightly');
    expect(list).toMatch(right);
    expect(readByPython(complain, list.replace(right, wrong))).toEqual(complaints);
  });
});

describe('the Task Scheduler', () => {
  const folder = tempFolder();
  const schema = join(import.meta.dirname, '../fixtures/schedulers/task.xsd');

  /** What is wrong with a task by the schema of Microsoft; nothing if all is right. */
  function complaintsAbout(task: string): string {
    const file = join(folder, 'task.xml');
    writeFileSync(file, Buffer.from(`\ufeff${task}`, 'utf16le'));
    const run = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, file], { encoding: 'utf8' });
    if (run.error) throw new Error('xmllint is needed for this test (Debian: libxml2-utils).', { cause: run.error });
    // 3 and 4: the task is not as the schema says; any other failure is one of this test.
    expect([0, 3, 4]).toContain(run.status);
    return run.status === 0 ? '' : run.stderr;
  }

  test.each([parseTimeOfDay('00:00'), parseTimeOfDay('23:59'), ...PERIODS.map(parsePeriod)])('takes %j', (time) => {
    expect(complaintsAbout(toTaskSchedulerXml({ ...NIGHTLY, time }))).toBe('');
  });

  test('takes any arguments, and no program of more than 260 characters', () => {
    const command = ['C:\\x.exe', ...fc.sample(argument, 500)];
    expect(complaintsAbout(toTaskSchedulerXml({ ...NIGHTLY, command }))).toBe('');
    expect(complaintsAbout(toTaskSchedulerXml({ ...NIGHTLY, command: [`C:\\${'x'.repeat(258)}`] }))).toMatch(
      /maxLength/,
    );
  });

  test.each<[string, string | RegExp, string, RegExp]>([
    ['a wrong order', /( *<Enabled>.*\n)( *<StartBoundary>.*\n)/, '$2$1', /Enabled.*not expected/s],
    [
      'a wrong place',
      /( *<StartBoundary>.*\n)( *<Repetition>[^]*<\/Repetition>\n)/,
      '$2$1',
      /Repetition.*not expected/s,
    ],
    ['a wrong time', 'T00:00:00<', 'T24:30:00<', /localTime/],
    ['no time', /<StartBoundary>.*\n/, '', /StartBoundary/],
    ['a day that is none', '2024-01-01T', '2024-02-30T', /localTime/],
    ['a wrong duration', 'PT15M', '15M', /Interval.*not a valid value/],
    ['a period that is too short', 'PT15M', 'PT30S', /minInclusive/],
    ['another namespace', '2004/02/mit/task', '2004/02/mit/job', /No matching global declaration/],
    ['another version', 'version="1.2"', 'version="2"', /version/],
    ['a value that is none', 'InteractiveToken', 'Interactive', /enumeration/],
    ['a priority beyond the last', '<Priority>8', '<Priority>11', /maxInclusive/],
    ['a context that is no principal', 'Context="Author"', 'Context="Other"', /keyref|IDREF/],
    ['a setting that is not known', 'StartWhenAvailable', 'StartWhenever', /not expected/],
  ])('does not take %s', (_, right, wrong, complaint) => {
    const task = toTaskSchedulerXml({ ...NIGHTLY, time: parsePeriod('15m') });
    expect(task).toMatch(right);
    expect(complaintsAbout(task.replaceAll(new RegExp(right, 'g'), wrong))).toMatch(complaint);
  });
});

test('the task of Windows is XML, in UTF-16', () => {
  const read = `
import json, sys, xml.etree.ElementTree as xml
print(json.dumps({node.tag.split('}')[1]: node.text for node in xml.fromstring(sys.stdin.buffer.read()).iter()}))`;
  const command = ['C:\\R & D\\<x>.exe', 'a', 'b "c"'];
  const task = Buffer.from(`\ufeff${toTaskSchedulerXml({ ...NIGHTLY, command })}`, 'utf16le');
  expect(readByPython(read, task)).toMatchObject({
    Command: 'C:\\R & D\\<x>.exe',
    Arguments: 'a "b \\"c\\""',
    StartBoundary: '2024-01-01T02:30:00',
    StartWhenAvailable: 'true',
  });
});
