import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { editCrontab } from './crontab.ts';
import type { SchedulePlan, ScheduleStep } from './planSchedule.ts';
import { runCommand, type RunCommand } from './runCommand.ts';
import { readUserCrontab, writeUserCrontab } from './userCrontab.ts';

/**
 * Does what a plan says. If a step fails, the files and the crontab are put back as they were.
 * Throws `target-unavailable` if a program of the scheduler refuses, with its complaint.
 */
export function runSchedulePlan(plan: SchedulePlan, run: RunCommand = runCommand): void {
  const undo: (() => void)[] = [];
  try {
    for (const step of plan.steps) undo.push(runStep(step, run));
  } catch (error) {
    for (const restore of undo.reverse()) restore();
    throw error;
  }
}

/** Does one step, and gives back how to undo it. */
function runStep(step: ScheduleStep, run: RunCommand): () => void {
  switch (step.kind) {
    case 'write':
    case 'remove':
      return replaceFile(step.path, step.kind === 'write' ? Buffer.from(step.content, step.encoding) : undefined);
    case 'crontab': {
      const before = readUserCrontab(run);
      if (before === undefined) throw new CairnError('target-unavailable', 'There is no "crontab" program here.');
      const after = editCrontab(before, step.name, step.block);
      if (after !== before) writeUserCrontab(run, after);
      return () => {
        if (after !== before) writeUserCrontab(run, before);
      };
    }
    case 'run': {
      const { status, complaint } = run(step.argv);
      if (status === 0 || step.mayFail) return () => {};
      throw new CairnError('target-unavailable', `"${step.argv.join(' ')}" failed: ${complaint || `status ${status}`}`);
    }
  }
}

/** Writes a file, or removes it if there is no content; gives back how to undo that. */
function replaceFile(path: string, content: Buffer | undefined): () => void {
  const before = readIfThere(path);
  const put = (bytes: Buffer | undefined) => {
    if (bytes === undefined) return rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, bytes, { mode: 0o600 });
  };
  put(content);
  return () => put(before);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
