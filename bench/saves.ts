import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { formatNumber, renderTable } from './table.ts';

/** Few, as many as the Linux source tree has, and a million. */
const WORKSPACE_FILES = [1_000, 78_579, 1_000_000];
const SAVES = 300;

/** A line of JSON that `savePath.ts` prints for a size; times in milliseconds, memory in MB. */
interface SaveResult {
  readonly files: number;
  readonly saves: Readonly<Record<'p50' | 'p95' | 'p99' | 'max', number>>;
  readonly cpuPerSave: number;
  readonly bareSync: Readonly<Record<'p50' | 'p95', number>>;
  readonly firstSaveOfBurst: Readonly<Record<'p50' | 'max', number>>;
  readonly folderOpened: Readonly<Record<'p50' | 'p95' | 'max', number>>;
  readonly memory: number;
}

/** Measures the way of a save with a warm engine, and gives a table in Markdown. */
export function measureSaves(workFolder: string, scale: number): string {
  const sizes = WORKSPACE_FILES.map((files) => String(Math.round(files * scale)));
  const script = join(import.meta.dirname, 'savePath.ts');
  const output = execFileSync(
    process.execPath,
    [...process.execArgv, script, '--saves', String(Math.max(20, Math.round(SAVES * scale))), ...sizes],
    { encoding: 'utf8', env: { ...process.env, TMPDIR: workFolder } },
  );
  const results = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as SaveResult);
  const saves = [
    ['files', 'p50', 'p95', 'p99', 'most', 'CPU', 'with a new lock, p50', 'a byte synced, p50', 'p95', 'MB'],
    ...results.map(({ files, saves, cpuPerSave, bareSync, firstSaveOfBurst, memory }) => [
      files.toLocaleString('en'),
      ...[saves.p50, saves.p95, saves.p99, saves.max, cpuPerSave].map(formatNumber),
      ...[firstSaveOfBurst.p50, bareSync.p50, bareSync.p95, memory].map(formatNumber),
    ]),
  ];
  const opened = [
    ['files', 'a folder opened, p50', 'p95', 'most'],
    ...results.map(({ files, folderOpened }) => [
      files.toLocaleString('en'),
      ...[folderOpened.p50, folderOpened.p95, folderOpened.max].map(formatNumber),
    ]),
  ];
  return [renderTable(saves), renderTable(opened)].join('\n\n');
}
