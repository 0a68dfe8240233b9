/**
 * `npm run bench`: measures Cairn and its peers in turn; `--help` says how to choose what.
 */
import { ensureBenchTools, ensureTestTools } from '../build/tools.mts';
import { Aside } from './aside.ts';
import { writeSection } from './document.ts';
import { measureHistory } from './history.ts';
import { growthInput } from './inputs/growth.ts';
import { largeInput } from './inputs/large.ts';
import { linuxInput } from './inputs/linux.ts';
import { modulesInput } from './inputs/modules.ts';
import type { Input } from './inputs/source.ts';
import { describeMachine, describeVersions } from './machine.ts';
import { measureInput, type InputOptions, type InputResult } from './measureInput.ts';
import type { Measurement } from './measure.ts';
import { parseOptions, usage, type Options, type SectionName } from './options.ts';
import { createGroups, type Group } from './programs/groups.ts';
import { measureSaves } from './saves.ts';
import { formatNumber, isDisturbed, renderGroup, renderGrowth, renderInput } from './table.ts';
import { copyDist, withWorkFolder } from './workFolder.ts';

const GIGABYTE = 1_000_000_000;
const MODULES_FILES = 250_000;
const GROWTH_FILES = [10_000, 100_000, 1_000_000];

/** What a section takes of the disk, at full scale. */
const neededBytes: Readonly<Record<SectionName, number>> = {
  linux: 25 * GIGABYTE,
  modules: 25 * GIGABYTE,
  large: 42 * GIGABYTE,
  saves: 11 * GIGABYTE,
  history: GIGABYTE,
  growth: 45 * GIGABYTE,
  editor: 2 * GIGABYTE,
};

interface Section {
  readonly rounds: number;
  readonly text: string;
}

/** A run on its way. */
interface Run {
  readonly options: Options;
  readonly workFolder: string;
  readonly dist: string;
  readonly aside: Aside;
  readonly groups: readonly Group[];
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return console.log(usage);
  ensureBenchTools();
  await import('../build/build.mts');
  const needed = Math.max(
    ...options.sections.map((name) => neededBytes[name] * (name === 'linux' ? 1 : options.scale)),
  );
  await withWorkFolder(options.work, needed, async (workFolder) => {
    const dist = copyDist(workFolder);
    const aside = new Aside(workFolder);
    const all = createGroups(dist);
    const groups = options.groups.map((name) => all[name]).map((group) => leaveOut(group, options.without));
    for (const name of options.sections) {
      const { rounds, text } = await measureSection(name, { options, workFolder, dist, aside, groups });
      const date = new Date().toISOString().slice(0, 10);
      const head = `_${date}, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`}. ${describeMachine(workFolder)}. ${describeVersions()}._`;
      if (options.write) await writeSection(name, `${head}\n\n${text}`);
      console.log(`\n${head}\n\n${text}\n`);
    }
  });
}

function leaveOut({ title, programs }: Group, names: readonly string[]): Group {
  return { title, programs: programs.filter(({ name }) => !names.includes(name)) };
}

async function measureSection(name: SectionName, run: Run): Promise<Section> {
  const { scale, linux } = run.options;
  switch (name) {
    case 'linux':
      return inputSection(name, linuxInput(linux), 5, run);
    case 'modules':
      return inputSection(name, modulesInput(Math.round(MODULES_FILES * scale)), 3, run);
    case 'large':
      return inputSection(name, largeInput(scale), 3, run);
    case 'saves':
      return { rounds: 1, text: measureSaves(run.workFolder, scale) };
    case 'history':
      return historySection(run);
    case 'growth':
      return growthSection(run);
    case 'editor':
      return editorSection(run);
  }
}

/** The browser and the editor are what the tests need, too. */
async function editorSection({ workFolder, dist, options }: Run): Promise<Section> {
  ensureTestTools();
  const { measureEditor } = await import('./editor/editor.ts');
  return { rounds: 1, text: await measureEditor(workFolder, dist, options.scale) };
}

async function inputSection(name: SectionName, input: Input, usualRounds: number, run: Run): Promise<Section> {
  const result = await measureInput(input, run.groups, inputOptions(name, run.options.rounds ?? usualRounds, run));
  return { rounds: result.rounds, text: renderInput(result) };
}

/** With the first group alone: the others would take as long again. */
async function growthSection(run: Run): Promise<Section> {
  const results: InputResult[] = [];
  const rounds = run.options.rounds ?? 1;
  for (const files of GROWTH_FILES) {
    const input = growthInput(Math.round(files * run.options.scale));
    const options = inputOptions(input.title, rounds, run);
    const includesJob = (name: string) => name !== 'limits' && options.includesJob(name);
    results.push(await measureInput(input, run.groups.slice(0, 1), { ...options, includesJob }));
  }
  return { rounds, text: renderGrowth(results) };
}

async function historySection({ options, workFolder, dist, groups }: Run): Promise<Section> {
  const rounds = options.rounds ?? 3;
  const { title, programs } = groups[0]!;
  const able = programs.filter(({ forget }) => forget);
  const jobs = await measureHistory(able, dist, {
    rounds,
    workFolder,
    scale: options.scale,
    includesJob: (name) => options.jobs?.includes(name) ?? true,
    onMeasured: (job, program, measurement) => report(`history, ${job}`, program.name, measurement),
  });
  const names = able.map(({ name }) => name);
  return { rounds, text: renderGroup({ title, programs: names, jobs, checkedByRestic: true }) };
}

function inputOptions(title: string, rounds: number, { options, workFolder, aside }: Run): InputOptions {
  return {
    rounds,
    workFolder,
    aside,
    includesJob: (name) => options.jobs?.includes(name) ?? true,
    onMeasured: (job, program, measurement) => report(`${title}, ${job.title}`, program.name, measurement),
  };
}

function report(what: string, program: string, { wall, cpu, memory, others }: Measurement): void {
  const figures = `${formatNumber(wall)} s, CPU ${formatNumber(cpu)} s, ${formatNumber(memory / 1e6)} MB`;
  const warning = isDisturbed(others) ? `  (others kept ${formatNumber(others)} cores busy)` : '';
  console.error(`${what}: ${program.padEnd(20)} ${figures}${warning}`);
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
