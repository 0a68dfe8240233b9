/** A command is killed after every step that changes something, and before the first. */
import { commandOf, commands, sceneFor, type LongCommand } from './commands.ts';
import type { Kill } from './diskPlan.ts';
import { callsOf, chooseCalls, kindOfPath } from './faults.ts';
import { judgeHalf, judgeRepository, judgeResult, judgeRetry, letTimePass } from './judge.ts';
import type { Case, Part } from './part.ts';
import { cairn } from './programs.ts';

export const kills: Part = {
  name: 'kills',
  subjects: commands.filter(({ isReading }) => !isReading).map(({ name }) => name),
  cases: listCases,
  sample: { subjects: 3, cases: 3 },
};

async function listCases(subject: string, seed: number): Promise<Case[]> {
  const command = commandOf(subject);
  const changes = (await callsOf(command)).filter((call) => call.changes);
  if (changes.length === 0) return [];
  const stepAt = (at: number) => `${changes[at]!.name} ${kindOfPath(changes[at]!.path)}`;
  return [
    caseOf(command, { at: 0, when: 'before' }, stepAt(0)),
    ...chooseCalls(changes, seed).map((at) => caseOf(command, { at, when: 'after' }, stepAt(at))),
  ];
}

function caseOf(command: LongCommand, kill: Kill, step: string): Case {
  const name = `${command.name}, killed ${kill.when} change ${kill.at} (${step})`;
  return { name, run: () => runCase(command, kill) };
}

async function runCase(command: LongCommand, kill: Kill): Promise<void> {
  const scene = await sceneFor(command);
  try {
    const run = await cairn(command.args(scene), { disk: { folders: [scene[command.watches]], kill } });
    const isKilled = run.signal === 'SIGKILL';
    if (!isKilled && run.status !== 0) throw new Error(`It ended with ${run.status ?? run.signal}: ${run.stderr}`);
    const isConfirmed = !isKilled || /"message_type":"summary"/.test(run.stdout);
    if (isConfirmed) await judgeResult(command, scene);
    await judgeHalf(command, scene);
    if (!command.isPlain && !command.mends && command.name !== 'init') await judgeRepository(scene, command.keeps);
    letTimePass(scene);
    await judgeRetry(command, scene);
  } finally {
    scene.remove();
  }
}
