/**
 * Random commands on a small repository, of Cairn and of restic, with clocks that jump, processes that are killed, and
 * two programs at once; held against a plain list of what the repository should hold.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { judgeSnapshot, requireSame } from './judge.ts';
import type { Part } from './part.ts';
import { cairn, cairnOk, restic, type CairnSettings } from './programs.ts';
import { copyFolder, listSnapshots, newFolder, newRepository, removeFolder, type ListedSnapshot } from './stage.ts';

const SEQUENCES = 400;
const STEPS = 14;
const DAY = 86_400_000;

export const model: Part = {
  name: 'model',
  subjects: ['sequences'],
  cases: async (_, seed) =>
    Array.from({ length: SEQUENCES }, (_, at) => ({
      name: `random commands ${at}`,
      run: () => runSequence(seed * 10_007 + at),
    })),
  sample: { subjects: 1, cases: 1 },
};

/** What should be there, and what it is there in. */
class World {
  readonly folder = newFolder();
  readonly repository = join(this.folder, 'repository');
  readonly source = join(this.folder, 'source');
  /** By the id that the snapshot has now: a folder with what it holds. */
  readonly snapshots = new Map<string, string>();
  readonly random: ReturnType<typeof seededRandom>;
  readonly done: string[] = [];
  #clock = 0;
  #copies = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Settings for a command: usually the clock goes on as it should, sometimes it jumps ahead or back. */
  settings(): CairnSettings {
    if (this.random.below(3) === 0) this.#clock = Math.floor((this.random.next() - 0.4) * 60 * DAY);
    return { clock: this.#clock };
  }

  copySource(): string {
    const copy = join(this.folder, `copy-${this.#copies++}`);
    copyFolder(this.source, copy);
    return copy;
  }

  anySnapshot(): string | undefined {
    return this.snapshots.size === 0 ? undefined : this.random.pick([...this.snapshots.keys()]);
  }

  /** The snapshots that are there must be those of the model; returns those that it does not know. */
  async compare(mayLack: readonly string[] = []): Promise<ListedSnapshot[]> {
    const listed = await listSnapshots(this.repository);
    const ids = new Set(listed.map(({ id }) => id));
    for (const id of [...this.snapshots.keys()].filter((known) => !ids.has(known))) {
      if (!mayLack.includes(id)) throw new Error(`Snapshot ${id} is gone.`);
      this.snapshots.delete(id);
    }
    return listed.filter(({ id }) => !this.snapshots.has(id));
  }

  /** As many new snapshots as that, each of the source as it is. */
  async expectNew(least: number, most = least): Promise<void> {
    const added = await this.compare();
    if (added.length < least || added.length > most)
      throw new Error(`There should be ${least} to ${most} new snapshots, not ${added.length}.`);
    const copy = this.copySource();
    for (const { id } of added) this.snapshots.set(id, copy);
  }
}

type Step = (world: World) => Promise<void>;

const steps: Readonly<Record<string, Step>> = {
  change: async (world) => changeSource(world),
  backup: async (world) => {
    await cairnOk(['backup', '-r', world.repository, world.source], world.settings());
    await world.expectNew(1);
  },
  'backup by restic': async (world) => {
    await byRestic(world, ['backup', world.source]);
    await world.expectNew(1);
  },
  'two backups at once': async (world) => {
    await removeLocks(world);
    await Promise.all([
      cairnOk(['backup', '-r', world.repository, world.source]),
      restic(world.repository, ['backup', world.source]),
    ]);
    await world.expectNew(2);
  },
  'killed backup': async (world) => {
    const { random, repository, source } = world;
    const kill = { at: random.below(50), when: random.pick(['before', 'after'] as const) };
    await cairn(['backup', '-r', repository, source], { ...world.settings(), disk: { folders: [repository], kill } });
    await world.expectNew(0, 1);
  },
  'killed prune': async (world) => {
    const { random, repository } = world;
    const kill = { at: random.below(50), when: random.pick(['before', 'after'] as const) };
    await cairn(pruneArgs(repository), { ...world.settings(), disk: { folders: [repository], kill } });
    await world.expectNew(0);
  },
  forget: (world) => forget(world, (id) => cairnOk(['forget', '-r', world.repository, id], world.settings())),
  'forget by restic': (world) => forget(world, (id) => byRestic(world, ['forget', id])),
  'forget by policy': async (world) => {
    const keep = 1 + world.random.below(5);
    await cairnOk(['forget', '-r', world.repository, '--keep-last', String(keep)], world.settings());
    const before = world.snapshots.size;
    const added = await world.compare([...world.snapshots.keys()]);
    if (added.length > 0 || world.snapshots.size !== Math.min(before, keep))
      throw new Error(`Of ${before} snapshots ${world.snapshots.size} are left, with --keep-last ${keep}.`);
  },
  prune: async (world) => void (await cairnOk(pruneArgs(world.repository), world.settings())),
  'prune by restic': async (world) => void (await byRestic(world, ['prune', '--max-unused', '0'])),
  tag: async (world) => {
    const id = world.anySnapshot();
    if (id === undefined) return;
    await cairnOk(['tag', '-r', world.repository, '--add', `t${world.done.length}`, id], world.settings());
    const copy = world.snapshots.get(id)!;
    const [changed, ...others] = await world.compare([id]);
    if (!changed || others.length > 0 || changed.original === undefined) throw new Error('The tag is not there.');
    world.snapshots.set(changed.id, copy);
  },
  restore: async (world) => {
    const id = world.anySnapshot();
    if (id === undefined) return;
    const target = join(world.folder, 'target');
    await cairnOk(['restore', '-r', world.repository, `${id}:${world.source}`, '-t', target, '--yes', '--delete']);
    requireSame(target, world.snapshots.get(id)!, `What was restored of ${id.slice(0, 8)}`);
    removeFolder(target);
  },
  verify: async ({ repository }) => void (await cairnOk(['verify', '-r', repository, '--read-data'])),
};

async function runSequence(seed: number): Promise<void> {
  const world = new World(seed);
  try {
    await newRepository(world.repository);
    changeSource(world);
    for (let left = STEPS; left > 0; left--) {
      const name = world.random.pick(['change', 'backup', 'backup', ...Object.keys(steps)]);
      world.done.push(name);
      await steps[name]!(world);
    }
    await judgeWorld(world);
  } catch (error) {
    throw new Error(`After ${world.done.join(', ')} (seed ${seed}): ${(error as Error).message}`, { cause: error });
  } finally {
    removeFolder(world.folder);
  }
}

/** Everything is there, and restic finds no error. */
async function judgeWorld(world: World): Promise<void> {
  await world.expectNew(0);
  await restic(world.repository, ['check', '--no-lock', '--read-data']);
  for (const [id, copy] of world.snapshots) await judgeSnapshot(world.repository, world.source, id, copy);
}

async function byRestic(world: World, args: readonly string[]): Promise<string> {
  await removeLocks(world);
  return restic(world.repository, args);
}

/** restic takes no lock of a dead process away by itself, and goes by the age alone of those of Cairn. */
async function removeLocks({ repository }: World): Promise<void> {
  await restic(repository, ['unlock', '--remove-all']);
}

function pruneArgs(repository: string): string[] {
  return ['prune', '-r', repository, '--max-unused', '0', '--grace', '0', '--allow-empty'];
}

async function forget(world: World, run: (id: string) => Promise<unknown>): Promise<void> {
  const id = world.anySnapshot();
  if (id === undefined) return;
  await run(id);
  const added = await world.compare([id]);
  if (added.length > 0 || world.snapshots.has(id)) throw new Error('It was not forgotten, or something is new.');
}

function changeSource({ source, random }: World): void {
  mkdirSync(source, { recursive: true });
  for (let left = 1 + random.below(4); left > 0; left--) {
    const folder = join(source, random.pick(['a', 'b', 'c/d']));
    mkdirSync(folder, { recursive: true });
    const present = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    if (random.below(4) === 0 && present.length > 0) rmSync(join(folder, random.pick(present).name));
    else {
      const size = random.pick([0, 10, 5000, 200_000, 900_000]);
      writeFileSync(join(folder, `${random.below(6)}.bin`), randomBytes(String(random.next()), size));
    }
  }
}
