import { CairnError } from '../../base/errors.ts';
import { schedulersOf } from './listSchedules.ts';
import { runCommand, type RunCommand } from './runCommand.ts';
import type { ScheduleEnvironment, Scheduler } from './schedule.ts';
import { readUserCrontab } from './userCrontab.ts';

/**
 * The scheduler to use: the one of the system, or the user's systemd where it can be reached, else
 * cron. Throws `target-unavailable` if there is neither.
 */
export function detectScheduler(environment: ScheduleEnvironment, run: RunCommand = runCommand): Scheduler {
  const [first] = schedulersOf(environment.platform);
  if (first !== 'systemd') return first!;
  if (run(['systemctl', '--user', 'show-environment']).status === 0) return 'systemd';
  if (readUserCrontab(run) !== undefined) return 'cron';
  throw new CairnError(
    'target-unavailable',
    'Neither systemd for this user nor cron can be reached. Install cron, or have "cairn backup" started in another way.',
  );
}

/** True if flock(1) is there. */
export function hasFlock(run: RunCommand = runCommand): boolean {
  return run(['flock', '--version']).status !== undefined;
}
