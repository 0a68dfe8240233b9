import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cairn, startCairn, type CairnOptions, type CairnRun } from '../../helpers/cairn.ts';
import { dataHome } from '../../helpers/dataHome.ts';
import { parseLines } from '../../helpers/fixtureRepository.ts';
import { restic } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

// `npm test` has built dist/; a run of vitest alone may find an older one, or none.
execFileSync(process.execPath, [resolve('build/cairn.mjs'), '--version']);

/** The variables that must not reach a test from outside. */
const unset = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(RESTIC_|XDG_)/.test(name))
    .map((name) => [name, undefined]),
);

/** A place for the command line where nothing is set and nothing was ever backed up. */
export interface World {
  /** The working folder. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the default repository is to be. */
  readonly repository: string;
  readonly passwordFile: string;
  /** The password of the default repository, which that file holds. */
  password(): string;
  run(args: readonly string[], options?: CairnOptions): CairnRun;
  /** Starts without waiting. */
  start(args: readonly string[], options?: CairnOptions): ChildProcess;
  /** Runs with `--json`; throws unless the exit code is 0 or `status`. */
  json(args: readonly string[], options?: CairnOptions & { readonly status?: number }): JsonLine[];
  /** Runs the real restic on the default repository. */
  restic(...args: string[]): string;
}

export type JsonLine = Readonly<Record<string, unknown>> & { readonly message_type: string };

/** To be called where `afterAll` may be. */
export function createWorld(): World {
  const root = tempFolder();
  const data = join(root, 'data');
  mkdirSync(data);
  const { env: dataEnv, own } = dataHome(data);
  const env = {
    ...unset,
    RESTIC_PASSWORD: undefined,
    HOME: root,
    USERPROFILE: root,
    CAIRN_GUARD: undefined,
    ...dataEnv,
  };
  const repository = join(own, 'repository');
  const passwordFile = join(own, 'password');
  const password = () => readFileSync(passwordFile, 'utf8').trim();
  const placed = (options: CairnOptions = {}) => ({ cwd: root, ...options, env: { ...env, ...options.env } });
  const run: World['run'] = (args, options) => cairn(args, placed(options));
  return {
    root,
    env,
    repository,
    passwordFile,
    password,
    run,
    start: (args, options) => startCairn(args, placed(options)),
    json(args, { status = 0, ...options } = {}) {
      const result = run([...args, '--json'], options);
      if (result.status !== status)
        throw new Error(`cairn ${args.join(' ')} ended with ${result.status}:\n${result.stderr}`);
      return jsonLines(result.stdout);
    },
    restic: (...args) => restic(repository, args, { password: password() }),
  };
}

/** The lines of `--json` output, and the entries of arrays, without those about progress. */
export function jsonLines(text: string): JsonLine[] {
  return (parseLines(text).flat() as JsonLine[]).filter((line) => line.message_type !== 'status');
}

/** The ids of the snapshots, oldest first. */
export function snapshotIds(world: World): string[] {
  return world.json(['snapshots']).map(({ id }) => String(id));
}
