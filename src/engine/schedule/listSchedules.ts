import { readdirSync, readFileSync } from 'node:fs';
import { systemCode } from '../../base/systemCode.ts';
import { readCrontabBlocks } from './crontab.ts';
import { runCommand, type RunCommand } from './runCommand.ts';
import { parseTitle, type ScheduleEnvironment, type Scheduler } from './schedule.ts';
import { scheduleFiles, scheduleFolder, timerUnit } from './scheduleFiles.ts';
import { readUserCrontab } from './userCrontab.ts';

/** A schedule that was found on the machine. */
export interface InstalledSchedule {
  readonly scheduler: Scheduler;
  readonly name: string;
  /** When it runs, in words. */
  readonly description: string;
  /** What stands in its files, or its lines in the crontab. */
  readonly text: string;
  /** As systemd words it; absent if unknown. */
  readonly nextRun?: string;
}

/** Finds the schedules of this user that Cairn installed, by name. Throws as `readUserCrontab` does. */
export function listSchedules(environment: ScheduleEnvironment, run: RunCommand = runCommand): InstalledSchedule[] {
  const found = schedulersOf(environment.platform).flatMap((scheduler) =>
    scheduler === 'cron' ? listCron(run) : listFiles(environment, scheduler, run),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The schedulers that may be there, the better first. */
export function schedulersOf(platform: NodeJS.Platform): Scheduler[] {
  if (platform === 'darwin') return ['launchd'];
  if (platform === 'win32') return ['task-scheduler'];
  return ['systemd', 'cron'];
}

function listCron(run: RunCommand): InstalledSchedule[] {
  return readCrontabBlocks(readUserCrontab(run) ?? '').map((block) => ({ scheduler: 'cron', ...block }));
}

function listFiles(environment: ScheduleEnvironment, scheduler: Scheduler, run: RunCommand): InstalledSchedule[] {
  const titles = readNames(scheduleFolder(environment, scheduler)).map((name) =>
    parseTitle(readText(`${scheduleFolder(environment, scheduler)}/${name}`, scheduler)),
  );
  // The service and the timer of systemd bear the same title.
  const unique = new Map(titles.flatMap((title) => (title ? [[title.name, title.description]] : [])));
  return [...unique].map(([name, description]) => {
    const files = scheduleFiles(environment, scheduler, name);
    const nextRun = scheduler === 'systemd' ? readNextRun(name, run) : undefined;
    const text = files.map((path) => readText(path, scheduler)).join('\n');
    return { scheduler, name, description, text, ...(nextRun !== undefined && { nextRun }) };
  });
}

function readNextRun(name: string, run: RunCommand): string | undefined {
  const argv = ['systemctl', '--user', 'show', timerUnit(name), '--property=NextElapseUSecRealtime', '--value'];
  const { status, stdout } = run(argv);
  return status === 0 ? stdout.toString('utf8').trim() || undefined : undefined;
}

/** Names that may be ours in a folder that others use too; none if there is no folder. */
function readNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^cairn[-.].*\.(timer|plist)$|\.xml$/.test(name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A file of ours, '' if it is not there. */
function readText(path: string, scheduler: Scheduler): string {
  try {
    return readFileSync(path, scheduler === 'task-scheduler' ? 'utf16le' : 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}
