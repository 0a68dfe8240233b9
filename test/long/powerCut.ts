/** The power goes after every step of a command, and with it what was not durable: all of it, or a part by chance. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededRandom } from '../helpers/random.ts';
import { commandOf, commands, sceneFor, type LongCommand, type Scene } from './commands.ts';
import { DiskModel, layOut, type CutDisk, type Survival } from './diskModel.ts';
import type { DiskCall } from './diskPlan.ts';
import { kindOfPath } from './faults.ts';
import { judgeContent, judgeHalf, judgeRepository, judgeRetry, letTimePass } from './judge.ts';
import type { Case, Part } from './part.ts';
import { cairnOk } from './programs.ts';
import { newFolder, removeFolder, stage } from './stage.ts';

export const powerCut: Part = {
  name: 'power cut',
  subjects: commands.filter(({ isReading, name }) => !isReading && name !== 'unlock').map(({ name }) => name),
  cases: listCases,
  sample: { subjects: 3, cases: 4 },
};

/** Parts by chance that are tried after each step. */
const BY_CHANCE = 3;

type Random = ReturnType<typeof seededRandom>;

/** What is left of what was not durable. */
function survivals(random: Random): Record<string, Survival> {
  const byChance: Survival = {
    naming: () => random.below(2) === 0,
    content: () => random.pick(['none', 'all', 'half', 'zeros'] as const),
  };
  return {
    'nothing survives': { naming: () => false, content: () => 'none' },
    'only names survive': { naming: () => true, content: () => 'none' },
    'only content survives': { naming: () => false, content: () => 'all' },
    ...Object.fromEntries(Array.from({ length: BY_CHANCE }, (_, at) => [`chance ${at} survives`, byChance])),
  };
}

async function listCases(subject: string, seed: number): Promise<Case[]> {
  const command = commandOf(subject);
  const { model, calls } = await record(command);
  const random = seededRandom(seed);
  const seen = new Set<string>();
  const cases: Case[] = [];
  for (const [at, call] of calls.entries()) {
    model.apply(call);
    for (const [what, survival] of Object.entries(survivals(random))) {
      const disk = model.cut(survival);
      const isEnd = at === calls.length - 1;
      const state = digest(disk);
      if (seen.has(state) && !isEnd) continue;
      seen.add(state);
      const name = `${command.name}, power cut after change ${at} (${call.name} ${kindOfPath(call.path)}), ${what}`;
      cases.push({ name, run: () => runCase(command, disk, isEnd) });
    }
  }
  return cases;
}

/** Runs a command to its end and returns what it did, and the disk as it was before. */
async function record(command: LongCommand): Promise<{ model: DiskModel; calls: DiskCall[] }> {
  const scene = await sceneFor(command);
  const log = `${scene.repository}.log`;
  try {
    const watched = scene[command.watches];
    const above = dirname(watched);
    const model = new DiskModel(above);
    // What makes a new folder durable is done to the one above it.
    const folders = [existsSync(watched) ? watched : above];
    await cairnOk(command.args(scene), { disk: { folders, log, records: true } });
    const calls = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DiskCall);
    return { model, calls };
  } finally {
    scene.remove();
  }
}

async function runCase(command: LongCommand, disk: CutDisk, isEnd: boolean): Promise<void> {
  const folder = newFolder();
  const scene: Scene = {
    stage: await stage(),
    repository: join(folder, 'repository'),
    destination: join(folder, 'destination'),
  };
  try {
    layOut(disk, folder);
    if (isEnd && command.isNotDurable !== 'new') await judgeContent(command, scene);
    if (command.isNotDurable !== 'all') await judgeHalf(command, scene, { onlyOld: command.isNotDurable === 'new' });
    const isWhole = !command.mends && command.name !== 'init';
    if (!command.isPlain && (isWhole || isEnd)) await judgeRepository(scene, command.keeps);
    letTimePass(scene);
    await judgeRetry(command, scene);
  } finally {
    removeFolder(folder);
  }
}

function digest(disk: CutDisk): string {
  const lines = [...disk].map(([path, entry]) => {
    if (Buffer.isBuffer(entry)) return `${path} ${entry.length} ${hash('sha256', entry)}`;
    return `${path} ${entry?.link ?? ''}`;
  });
  return hash('sha256', lines.sort().join('\n'));
}
