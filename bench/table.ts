/** Results as Markdown. */
import type { GroupResult, InputResult } from './measureInput.ts';
import type { JobResult } from './jobs/measureJobs.ts';
import type { Limits } from './limits.ts';
import type { Measurement } from './measure.ts';
import { growthExponent, median } from './statistics.ts';

/** A figure of a measurement that is compared. */
type Figure = 'wall' | 'cpu' | 'memory';

const figureTitles: Readonly<Record<Figure, string>> = {
  wall: 'Wall clock, in seconds',
  cpu: 'CPU time, in seconds',
  memory: 'Peak memory, in MB',
};

/** Cores. The kernel's own work, such as writing to the disk, counts as other work too. */
const MOST_OTHERS = 0.3;

/** Whether other work on the machine took so much during a measurement (in cores) that its wall clock is doubtful. */
export const isDisturbed = (others: number): boolean => others > MOST_OTHERS;

/** A Markdown table; the first row is its head. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...body.map(line)].join('\n');
}

/** All that was measured on an input. */
export function renderInput(result: InputResult): string {
  const { files, bytes, input, limits, groups } = result;
  const facts = `${files.toLocaleString('en')} files, ${formatBytes(bytes)}. For _a change_ ${input.changeTitle}.`;
  const parts = [`${capitalize(input.title)}: ${facts}`, ...(limits ? [renderLimits(limits)] : [])];
  for (const group of groups.filter(({ jobs }) => jobs.length > 0)) parts.push(renderGroup(group));
  return parts.join('\n\n');
}

/** The tables of one group: three figures with ratios, and sizes where there are repositories. */
export function renderGroup({ title, programs, jobs, checkedByRestic }: GroupResult): string {
  const figures = (Object.keys(figureTitles) as Figure[]).map(
    (figure) => `${figureTitles[figure]}:\n\n${renderTable(figureRows(figure, programs, jobs))}`,
  );
  const sizes = sizeRows(programs, jobs);
  const checks = [
    ...(jobs.some(({ job }) => job === 'restore')
      ? ['Each restored tree was compared with the source: all equal.']
      : []),
    ...(checkedByRestic ? ["`restic check --read-data` found nothing wrong with Cairn's repository."] : []),
  ];
  return [
    `**${title}**`,
    ...figures,
    ...(sizes.length > 1 ? [`Size of the repository, in MB:\n\n${renderTable(sizes)}`] : []),
    ...(checks.length > 0 ? [checks.join(' ')] : []),
    ...describeDisturbance(jobs),
  ].join('\n\n');
}

function figureRows(figure: Figure, programs: readonly string[], jobs: readonly JobResult[]): string[][] {
  const [own, ...peers] = programs as [string, ...string[]];
  const head = ['', ...programs, ...peers.map((peer) => `${own} : ${peer}`)];
  const rows = jobs.map(({ title, measurements }) => {
    const middle = (program: string) => medianOf(figure, measurements.get(program));
    const cells = programs.map((program) => formatCell(figure, measurements.get(program)));
    return [title, ...cells, ...peers.map((peer) => formatRatio(middle(own), middle(peer)))];
  });
  return [head, ...rows];
}

/** Medians; of wall clocks the least and the greatest, too. */
function formatCell(figure: Figure, measurements: readonly Measurement[] | undefined): string {
  const middle = medianOf(figure, measurements);
  if (middle === undefined) return '';
  if (figure === 'memory') return formatNumber(middle / 1e6);
  if (figure === 'cpu' || measurements!.length === 1) return formatNumber(middle);
  const walls = measurements!.map(({ wall }) => wall);
  return `${formatNumber(middle)} (${formatNumber(Math.min(...walls))}–${formatNumber(Math.max(...walls))})`;
}

/** For the programs that keep a repository. */
function sizeRows(all: readonly string[], jobs: readonly JobResult[]): string[][] {
  const programs = all.filter((program) => jobs.some(({ stored }) => stored.get(program)?.some((bytes) => bytes > 0)));
  const [own, ...peers] = programs;
  if (own === undefined) return [];
  const titles: Readonly<Record<string, string>> = {
    first: 'after the first backup',
    changed: 'added by a change',
  };
  const rows = jobs.flatMap(({ job, stored }) => {
    const title = titles[job];
    if (title === undefined) return [];
    const middle = (program: string) => {
      const bytes = stored.get(program);
      return bytes && median(bytes);
    };
    const cells = programs.map((program) => formatOptional(middle(program), (bytes) => formatNumber(bytes / 1e6)));
    return [[title, ...cells, ...peers.map((peer) => formatRatio(middle(own), middle(peer)))]];
  });
  return [['', ...programs, ...peers.map((peer) => `${own} : ${peer}`)], ...rows];
}

/** Says how far others on the machine may have made the figures worse. */
function describeDisturbance(jobs: readonly JobResult[]): string[] {
  const others = jobs.flatMap(({ measurements }) => [...measurements.values()].flat().map((value) => value.others));
  const disturbed = others.filter(isDisturbed);
  if (disturbed.length === 0) return [];
  return [
    `In ${disturbed.length} of these ${others.length} measurements something else was at work: it kept ` +
      `${formatNumber(median(disturbed))} cores busy (median; at most ${formatNumber(Math.max(...disturbed))}), ` +
      'so wall clocks are doubtful, and CPU times the better figure.',
  ];
}

function renderLimits(limits: Limits): string {
  const row = (title: string, seconds: number) => [
    title,
    formatNumber(seconds),
    formatNumber(limits.bytes / 1e6 / seconds),
  ];
  const ratio = formatNumber(limits.bytes / limits.compressedBytes);
  const rows = [
    ['the same files once', 'seconds', 'MB/s'],
    ['listed, and the metadata of each, on one thread', formatNumber(limits.walkSeconds), ''],
    row('read by one thread', limits.readSeconds),
    row('SHA-256 on one thread', limits.hashSeconds),
    row(`zstd level 3 on one thread (to 1/${ratio})`, limits.compressSeconds),
    row('`cp -a`', limits.copySeconds),
  ];
  return `**Limits of the machine**\n\n${renderTable(rows)}`;
}

/** How the cost of each job grows with the number of files, for each program. */
export function renderGrowth(results: readonly InputResult[]): string {
  const figures = (Object.keys(figureTitles) as Figure[]).map((figure) => {
    const sizes = results.map(({ files }) => files.toLocaleString('en'));
    const rows = [['', 'program', ...sizes, 'exponent', 'of the last step'], ...growthRows(figure, results)];
    return `${figureTitles[figure]}, by number of files:\n\n${renderTable(rows)}`;
  });
  return figures.join('\n\n');
}

function growthRows(figure: Figure, results: readonly InputResult[]): string[][] {
  const groups = results[0]?.groups ?? [];
  return groups.flatMap(({ programs, jobs }, group) =>
    jobs.flatMap(({ title }, job) =>
      programs.flatMap((program) => {
        const costs = results.map((result) =>
          medianOf(figure, result.groups[group]?.jobs[job]?.measurements.get(program)),
        );
        if (costs.every((cost) => cost === undefined)) return [];
        const points = results.flatMap(({ files }, index) => {
          const cost = costs[index];
          return cost === undefined || cost === 0 ? [] : [[files, cost] as const];
        });
        const scale = figure === 'memory' ? 1e-6 : 1;
        const cells = costs.map((cost) => formatOptional(cost, (value) => formatNumber(value * scale)));
        const exponents = [points, points.slice(-2)].map((some) =>
          formatOptional(growthExponent(some), (value) => value.toFixed(2)),
        );
        return [[title, program, ...cells, ...exponents]];
      }),
    ),
  );
}

function medianOf(figure: Figure, measurements: readonly Measurement[] | undefined): number | undefined {
  if (measurements === undefined || measurements.length === 0) return undefined;
  return median(measurements.map((measurement) => measurement[figure]));
}

function formatRatio(own: number | undefined, other: number | undefined): string {
  return own === undefined || !other ? '' : (own / other).toFixed(2);
}

const formatOptional = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined ? '' : format(value);

/** Three digits that count, and never more than two after the point. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

const formatBytes = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${formatNumber(bytes / 1e6)} MB`;

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
