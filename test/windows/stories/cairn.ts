import { spawnSync } from 'node:child_process';

export interface CairnRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type JsonLine = Readonly<Record<string, unknown>> & { readonly message_type: string };

export interface Cairn {
  run(args: readonly string[], cwd?: string): CairnRun;
  /** Runs with `--json`, and returns the lines but those about progress; throws unless the exit code is 0 or `status`. */
  json(args: readonly string[], status?: number): JsonLine[];
  /** The last of these lines. */
  summary(args: readonly string[], status?: number): JsonLine;
}

/** The built command line, on one repository. */
export function cairnOn(repository: string, commandLine: string): Cairn {
  const run: Cairn['run'] = (args, cwd) => {
    const begin = Date.now();
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [commandLine, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, RESTIC_REPOSITORY: repository },
      ...(cwd !== undefined && { cwd }),
    });
    if (error) throw error;
    // Seen when the story does not come to its end.
    console.error(`${Date.now() - begin} ms: cairn ${args.join(' ')}: ${status}`);
    return { status, stdout, stderr };
  };
  const json: Cairn['json'] = (args, status = 0) => {
    const result = run([...args, '--json']);
    if (result.status !== status) {
      throw new Error(`cairn ${args.join(' ')} ended with ${result.status}:\n${result.stdout}\n${result.stderr}`);
    }
    const lines = result.stdout.split('\n').filter((line) => line !== '');
    return lines
      .flatMap((line) => JSON.parse(line) as JsonLine | JsonLine[])
      .filter((line) => line.message_type !== 'status');
  };
  return { run, json, summary: (...args) => json(...args).at(-1)! };
}
