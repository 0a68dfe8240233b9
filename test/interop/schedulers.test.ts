/**
 * What schedules write, read by the programs that it is meant for, or by ones that know its language:
 * systemd-analyze for units, Python's readers for property lists and XML.
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
