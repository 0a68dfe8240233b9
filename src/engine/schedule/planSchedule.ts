import { CairnError } from '../../base/errors.ts';
import { toCrontabBlock } from './crontab.ts';
import { toLaunchdPlist } from './launchdPlist.ts';
import type { InstalledSchedule } from './listSchedules.ts';
import {
  checkScheduleName,
  describeTime,
  type Schedule,
  type ScheduleEnvironment,
  type Scheduler,
} from './schedule.ts';
import { launchdLabel, scheduleFiles, taskName, timerUnit } from './scheduleFiles.ts';
import { toSystemdUnits } from './systemdUnits.ts';
import { toTaskSchedulerXml } from './taskSchedulerXml.ts';

/** One thing to do. */
export type ScheduleStep =
  /** Write a file, readable by the user only; its folder is made where it is missing. */
  | { readonly kind: 'write'; readonly path: string; readonly content: string; readonly encoding: 'utf8' | 'utf16le' }
  /** Remove a file, if it is there. */
  | { readonly kind: 'remove'; readonly path: string }
  /** Put these lines into the user's crontab in place of the schedule's own; none takes them away. */
  | { readonly kind: 'crontab'; readonly name: string; readonly block: readonly string[] }
  /** Run a program. Where it may fail, it only undoes what may not be there. */
  | { readonly kind: 'run'; readonly argv: readonly string[]; readonly mayFail: boolean };

/** What installing or removing a schedule does, in order. */
export interface SchedulePlan {
  readonly scheduler: Scheduler;
  readonly steps: readonly ScheduleStep[];
  /** What the person should know, as sentences. */
  readonly notes: readonly string[];
}

/** What {@link planScheduleInstall} needs to know of the machine. */
export interface PlanScheduleOptions {
  readonly scheduler: Scheduler;
  /** What `listSchedules` found: a schedule of the same name is replaced, with another scheduler too. */
  readonly installed: readonly InstalledSchedule[];
  /** flock(1) is there; only cron asks. */
  readonly hasFlock: boolean;
}

/**
 * Says what installing a schedule would write and run. Throws `usage` if its name, its time or its
 * command cannot be expressed for this scheduler.
 */
export function planScheduleInstall(
  schedule: Schedule,
  environment: ScheduleEnvironment,
  options: PlanScheduleOptions,
): SchedulePlan {
  checkScheduleName(schedule.name);
  const { scheduler, installed, hasFlock } = options;
  const elsewhere = installed.filter((other) => other.name === schedule.name && other.scheduler !== scheduler);
  return {
    scheduler,
    steps: [
      ...installSteps(schedule, environment, scheduler, hasFlock),
      ...elsewhere.flatMap((other) => removeSteps(other.name, environment, other.scheduler)),
    ],
    notes: [...NOTES[scheduler](schedule)],
  };
}

/** Says what removing a schedule would do. Throws `usage` if there is none of that name. */
export function planScheduleRemove(
  name: string,
  environment: ScheduleEnvironment,
  installed: readonly InstalledSchedule[],
): SchedulePlan {
  const found = installed.filter((schedule) => schedule.name === name);
  if (found.length === 0) {
    throw new CairnError('usage', `There is no schedule "${name}". "cairn schedule show" lists what there is.`);
  }
  return {
    scheduler: found[0]!.scheduler,
    steps: found.flatMap(({ scheduler }) => removeSteps(name, environment, scheduler)),
    notes: [],
  };
}

function installSteps(
  schedule: Schedule,
  environment: ScheduleEnvironment,
  scheduler: Scheduler,
  hasFlock: boolean,
): ScheduleStep[] {
  const { name } = schedule;
  const [first, second] = scheduleFiles(environment, scheduler, name) as [string, string];
  switch (scheduler) {
    case 'systemd': {
      const { service, timer } = toSystemdUnits(schedule);
      const { time } = schedule;
      return [
        ...(time.kind === 'calendar' ? [run(['systemd-analyze', 'calendar', '--', time.expression])] : []),
        write(first, service),
        write(second, timer),
        run(['systemctl', '--user', 'daemon-reload']),
        // Not "enable --now": a timer that runs already has to take its new time.
        run(['systemctl', '--user', 'restart', timerUnit(name)]),
        run(['systemctl', '--user', 'enable', timerUnit(name)]),
      ];
    }
    case 'cron': {
      const block = toCrontabBlock(schedule, hasFlock ? first : undefined);
      return [...(hasFlock ? [write(first, '')] : []), { kind: 'crontab', name, block }];
    }
    case 'launchd': {
      const domain = `gui/${environment.uid ?? 0}`;
      return [
        write(first, toLaunchdPlist(schedule, launchdLabel(name))),
        tryRun(['launchctl', 'bootout', `${domain}/${launchdLabel(name)}`]),
        run(['launchctl', 'bootstrap', domain, first]),
      ];
    }
    case 'task-scheduler':
      return [
        { kind: 'write', path: first, content: `\ufeff${toTaskSchedulerXml(schedule)}`, encoding: 'utf16le' },
        run(['schtasks', '/Create', '/TN', taskName(name), '/XML', first, '/F']),
      ];
  }
}

function removeSteps(name: string, environment: ScheduleEnvironment, scheduler: Scheduler): ScheduleStep[] {
  const files = scheduleFiles(environment, scheduler, name);
  const removals = files.map((path): ScheduleStep => ({ kind: 'remove', path }));
  switch (scheduler) {
    case 'systemd':
      return [
        tryRun(['systemctl', '--user', 'disable', '--now', timerUnit(name)]),
        ...removals,
        tryRun(['systemctl', '--user', 'daemon-reload']),
      ];
    case 'cron':
      return [{ kind: 'crontab', name, block: [] }, ...removals];
    case 'launchd':
      return [tryRun(['launchctl', 'bootout', `gui/${environment.uid ?? 0}/${launchdLabel(name)}`]), ...removals];
    case 'task-scheduler':
      return [run(['schtasks', '/Delete', '/TN', taskName(name), '/F']), ...removals];
  }
}

const write = (path: string, content: string): ScheduleStep => ({ kind: 'write', path, content, encoding: 'utf8' });
const run = (argv: readonly string[]): ScheduleStep => ({ kind: 'run', argv, mayFail: false });
const tryRun = (argv: readonly string[]): ScheduleStep => ({ kind: 'run', argv, mayFail: true });

const NOT_TRIED = 'Cairn was never tried with this scheduler: look tomorrow whether the backup was made.';

const NOTES: Record<Scheduler, (schedule: Schedule) => readonly string[]> = {
  systemd: () => [
    'A run that was missed is made up at the next login. For backups while you are logged out, run once: loginctl enable-linger',
  ],
  cron: ({ time }) =>
    time.kind === 'calendar' ? [`Cron does not make up for a run ${describeTime(time)} that it missed.`] : [],
  launchd: () => [NOT_TRIED],
  'task-scheduler': () => [NOT_TRIED],
};
