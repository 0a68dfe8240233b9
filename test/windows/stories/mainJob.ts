import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from './attempt.ts';
import { cairnOn, type Cairn, type JsonLine } from './cairn.ts';
import { describe, differences, makeTree } from './tree.ts';

export interface MainJobInput {
  readonly commandLine: string;
  /** An empty folder on drive C:, and one on D:. */
  readonly root: string;
  readonly other: string;
  readonly files: number;
  readonly longestPath: number;
}

const MANIFEST = '.cairn-manifest.json';

/** What a person does with the command line on Windows, from the first backup to prune. */
export function run({ commandLine, root, other, files, longestPath }: MainJobInput) {
  const source = join(root, 'src');
  const repository = join(root, 'repository');
  const cairn = cairnOn(repository, commandLine);
  const made = makeTree(source, { files, longest: longestPath });
  return {
    made,
    init: attempt(() => cairn.run(['init'])),
    ...backups(cairn, source),
    ...looks(cairn, source),
    ...copies(cairn, source, root),
    duplicates: attempt(() => cairn.json(['duplicates', join(source, 'special')])),
    ...restores(cairn, source, root),
    ...otherDrive(cairn, other, root),
    relative: attempt(() => listRelative(cairn, root)),
    verify: attempt(() => cairn.run(['verify', '--read-data']).status),
    forget: attempt(() => cairn.json(['forget', '--keep-last', '1', '--prune'])),
    verifyAfterPrune: attempt(() => cairn.run(['verify', '--read-data']).status),
    ...failures(cairn, commandLine, root),
  };
}

function backups(cairn: Cairn, source: string) {
  const backup = (path: string) => attempt(() => cairn.summary(['backup', path]));
  const first = backup(source);
  const edited = join(source, 'many', 'folder 1', 'file 1.txt');
  appendFileSync(edited, 'one more line\n');
  const second = backup(source);
  return {
    first,
    second,
    unchanged: backup(source),
    lowerCaseDrive: backup(source.replace(/^C:/, 'c:')),
    slashes: backup(source.replaceAll('\\', '/')),
    snapshots: attempt(() => cairn.json(['snapshots'])),
  };
}

function looks(cairn: Cairn, source: string) {
  const edited = join(source, 'many', 'folder 1', 'file 1.txt');
  return {
    list: attempt(() => cairn.json(['ls', 'latest', join(source, 'special')])),
    print: attempt(() => cairn.run(['cat', `latest:${join(source, 'special', 'read only.txt')}`]).stdout),
    diff: attempt(() => cairn.json(['diff', 'latest'])),
    history: attempt(() => cairn.json(['history', edited]).length),
    find: attempt(() => cairn.json(['find', 'read only.txt', '--snapshot', 'latest'])),
    against: attempt(() => cairn.run(['verify', '--against', source])),
  };
}

function restores(cairn: Cairn, source: string, root: string) {
  const before = describe(source);
  const out = join(root, 'out');
  /** Where a path of the disk lies in a restore to a folder. */
  const within = (folder: string) => join(folder, source.replace(':', ''));
  const inPlace = (damage: () => void, ...more: string[]) =>
    attempt(() => {
      damage();
      const { status, stderr } = cairn.run(['restore', 'latest', source, '--in-place', '--yes', ...more]);
      return { status, stderr, differences: differences(describe(source), before) };
    });
  return {
    restore: attempt(() => {
      const summary = cairn.summary(['restore', 'latest', '--target', out]);
      return { summary, differences: differences(describe(within(out)), before) };
    }),
    restoreAgain: attempt(() => cairn.summary(['restore', 'latest', '--target', out])),
    restoreOne: attempt(() => {
      const target = join(root, 'one');
      cairn.json(['restore', 'latest', join(source, 'special', 'read only.txt'), '--target', target]);
      return [...describe(within(target)).keys()];
    }),
    restoreFolder: attempt(() => {
      const target = join(root, 'folder');
      cairn.json(['restore', `latest:${join(source, 'special')}`, '--target', target]);
      return differences(describe(target), describe(join(source, 'special')));
    }),
    inPlace: inPlace(() => damage(source)),
    inPlaceDelete: inPlace(() => {
      damage(source);
      mkdirSync(join(source, 'extra'));
      writeFileSync(join(source, 'extra', 'file'), 'not in the snapshot');
    }, '--delete'),
  };
}

function damage(source: string): void {
  const special = join(source, 'special');
  chmodSync(join(special, 'read only.txt'), 0o666);
  writeFileSync(join(special, 'read only.txt'), 'written all the same');
  chmodSync(join(special, 'read only.txt'), 0o444);
  for (const path of [join(special, 'large.bin'), join(source, 'odd names')])
    rmSync(path, { recursive: true, force: true });
}

function otherDrive(cairn: Cairn, other: string, root: string) {
  const source = join(other, 'src');
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'folder', 'file.txt'), 'on the other drive');
  const target = join(root, 'from other');
  return {
    otherDrive: attempt(() => cairn.summary(['backup', source])),
    otherDriveRestored: attempt(() => {
      cairn.json(['restore', 'latest', '--path', source, '--target', target]);
      return differences(describe(join(target, source.replace(':', ''))), describe(source));
    }),
    bothDrives: attempt(() => {
      const { snapshot_id } = cairn.summary(['backup', source, join(root, 'src', 'special')]);
      return nodePaths(cairn.json(['ls', String(snapshot_id)]));
    }),
  };
}

/** A relative path is stored as one, as on every system. */
function listRelative(cairn: Cairn, root: string): string[] {
  const { status, stderr, stdout } = cairn.run(['backup', 'src\\special', '--json'], root);
  if (status !== 0) throw new Error(stderr);
  const { snapshot_id } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { snapshot_id: string };
  return nodePaths(cairn.json(['ls', snapshot_id]));
}

function nodePaths(lines: readonly JsonLine[]): string[] {
  return lines.filter((line) => line.message_type === 'node').map((line) => String(line['path']));
}

function copies(cairn: Cairn, source: string, root: string) {
  const [mirror, dated] = [join(root, 'mirror'), join(root, 'dated')];
  const compare = (copy: string) =>
    differences(describe(copy), describe(source)).filter((line) => line !== `too many: ${MANIFEST}`);
  return {
    mirror: attempt(() => {
      const summary = cairn.summary(['mirror', source, mirror, '--apply']);
      return { summary, differences: compare(mirror) };
    }),
    mirrorAgain: attempt(() => cairn.summary(['mirror', source, mirror, '--apply'])),
    mirrorVerified: attempt(() => cairn.run(['verify', mirror]).status),
    dated: attempt(() => {
      const args = ['mirror', source, dated, '--dated', '--apply'];
      cairn.json(args);
      cairn.json(args);
      const names = readdirSync(dated).filter((name) => /^\d/.test(name));
      return { names, differences: names.flatMap((name) => compare(join(dated, name))) };
    }),
  };
}

function failures(cairn: Cairn, commandLine: string, root: string) {
  const fail = (args: readonly string[]) =>
    attempt(() => {
      const { status, stdout, stderr } = cairn.run(args);
      return { status, stdout, stderr };
    });
  const passwordFile = join(root, 'wrong password');
  writeFileSync(passwordFile, 'wrong');
  const locked = cairnOn(join(root, 'nothing there'), commandLine);
  return {
    wrongPassword: fail(['snapshots', '--password-file', passwordFile]),
    noRepository: attempt(() => locked.run(['snapshots']).status),
    noSource: fail(['backup', join(root, 'not there')]),
    notInSnapshot: fail(['restore', 'latest', join(root, 'not there'), '--target', join(root, 'out')]),
    readable: attempt(() => readFileSync(join(root, 'src', 'special', 'read only.txt'), 'utf8')),
  };
}
