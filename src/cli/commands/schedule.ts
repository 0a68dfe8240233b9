import { homedir } from 'node:os';
import { Option, type Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  DEFAULT_TIME,
  describeTime,
  detectScheduler,
  hasFlock,
  listSchedules,
  makeBackupCommand,
  parseCalendar,
  parsePeriod,
  parseTimeOfDay,
  planScheduleInstall,
  planScheduleRemove,
  runSchedulePlan,
  type BackupJob,
  type InstalledSchedule,
  type SchedulePlan,
  type ScheduleEnvironment,
  type Scheduler,
  type ScheduleTime,
} from '../../engine/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { addKeepOptions, keepArguments, type KeepOptions } from '../keepOptions.ts';
import { describeRepository } from '../lastingChoice.ts';
import { resolvePath } from '../resolvePath.ts';
import { addRuleOptions, ruleArguments, type RuleOptions } from '../ruleOptions.ts';
import { runs } from '../runCommand.ts';

interface InstallOptions extends RuleOptions, KeepOptions {
  readonly name: string;
  readonly at?: string;
  readonly every?: string;
  readonly calendar?: string;
  readonly scheduler?: Scheduler;
  readonly tag?: string[];
  readonly dryRun?: boolean;
}

interface RemoveOptions {
  readonly name: string;
  readonly dryRun?: boolean;
}

/** `cairn schedule`. */
export function scheduleCommand(): Command {
  return createCommand(
    'schedule',
    'have the system start backups at set times',
    'Backups then run whether an editor is open or not; a run that was missed is made up. The scheduler is systemd, cron, launchd or the Task Scheduler of Windows, whichever is there.',
  )
    .usage('COMMAND [options]')
    .addCommand(installCommand())
    .addCommand(
      createCommand('show', 'show the schedules that are installed').action(runs(showSchedules, { onlyPrints: true })),
    )
    .addCommand(
      createCommand('remove', 'remove a schedule; its snapshots stay')
        .option('--name <name>', 'its name, if there are several', 'backup')
        .option('-n, --dry-run', 'say what would be done')
        .action(runs<RemoveOptions>(removeSchedule)),
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  cairn schedule install ~/project --at 02:30
  cairn schedule install ~/project ~/notes --every 4h --workspace
  cairn schedule show
  cairn schedule remove --name photos
`,
    );
}

function installCommand(): Command {
  const command = createCommand(
    'install',
    'install a schedule, or replace the one of that name',
    'A repository that is named with -r needs --password-file or --password-command: nobody will be there to type the password.',
  )
    .argument('<path...>', 'what to back up')
    .option('--name <name>', 'name of the schedule, if there are several', 'backup')
    .option('--at <time>', 'every day at this time: 02:30 (the default)')
    .option('--every <period>', 'every so many minutes or hours: 15m, 4h')
    .option('--calendar <expression>', "when the system's scheduler says: its own words")
    .option('--tag <tags>', 'add tags to the snapshots: a,b (may be repeated)', collect)
    .addOption(
      new Option('--scheduler <scheduler>', 'use this one').choices(['systemd', 'cron', 'launchd', 'task-scheduler']),
    )
    .option('-n, --dry-run', 'say what would be done');
  return addKeepOptions(addRuleOptions(command))
    .action(runs<InstallOptions, [string[]]>(installSchedule))
    .addHelpText(
      'after',
      `
Examples:
  cairn schedule install ~/project --keep-daily 14 --keep-weekly 8
  cairn schedule install -r /media/disk/backup -p ~/.backup-password ~/project --at 12:15 -e '*.iso'
`,
    );
}

async function installSchedule(context: CommandContext, options: InstallOptions, paths: string[]): Promise<number> {
  const { output } = context;
  const environment = readEnvironment();
  const dryRun = options.dryRun ?? false;
  const schedule = {
    name: options.name,
    time: chooseTime(options),
    command: makeBackupCommand(describeJob(context, options, paths), environment.platform),
  };
  const scheduler = options.scheduler ?? detectScheduler(environment);
  const installed = listSchedules(environment);
  execute(context, planScheduleInstall(schedule, environment, { scheduler, installed, hasFlock: hasFlock() }), dryRun);
  const { name, time, command } = schedule;
  if (output.json) output.data({ message_type: 'schedule_installed', name, time, command, scheduler, dry_run: dryRun });
  else output.line(`${dryRun ? 'would install' : 'installed'} "${name}": ${describeTime(time)}, by ${scheduler}`);
  return EXIT_DONE;
}

function describeJob(context: CommandContext, options: InstallOptions, paths: readonly string[]): BackupJob {
  const { workingFolder } = context;
  return {
    program: [process.execPath, __filename],
    paths: paths.map((path) => resolvePath(workingFolder, path)),
    ...describeRepository(context),
    options: [
      '--quiet',
      ...(options.tag ?? []).map((tags) => `--tag=${tags}`),
      ...ruleArguments(context, options),
      ...keepArguments(options),
    ],
  };
}

function chooseTime({ at, every, calendar }: InstallOptions): ScheduleTime {
  const times = [
    ...(at === undefined ? [] : [parseTimeOfDay(at)]),
    ...(every === undefined ? [] : [parsePeriod(every)]),
    ...(calendar === undefined ? [] : [parseCalendar(calendar)]),
  ];
  if (times.length > 1) throw new CairnError('usage', 'Give one of --at, --every and --calendar.');
  return times[0] ?? DEFAULT_TIME;
}

async function showSchedules({ output }: CommandContext): Promise<number> {
  const schedules = listSchedules(readEnvironment());
  for (const schedule of schedules) show(output, schedule);
  if (schedules.length === 0 && !output.json) output.line('no schedule is installed');
  return EXIT_DONE;
}

function show(output: CommandContext['output'], schedule: InstalledSchedule): void {
  const { name, description, scheduler, nextRun, text } = schedule;
  if (output.json) {
    const next = nextRun === undefined ? {} : { next_run: nextRun };
    output.data({ message_type: 'schedule', name, description, scheduler, text, ...next });
    return;
  }
  output.line(`${name}: ${description}, by ${scheduler}${nextRun === undefined ? '' : `; next: ${nextRun}`}`);
  for (const line of text.trimEnd().split('\n')) output.line(`  ${line}`);
}

async function removeSchedule(context: CommandContext, { name, dryRun = false }: RemoveOptions): Promise<number> {
  const { output } = context;
  const environment = readEnvironment();
  execute(context, planScheduleRemove(name, environment, listSchedules(environment)), dryRun);
  if (output.json) output.data({ message_type: 'schedule_removed', name, dry_run: dryRun });
  else output.line(`${dryRun ? 'would remove' : 'removed'} "${name}"`);
  return EXIT_DONE;
}

/** Does what the plan says; a dry run shows it instead, and so does `-v`. */
function execute({ output }: CommandContext, plan: SchedulePlan, dryRun: boolean): void {
  const lines = plan.steps.flatMap(describeStep);
  if (dryRun && !output.json) for (const line of lines) output.line(line);
  else if (output.verbosity > 0) for (const line of lines) output.note(line);
  if (!dryRun) runSchedulePlan(plan);
  for (const note of plan.notes) output.note(note);
}

function describeStep(step: SchedulePlan['steps'][number]): string[] {
  const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  switch (step.kind) {
    case 'write':
      return [`write ${step.path}`, ...indent(step.content.trimEnd().split('\n'))];
    case 'remove':
      return [`remove ${step.path}`];
    case 'crontab':
      return [`put into the crontab, in place of the lines of "${step.name}":`, ...indent(step.block)];
    case 'run':
      return [`run ${step.argv.join(' ')}`];
  }
}

function readEnvironment(): ScheduleEnvironment {
  const { XDG_CONFIG_HOME: configHome, LOCALAPPDATA: localAppData } = process.env;
  const uid = process.getuid?.();
  return {
    platform: process.platform,
    home: homedir(),
    ...(configHome && { configHome }),
    ...(localAppData && { localAppData }),
    ...(uid !== undefined && { uid }),
  };
}
