/** Every call of the file system fails, once and for good, with every error that it can have. */
import { readFileSync, rmSync } from 'node:fs';
import { seededRandom } from '../helpers/random.ts';
import { commandOf, commands, sceneFor, type LongCommand } from './commands.ts';
import { faultCodes, type DiskCall, type Fault } from './diskPlan.ts';
import { judgeMessages, judgeRepository, judgeResult, judgeRetry } from './judge.ts';
import type { Case, Part } from './part.ts';
import { cairn, cairnOk } from './programs.ts';

export const faults: Part = {
  name: 'faults',
  subjects: commands.map(({ name }) => name),
  cases: listCases,
  sample: { subjects: 3, cases: 3 },
};

async function listCases(subject: string, seed: number): Promise<Case[]> {
  const command = commandOf(subject);
  const calls = await callsOf(command);
  return chooseCalls(calls, seed).flatMap((at) =>
    faultCodes
      .filter((code) => calls[at]!.codes.includes(code))
      .flatMap((code) => [false, true].map((forGood) => caseOf(command, calls[at]!, { at, code, forGood }))),
  );
}

function caseOf(command: LongCommand, call: DiskCall, fault: Fault): Case {
  const how = `${fault.code} ${fault.forGood ? 'for good' : 'once'}`;
  return {
    name: `${command.name}, ${how} from call ${fault.at} (${call.name} ${kindOfPath(call.path)})`,
    run: () => runCase(command, fault),
  };
}

/** Commands of which a run that left everything as it was has been followed to its end. */
const followed = new Set<string>();

async function runCase(command: LongCommand, fault: Fault): Promise<void> {
  const scene = await sceneFor(command);
  try {
    const run = await cairn(command.args(scene), { disk: { folders: [scene[command.watches]], fault } });
    const { isStruck, ...told } = withoutStrike(run);
    if (!isStruck && run.status !== 0) throw new Error(`Nothing went wrong, but it ended with ${run.status}.`);
    judgeMessages(told, scene);
    if (run.status === 0) await judgeResult(command, scene);
    // Then what follows is the same as after each other such run.
    if (scene.isAsMade() && followed.has(command.name)) return;
    if (scene.isAsMade()) followed.add(command.name);
    if (!command.isPlain && !command.mends && command.name !== 'init') await judgeRepository(scene, command.keeps);
    await judgeRetry(command, scene);
  } finally {
    scene.remove();
  }
}

/** The line by which the watched disk says that the fault struck is not the program's. */
function withoutStrike<T extends { readonly stderr: string }>(run: T): T & { isStruck: boolean } {
  const stderr = run.stderr.replace(/^\{"message_type":"struck".*\n/m, '');
  return { ...run, stderr, isStruck: stderr !== run.stderr };
}

/** The calls of a command in which nothing fails, in their order. */
export async function callsOf(command: LongCommand): Promise<DiskCall[]> {
  const scene = await sceneFor(command);
  const log = `${scene.repository}.log`;
  try {
    await cairnOk(command.args(scene), { disk: { folders: [scene[command.watches]], log } });
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as DiskCall);
  } finally {
    rmSync(log, { force: true });
    scene.remove();
  }
}

/** Calls that differ by the name of a file only, such as those of a loop over folders, stand for each other. */
export function chooseCalls(calls: readonly DiskCall[], seed: number): number[] {
  const kinds = Map.groupBy(calls.keys(), (at) => `${calls[at]!.name} ${kindOfPath(calls[at]!.path)}`);
  const random = seededRandom(seed);
  const chosen = [...kinds.values()].flatMap((at) =>
    at.length <= MOST_OF_A_KIND ? at : [at[0]!, at[1 + random.below(at.length - 2)]!, at.at(-1)!],
  );
  return chosen.sort((a, b) => a - b);
}

const MOST_OF_A_KIND = 12;

/** A path without what is another in each run. */
export function kindOfPath(path: string): string {
  return path
    .replace(/^.*?\/cairn-long-[^/]*\//, '')
    .replaceAll(/[0-9a-f]{64}/g, 'ID')
    .replaceAll(/-tmp-[0-9a-f]+|\.cairn-[0-9a-f]{12}/g, '-TEMPORARY')
    .replace(/^repository\/data\/[0-9a-f]{2}(?=\/|$)/, 'repository/data/XX');
}
