import { posix, win32 } from 'node:path';
import type { ScheduleEnvironment, Scheduler } from './schedule.ts';

/** The folder in which a scheduler finds its files; for cron and Windows, the one in which we keep ours. */
export function scheduleFolder(environment: ScheduleEnvironment, scheduler: Scheduler): string {
  const { home, configHome = posix.join(home, '.config') } = environment;
  switch (scheduler) {
    case 'systemd':
      return posix.join(configHome, 'systemd', 'user');
    case 'cron':
      return posix.join(configHome, 'cairn', 'schedules');
    case 'launchd':
      return posix.join(home, 'Library', 'LaunchAgents');
    case 'task-scheduler':
      return win32.join(environment.localAppData ?? win32.join(home, 'AppData', 'Local'), 'cairn', 'schedules');
  }
}

/**
 * The files of a schedule. systemd: service and timer. cron: a lock file. launchd: the property
 * list. Windows: the description of the task, kept for `schedule show`.
 */
export function scheduleFiles(environment: ScheduleEnvironment, scheduler: Scheduler, name: string): string[] {
  const folder = scheduleFolder(environment, scheduler);
  switch (scheduler) {
    case 'systemd':
      return [posix.join(folder, `cairn-${name}.service`), posix.join(folder, `cairn-${name}.timer`)];
    case 'cron':
      return [posix.join(folder, `${name}.lock`)];
    case 'launchd':
      return [posix.join(folder, `${launchdLabel(name)}.plist`)];
    case 'task-scheduler':
      return [win32.join(folder, `${name}.xml`)];
  }
}

/** The name of a schedule's timer for systemctl(1). */
export function timerUnit(name: string): string {
  return `cairn-${name}.timer`;
}

/** The name of a schedule for launchctl(1). */
export function launchdLabel(name: string): string {
  return `cairn.${name}`;
}

/** The name of a schedule for schtasks. */
export function taskName(name: string): string {
  return `\\Cairn\\${name}`;
}
