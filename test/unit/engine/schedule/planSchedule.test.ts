import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detectScheduler, hasFlock } from '../../../../src/engine/schedule/detectScheduler.ts';
import { listSchedules } from '../../../../src/engine/schedule/listSchedules.ts';
import { planScheduleInstall, planScheduleRemove } from '../../../../src/engine/schedule/planSchedule.ts';
import type { SchedulePlan } from '../../../../src/engine/schedule/planSchedule.ts';
import type { CommandResult, RunCommand } from '../../../../src/engine/schedule/runCommand.ts';
import { runCommand } from '../../../../src/engine/schedule/runCommand.ts';
import { runSchedulePlan } from '../../../../src/engine/schedule/runSchedulePlan.ts';
import { parseCalendar, parsePeriod, parseTimeOfDay } from '../../../../src/engine/schedule/schedule.ts';
import type { Schedule, ScheduleEnvironment, Scheduler } from '../../../../src/engine/schedule/schedule.ts';
import { isWindows } from '../../../../src/disk/system.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const NIGHTLY: Schedule = {
  name: 'nightly',
  time: parseTimeOfDay('02:30'),
  command: ['/bin/cairn', 'backup', '/work'],
};
const HOURLY: Schedule = { ...NIGHTLY, time: parsePeriod('1h') };
const PLATFORMS: Record<Scheduler, NodeJS.Platform> = {
  systemd: 'linux',
  cron: 'linux',
  launchd: 'darwin',
  'task-scheduler': 'win32',
};

/**
 * Stands for the programs of a machine: a crontab(1) that works, other programs that succeed unless
 * named in `failing`, or are not there if named in `missing`.
 */
function makeMachine(options: { crontab?: string; failing?: string; missing?: readonly string[] } = {}) {
  const state = { crontab: options.crontab, log: [] as string[] };
  const result = (status: number | undefined, stdout = '', complaint = ''): CommandResult => ({
    status,
    stdout: Buffer.from(stdout),
    complaint,
  });
  const run: RunCommand = (argv, input) => {
    const line = argv.join(' ');
    if (options.missing?.includes(argv[0]!)) return result(undefined, '', 'not found');
    if (line === 'crontab -l') {
      return state.crontab === undefined ? result(1, '', 'no crontab for me') : result(0, state.crontab);
    }
    state.log.push(line);
    if (line === 'crontab -') state.crontab = input!.toString();
    return options.failing !== undefined && line.includes(options.failing) ? result(1, '', 'no!') : result(0);
  };
  return { state, run };
}

const describeStep = (step: SchedulePlan['steps'][number]) =>
  step.kind === 'run'
    ? `${step.mayFail ? 'try' : 'run'} ${step.argv.join(' ')}`
    : step.kind === 'crontab'
      ? `crontab ${step.name}: ${step.block.length} lines`
      : `${step.kind} ${step.path}`;
const stepsOf = (plan: SchedulePlan) => plan.steps.map(describeStep);

describe('plans', () => {
  const home = '/home/u';
  const options = { installed: [], hasFlock: true };

  test.each<[Scheduler, Partial<ScheduleEnvironment>, string[], string[]]>([
    [
      'systemd',
      { configHome: '/home/u/conf' },
      [
        'write /home/u/conf/systemd/user/cairn-nightly.service',
        'write /home/u/conf/systemd/user/cairn-nightly.timer',
        'run systemctl --user daemon-reload',
        'run systemctl --user restart cairn-nightly.timer',
        'run systemctl --user enable cairn-nightly.timer',
      ],
      [
        'try systemctl --user disable --now cairn-nightly.timer',
        'remove /home/u/conf/systemd/user/cairn-nightly.service',
        'remove /home/u/conf/systemd/user/cairn-nightly.timer',
        'try systemctl --user daemon-reload',
      ],
    ],
    [
      'cron',
      {},
      ['write /home/u/.config/cairn/schedules/nightly.lock', 'crontab nightly: 4 lines'],
      ['crontab nightly: 0 lines', 'remove /home/u/.config/cairn/schedules/nightly.lock'],
    ],
    [
      'launchd',
      { uid: 501 },
      [
        'write /home/u/Library/LaunchAgents/cairn.nightly.plist',
        'try launchctl bootout gui/501/cairn.nightly',
        'run launchctl bootstrap gui/501 /home/u/Library/LaunchAgents/cairn.nightly.plist',
      ],
      ['try launchctl bootout gui/501/cairn.nightly', 'remove /home/u/Library/LaunchAgents/cairn.nightly.plist'],
    ],
    [
      'task-scheduler',
      { localAppData: 'C:\\Users\\u\\Local' },
      [
        'write C:\\Users\\u\\Local\\cairn\\schedules\\nightly.xml',
        'run schtasks /Create /TN \\Cairn\\nightly /XML C:\\Users\\u\\Local\\cairn\\schedules\\nightly.xml /F',
      ],
      ['run schtasks /Delete /TN \\Cairn\\nightly /F', 'remove C:\\Users\\u\\Local\\cairn\\schedules\\nightly.xml'],
    ],
  ])('%s', (scheduler, more, install, remove) => {
    const environment = { platform: PLATFORMS[scheduler], home, ...more };
    const plan = planScheduleInstall(NIGHTLY, environment, { ...options, scheduler });
    expect(stepsOf(plan)).toEqual(install);
    const installed = [{ scheduler, name: 'nightly', description: '', text: '' }];
    expect(stepsOf(planScheduleRemove('nightly', environment, installed))).toEqual(remove);
  });

  const linux: ScheduleEnvironment = { platform: 'linux', home };

  test('without flock, cron gets no lock file', () => {
    const plan = planScheduleInstall(NIGHTLY, linux, { scheduler: 'cron', installed: [], hasFlock: false });
    expect(stepsOf(plan)).toEqual(['crontab nightly: 4 lines']);
  });

  test('a schedule of the same name elsewhere goes, after the new one is there', () => {
    const installed = ['nightly', 'other'].map((name) => ({
      scheduler: 'cron' as const,
      name,
      description: '',
      text: '',
    }));
    const plan = planScheduleInstall(NIGHTLY, linux, { scheduler: 'systemd', installed, hasFlock: true });
    expect(stepsOf(plan).slice(-2)).toEqual([
      'crontab nightly: 0 lines',
      'remove /home/u/.config/cairn/schedules/nightly.lock',
    ]);
  });

  test('systemd is asked about a calendar expression before anything is written', () => {
    const schedule = { ...NIGHTLY, time: parseCalendar('Mon 12:00') };
    const plan = planScheduleInstall(schedule, linux, { ...options, scheduler: 'systemd' });
    expect(stepsOf(plan)[0]).toBe('run systemd-analyze calendar -- Mon 12:00');
  });

  test('what was never tried says so, and what is not made up for', () => {
    const notes = (scheduler: Scheduler, schedule: Schedule) =>
      planScheduleInstall(schedule, linux, { ...options, scheduler }).notes.join();
    expect(notes('launchd', NIGHTLY)).toMatch(/never tried/);
    expect(notes('task-scheduler', NIGHTLY)).toMatch(/never tried/);
    expect(notes('cron', NIGHTLY)).toBe('');
    expect(notes('cron', { ...NIGHTLY, time: parseCalendar('1 2 * * *') })).toMatch(/does not make up/);
    expect(notes('systemd', NIGHTLY)).toMatch(/enable-linger/);
  });

  test('bad names are refused', () => {
    const plan = () => planScheduleInstall({ ...NIGHTLY, name: '../x' }, linux, { ...options, scheduler: 'systemd' });
    expect(plan).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => planScheduleRemove('nightly', linux, [])).toThrow(/no schedule "nightly"/);
  });
});

describe('installing, showing, removing', () => {
  // The paths of Windows mean nothing elsewhere, and have backslashes, which no crontab holds.
  test.each<Scheduler>(['systemd', isWindows ? 'task-scheduler' : 'cron', 'launchd'])('%s', (scheduler) => {
    const home = tempFolder();
    const environment: ScheduleEnvironment = { platform: PLATFORMS[scheduler], home };
    const { state, run } = makeMachine({ crontab: '# mine\n' });
    const install = (schedule: Schedule) => {
      const installed = listSchedules(environment, run);
      runSchedulePlan(planScheduleInstall(schedule, environment, { scheduler, installed, hasFlock: true }), run);
    };

    install(NIGHTLY);
    install({ ...NIGHTLY, name: 'other' });
    install(HOURLY);
    const found = listSchedules(environment, run);
    expect(found.map(({ name, description }) => `${name} ${description}`)).toEqual([
      'nightly every 1 h',
      'other every day at 02:30',
    ]);
    expect(found[0]).toMatchObject({ scheduler, text: expect.stringContaining('/bin/cairn') as string });

    for (const { name } of found) runSchedulePlan(planScheduleRemove(name, environment, found), run);
    expect(listSchedules(environment, run)).toEqual([]);
    expect(state.crontab).toBe('# mine\n');
    const left = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(left).toEqual([]);
  });

  test('files are for the user alone', () => {
    const home = tempFolder();
    const environment: ScheduleEnvironment = { platform: 'linux', home };
    const { run } = makeMachine();
    runSchedulePlan(
      planScheduleInstall(NIGHTLY, environment, { scheduler: 'systemd', installed: [], hasFlock: true }),
      run,
    );
    const timer = join(home, '.config/systemd/user/cairn-nightly.timer');
    expect(statSync(timer).mode & 0o777).toBe(0o600);
  });

  test('units of other programs are not ours', () => {
    const home = tempFolder();
    const folder = join(home, '.config/systemd/user');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cairn-other.timer'), '[Timer]\nOnCalendar=daily\n');
    writeFileSync(join(folder, 'backup.timer'), '# Cairn schedule x: every day at 02:30\n');
    expect(listSchedules({ platform: 'linux', home }, makeMachine().run)).toEqual([]);
  });
});

describe('a step that fails', () => {
  const install = (home: string, schedule: Schedule, scheduler: Scheduler, run: RunCommand) => {
    const environment: ScheduleEnvironment = { platform: PLATFORMS[scheduler], home };
    runSchedulePlan(planScheduleInstall(schedule, environment, { scheduler, installed: [], hasFlock: false }), run);
  };

  test('leaves nothing of a new schedule', () => {
    const home = tempFolder();
    const { run } = makeMachine({ failing: 'daemon-reload' });
    expect(() => install(home, NIGHTLY, 'systemd', run)).toThrow('"systemctl --user daemon-reload" failed: no!');
    expect(readdirSync(join(home, '.config/systemd/user'))).toEqual([]);
  });

  test('puts an old schedule back', () => {
    const home = tempFolder();
    install(home, NIGHTLY, 'systemd', makeMachine().run);
    const timer = join(home, '.config/systemd/user/cairn-nightly.timer');
    const before = readFileSync(timer, 'utf8');
    expect(() => install(home, HOURLY, 'systemd', makeMachine({ failing: 'enable' }).run)).toThrow(/no!/);
    expect(readFileSync(timer, 'utf8')).toBe(before);
  });

  test('puts the crontab back', () => {
    const { state, run } = makeMachine({ crontab: '# mine\n', failing: 'daemon-reload' });
    const plan: SchedulePlan = {
      scheduler: 'cron',
      notes: [],
      steps: [
        { kind: 'crontab', name: 'nightly', block: ['# Cairn schedule nightly: x', '# End of Cairn schedule nightly'] },
        { kind: 'run', argv: ['systemctl', 'daemon-reload'], mayFail: false },
      ],
    };
    expect(() => runSchedulePlan(plan, run)).toThrow(/no!/);
    expect(state.log).toEqual(['crontab -', 'systemctl daemon-reload', 'crontab -']);
    expect(state.crontab).toBe('# mine\n');
  });

  test('an unreadable crontab is not taken for an empty one', () => {
    const run: RunCommand = () => ({
      status: 1,
      stdout: Buffer.alloc(0),
      complaint: 'you are not allowed to use this',
    });
    expect(() => install(tempFolder(), NIGHTLY, 'cron', run)).toThrow(/not allowed/);
  });

  test('no crontab program', () => {
    const { run } = makeMachine({ missing: ['crontab'] });
    expect(() => install(tempFolder(), NIGHTLY, 'cron', run)).toThrow(/no "crontab"/);
  });
});

describe('detectScheduler', () => {
  const linux: ScheduleEnvironment = { platform: 'linux', home: '/' };
  test.each<[string, ScheduleEnvironment, Parameters<typeof makeMachine>[0], Scheduler]>([
    ['systemd', linux, {}, 'systemd'],
    ['cron, if the systemd of the user cannot be reached', linux, { failing: 'show-environment' }, 'cron'],
    ['cron, if there is no systemd', linux, { missing: ['systemctl'] }, 'cron'],
    ['launchd', { ...linux, platform: 'darwin' }, {}, 'launchd'],
    ['the Task Scheduler', { ...linux, platform: 'win32' }, {}, 'task-scheduler'],
  ])('%s', (_, environment, machine, scheduler) => {
    expect(detectScheduler(environment, makeMachine(machine).run)).toBe(scheduler);
  });

  test('says so if there is none', () => {
    const { run } = makeMachine({ missing: ['systemctl', 'crontab'] });
    expect(() => detectScheduler(linux, run)).toThrow(expect.objectContaining({ code: 'target-unavailable' }));
    expect(hasFlock(makeMachine({ missing: ['flock'] }).run)).toBe(false);
    expect(hasFlock(makeMachine().run)).toBe(true);
  });
});

describe('runCommand', () => {
  test('gives status, output and complaint', () => {
    const result = runCommand(['sh', '-c', 'cat; echo oops >&2; exit 3'], Buffer.from('in'));
    expect(result).toEqual({ status: 3, stdout: Buffer.from('in'), complaint: 'oops' });
  });

  test('says that a program is not there, or may not be run', () => {
    expect(runCommand(['cairn-no-such-program'])).toMatchObject({
      status: undefined,
      complaint: 'cairn-no-such-program was not found',
    });
  });

  test('says that a file may not be run', () => {
    const file = join(tempFolder(), 'plain');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    expect(runCommand([file])).toMatchObject({
      status: undefined,
      complaint: expect.stringContaining('EACCES') as string,
    });
  });
});
