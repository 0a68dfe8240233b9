/**
 * Schedules in the crontab of the user who runs the tests, by the real crontab(1). What was there is
 * put back, whatever happens. The cron service itself is not needed.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRaw } from '../../src/base/rawName.ts';
import { listSchedules } from '../../src/engine/schedule/listSchedules.ts';
import { makeBackupCommand } from '../../src/engine/schedule/makeBackupCommand.ts';
import { planScheduleInstall, planScheduleRemove } from '../../src/engine/schedule/planSchedule.ts';
import { runCommand } from '../../src/engine/schedule/runCommand.ts';
import { runSchedulePlan } from '../../src/engine/schedule/runSchedulePlan.ts';
import { parsePeriod, parseTimeOfDay } from '../../src/engine/schedule/schedule.ts';
import type { ScheduleEnvironment, ScheduleTime } from '../../src/engine/schedule/schedule.ts';
import { readUserCrontab, writeUserCrontab } from '../../src/engine/schedule/userCrontab.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const NAME = 'cairn-test';
const MINE = '# my own\nMAILTO=me\n\n5 4 * * * echo 100\\% "x" # \udcff\n';

const environment: ScheduleEnvironment = { platform: 'linux', home: tempFolder() };
let before: string | undefined;

beforeAll(() => {
  before = readUserCrontab(runCommand);
  if (before === undefined) throw new Error('The real crontab is needed for this test (Debian: apt-get install cron).');
});

afterAll(() => {
  if (before === '') runCommand(['crontab', '-r']);
  else if (before !== undefined) writeUserCrontab(runCommand, before);
});

function install(time: ScheduleTime, path: string): void {
  const command = makeBackupCommand({ program: ['/usr/bin/node', '/opt/cairn.js'], paths: [path] }, 'linux');
  const installed = listSchedules(environment);
  const options = { scheduler: 'cron' as const, installed, hasFlock: true };
  runSchedulePlan(planScheduleInstall({ name: NAME, time, command }, environment, options));
}

const ours = () => listSchedules(environment).filter(({ name }) => name === NAME);

test('installs, replaces, shows and removes between the lines of others', () => {
  writeUserCrontab(runCommand, MINE);
  install(parseTimeOfDay('02:30'), `/home/u/It's 100 % "mine"`);
  expect(readUserCrontab(runCommand)!.startsWith(MINE)).toBe(true);
  expect(ours()).toMatchObject([{ scheduler: 'cron', description: 'every day at 02:30' }]);

  writeUserCrontab(runCommand, `${readUserCrontab(runCommand)}# after\n`);
  install(parsePeriod('15m'), '/work');
  const lock = `${environment.home}/.config/cairn/schedules/${NAME}.lock`;
  expect(encodeRaw(readUserCrontab(runCommand)!)).toEqual(
    encodeRaw(`${MINE}# Cairn schedule ${NAME}: every 15 minutes
*/15 * * * * flock -n ${lock} /usr/bin/node /opt/cairn.js backup --trigger schedule /work
# End of Cairn schedule ${NAME}
# after
`),
  );

  runSchedulePlan(planScheduleRemove(NAME, environment, ours()));
  expect(readUserCrontab(runCommand)).toBe(`${MINE}# after\n`);
  expect(ours()).toEqual([]);
  expect(readdirSync(`${environment.home}/.config/cairn/schedules`)).toEqual([]);
});

test('a first crontab is made, and an empty one left', () => {
  runCommand(['crontab', '-r']);
  expect(readUserCrontab(runCommand)).toBe('');
  install(parseTimeOfDay('02:30'), '/work');
  expect(ours()).toHaveLength(1);
  runSchedulePlan(planScheduleRemove(NAME, environment, ours()));
  expect(readUserCrontab(runCommand)).toBe('');
});

test('what crontab(1) refuses changes nothing', () => {
  writeUserCrontab(runCommand, MINE);
  expect(() => writeUserCrontab(runCommand, 'no such line\n')).toThrow(/could not be changed/);
  expect(readUserCrontab(runCommand)).toBe(MINE);
});
