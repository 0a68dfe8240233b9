import { spawnSync } from 'node:child_process';
import { systemCode } from '../../base/systemCode.ts';

/** How a program ended. */
export interface CommandResult {
  /** The exit code, or undefined if the program is not there or was killed. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  /** What it complained of, or why it could not be started. */
  readonly complaint: string;
}

/** Runs a program without a shell, with `input` on its standard input, and waits for it. Never throws. */
export type RunCommand = (argv: readonly string[], input?: Buffer) => CommandResult;

/** The real {@link RunCommand}, with a minute's patience. */
export function runCommand(argv: readonly string[], input: Buffer = Buffer.alloc(0)): CommandResult {
  const [program, ...args] = argv;
  const result = spawnSync(program!, args, { input, timeout: 60_000, windowsHide: true });
  const missing = systemCode(result.error) === 'ENOENT' ? `${program} was not found` : result.error?.message;
  return {
    status: result.status ?? undefined,
    stdout: result.stdout ?? Buffer.alloc(0),
    complaint: missing ?? result.stderr.toString('utf8').trim(),
  };
}
