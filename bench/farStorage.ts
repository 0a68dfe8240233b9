/**
 * Measures Cairn and restic in turn on the same REST server, which is some milliseconds away:
 * `npm run bench:far`; `-- --help` says how to choose what.
 */
import { execFileSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { bringNewerRestic, newerResticFolder } from '../build/newerRestic.mts';
import { ensureBenchTools } from '../build/tools.mts';
import { startRestServer } from '../test/servers/restServer.ts';
import { Aside } from './aside.ts';
import { startDelayLine } from './far/delayLine.ts';
import { measureForgetHalf } from './far/forgetHalf.ts';
import { modulesInput } from './inputs/modules.ts';
import { countTree, type Source } from './inputs/source.ts';
import { jobs as allJobs } from './jobs/jobs.ts';
import { createStage, measureJob, type JobResult, type MeasureOptions } from './jobs/measureJobs.ts';
import { describeMachine } from './machine.ts';
import { createCairn } from './programs/cairn.ts';
import type { Program } from './programs/program.ts';
import { createRestic, resticCheck } from './programs/restic.ts';
import { run } from './measure.ts';
import { median } from './statistics.ts';
import { formatNumber, renderGroup } from './table.ts';
import { copyDist, withWorkFolder } from './workFolder.ts';

const usage = `npm run bench:far [-- options]

Measures Cairn and restic on the same rest-server, with its answers late by some milliseconds.

  --trips LIST     milliseconds of a round trip (default: 0,50)
  --files N        small files in the shape of node_modules (default: 25000)
  --rounds N       measure each job so often (default: 3)
  --job NAMES      of first, unchanged, changed, restore, verify, verify-data, ls, prune (default: all but changed and ls)
  --dist FOLDERS   Cairn as built into each of these folders (default: dist, built now)
  --without-newer  leave the newer restic out
  --work FOLDER    for everything temporary
  --json           print the medians as one line of JSON for each round trip, too
`;

const USUAL_JOBS = 'first,unchanged,restore,verify,verify-data,prune';
/** Bytes, for each file. */
const NEEDED = 100_000;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    trips: { type: 'string', default: '0,50' },
    files: { type: 'string', default: '25000' },
    rounds: { type: 'string', default: '3' },
    job: { type: 'string', default: USUAL_JOBS },
    dist: { type: 'string' },
    'without-newer': { type: 'boolean', default: false },
    work: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** The programs, with their repositories behind a port. The server takes no paths of more than two parts. */
function programsAt(dists: readonly string[], root: string, port: number): Program[] {
  const locate = (store: string) => `rest:http://127.0.0.1:${port}/${relative(root, join(store, 'repository'))}/`;
  const named = (dist: string, index: number): Program => ({
    ...createCairn(dist, locate),
    name: index === 0 ? 'cairn' : `cairn before ${'i'.repeat(index)}`,
  });
  const versionOf = (program: string) =>
    /restic \d+\.\d+/.exec(execFileSync(program, ['version'], { encoding: 'utf8' }))?.[0] ?? program;
  const newer = join(newerResticFolder, 'restic');
  const restics = values['without-newer'] ? ['restic'] : ['restic', newer];
  return [
    ...dists.map(named),
    ...restics.map((program) => createRestic({ name: versionOf(program), program, locate })),
  ];
}

async function measureAll(workFolder: string): Promise<void> {
  const chosen = values.job.split(',');
  const dists = values.dist?.split(',').map((dist) => resolve(dist)) ?? [copyDist(workFolder)];
  const aside = new Aside(workFolder);
  const server = await startRestServer(workFolder);
  // Ctrl-C ends this process without what follows.
  const end = () => void process.kill(server.pid);
  process.once('exit', end);
  const options: MeasureOptions = {
    rounds: Number(values.rounds),
    workFolder,
    aside,
    onMeasured: ({ title }, { name }, { wall, cpu, memory, others }) =>
      console.error(
        `${title}: ${name.padEnd(14)} ${formatNumber(wall)} s, CPU ${formatNumber(cpu)} s, ${formatNumber(memory / 1e6)} MB, others ${formatNumber(others)}`,
      ),
  };
  try {
    const source = await modulesInput(Number(values.files)).make(join(workFolder, 'source'));
    const { files, bytes } = countTree(source.folder);
    console.log(
      `${describeMachine(workFolder)}, load ${loadavg()[0]!.toFixed(1)}. ${files} files, ${formatNumber(bytes / 1e6)} MB, medians of ${options.rounds} rounds.\n`,
    );
    for (const trip of values.trips.split(',').map(Number)) {
      const line = await startDelayLine({ port: server.port, roundTrip: trip });
      console.error(`\nA round trip of ${trip} ms:`);
      const programs = programsAt(dists, server.data, line.port);
      const local = createRestic();
      const results = await measureJobs(programs, local, source, server.data, chosen, options);
      await line.close();
      const names = programs.map(({ name }) => name);
      console.log(
        renderGroup({ title: `A round trip of ${trip} ms`, programs: names, jobs: results, checkedByRestic: true }),
        '\n',
      );
      if (values.json) console.log(JSON.stringify({ trip, files, jobs: results.map(mediansOf) }));
    }
  } finally {
    process.off('exit', end);
    await server.stop();
  }
}

async function measureJobs(
  programs: readonly Program[],
  local: Program,
  source: Source,
  folder: string,
  chosen: readonly string[],
  options: MeasureOptions,
): Promise<JobResult[]> {
  const stages = programs.map((program) => createStage(program, source, folder));
  const results: JobResult[] = [];
  for (const job of allJobs.filter(({ name }) => chosen.includes(name))) {
    results.push(await measureJob(job, stages, options));
  }
  if (stages[0]!.versions.length > 0) await run(resticCheck(stages[0]!.store), options.workFolder);
  for (const { store } of stages) options.aside.take(store);
  if (chosen.includes('prune')) results.push(await measureForgetHalf(programs, local, source, folder, options));
  return results;
}

function mediansOf({ job, measurements }: JobResult) {
  const programs = [...measurements].map(([program, of]) => {
    const middle = (figure: 'wall' | 'cpu' | 'memory' | 'others') => median(of.map((one) => one[figure]));
    return [program, { wall: middle('wall'), cpu: middle('cpu'), memory: middle('memory'), others: middle('others') }];
  });
  return { job, medians: Object.fromEntries(programs) as Record<string, unknown> };
}

if (values.help) console.log(usage);
else {
  ensureBenchTools();
  if (!values['without-newer']) bringNewerRestic();
  if (values.dist === undefined) await import('../build/build.mts');
  await withWorkFolder(values.work, Number(values.files) * NEEDED, measureAll);
}
