import { parseArgs } from 'node:util';
import { groupNames, type GroupName } from './programs/groups.ts';
import { jobs } from './jobs/jobs.ts';

/** What a run can be asked to measure: the inputs and, with inputs of their own, saves, history, growth and the editor. */
export const sectionNames = ['linux', 'modules', 'large', 'saves', 'history', 'growth', 'editor'] as const;
export type SectionName = (typeof sectionNames)[number];

const jobNames = ['limits', ...jobs.map((job) => job.name), 'forget', 'list'];

export const usage = `npm run bench [-- options]

Measures Cairn and its peers in turn. Without options: everything, written to docs/benchmarks.md.

  --quick             the everyday variant: --input modules,large --scale 0.02 --rounds 1, printed only
  --input NAMES       of ${sectionNames.join(', ')}
  --job NAMES         of ${jobNames.join(', ')}
  --group NAMES       of ${groupNames.join(', ')}: what Cairn does, and the peers that do it
  --without NAMES     programs to leave out: borg, restic, …
  --rounds N          measure each job so often (default: 5 for linux, 3 for others, 1 for a million files)
  --scale FACTOR      generated inputs and histories of this size (default: 1)
  --write, --no-write write docs/benchmarks.md, or print only (the default with --quick and --scale)
  --linux FOLDER      a Linux source tree that is unpacked already (CAIRN_BENCH_LINUX)
  --work FOLDER       for everything temporary (default: the system's folder for that)

Names are separated by commas. A section of docs/benchmarks.md that is not measured stays as it is.
`;

export interface Options {
  readonly sections: readonly SectionName[];
  /** Undefined: all. */
  readonly jobs: readonly string[] | undefined;
  readonly groups: readonly GroupName[];
  readonly without: readonly string[];
  /** Undefined: each section's own. */
  readonly rounds: number | undefined;
  readonly scale: number;
  readonly write: boolean;
  readonly linux: string | undefined;
  readonly work: string | undefined;
}

/** Reads the arguments; undefined if help is asked for. Throws an error whose message is for the user. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      quick: { type: 'boolean', default: false },
      input: { type: 'string' },
      job: { type: 'string' },
      group: { type: 'string' },
      without: { type: 'string' },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      write: { type: 'boolean' },
      linux: { type: 'string' },
      work: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const scale = readNumber('scale', values.scale) ?? (quick ? 0.02 : 1);
  return {
    sections: chooseNames('input', values.input, sectionNames) ?? (quick ? ['modules', 'large'] : sectionNames),
    jobs: chooseNames('job', values.job, jobNames),
    groups: chooseNames('group', values.group, groupNames) ?? groupNames,
    without: values.without?.split(',') ?? [],
    rounds: readNumber('rounds', values.rounds) ?? (quick ? 1 : undefined),
    scale,
    write: values.write ?? (!quick && scale === 1),
    linux: values.linux ?? process.env['CAIRN_BENCH_LINUX'],
    work: values.work,
  };
}

function readNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${option} needs a number above 0, not "${text}".`);
}

function chooseNames<T extends string>(
  option: string,
  text: string | undefined,
  known: readonly T[],
): readonly T[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',');
  const unknown = names.find((name) => !known.includes(name as T));
  if (unknown !== undefined) throw new Error(`--${option} knows ${known.join(', ')}, but not "${unknown}".`);
  return known.filter((name) => names.includes(name));
}
