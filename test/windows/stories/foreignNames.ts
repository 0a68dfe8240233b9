import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from './attempt.ts';
import { cairnOn, type Cairn } from './cairn.ts';

export interface ForeignNamesInput {
  readonly commandLine: string;
  /** Has a repository, which was made on Linux. */
  readonly root: string;
  /** Snapshots of the same tree. */
  readonly snapshots: { readonly byRestic: string; readonly byCairn: string };
  /** Where the tree was, as a snapshot has it. */
  readonly source: string;
}

/** What comes of a repository from Linux with names that Windows cannot hold. */
export function run({ commandLine, root, snapshots, source }: ForeignNamesInput) {
  const cairn = cairnOn(join(root, 'repository'), commandLine);
  const restore = (target: string, snapshot: string, ...more: string[]) =>
    attempt(() => problemsOf(cairn, ['restore', `${snapshot}:${source}`, '--target', join(root, target), ...more]));
  write(join(root, 'occupied'), ['CASE.TXT', 'TWINS/SAME.TXT', 'extra.txt']);
  write(join(root, 'second'), ['case.txt', 'twins/same.txt', 'extra.txt']);
  return {
    list: attempt(() =>
      cairn.json(['ls', snapshots.byCairn]).flatMap(({ path }) => (typeof path === 'string' ? path : [])),
    ),
    preview: restore('preview', snapshots.byRestic, '--dry-run'),
    previewMadeNothing: !existsSync(join(root, 'preview')),
    byRestic: restore('by restic', snapshots.byRestic),
    byCairn: restore('by cairn', snapshots.byCairn, '--verify'),
    again: restore('by cairn', snapshots.byCairn),
    occupied: restore('occupied', snapshots.byCairn, '--delete', '--yes'),
    second: restore('second', snapshots.byRestic),
    one: attempt(() => {
      const path = `${source}/aux.txt`;
      return problemsOf(cairn, ['restore', snapshots.byCairn, path, '--target', join(root, 'one')]);
    }),
    inPlace: attempt(() => cairn.run(['restore', snapshots.byCairn, '--in-place', '--yes'])),
  };
}

/** What lies in the way, by other names than the snapshot has, or by those of the second of two. */
function write(folder: string, names: readonly string[]): void {
  for (const path of names.map((name) => join(folder, name))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'in the way');
  }
}

function problemsOf(cairn: Cairn, args: readonly string[]) {
  const { status, stdout, stderr } = cairn.run([...args, '--json']);
  const [summary] = parse(stdout).slice(-1);
  const problems = parse(stderr).map(({ item, code, error }) => {
    const { message } = (error ?? {}) as { readonly message?: string };
    return { path: String(item), code, message };
  });
  return { status, summary, problems };
}

function parse(lines: string): Record<string, unknown>[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
