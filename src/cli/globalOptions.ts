import { Command, InvalidArgumentError, Option } from 'commander';

/** restic's. */
export const compressionModes = ['auto', 'off', 'max'] as const;

/** The options that every command has; commander fills them in. */
export interface GlobalOptions {
  readonly repo?: string;
  readonly repositoryFile?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  readonly keyHint?: string;
  /** Milliseconds. */
  readonly retryLock?: number;
  readonly option?: readonly string[];
  readonly cacert?: readonly string[];
  readonly tlsClientCert?: string;
  readonly insecureTls?: boolean;
  /** Bytes in a second. */
  readonly limitUpload?: number;
  readonly limitDownload?: number;
  /** Milliseconds. */
  readonly stuckRequestTimeout?: number;
  readonly httpUserAgent?: string;
  readonly insecureNoPassword?: boolean;
  readonly compression?: 'auto' | 'off' | 'max';
  /** MiB. */
  readonly packSize?: number;
  /** False by `--no-lock`. */
  readonly lock?: boolean;
  readonly cleanupCache?: boolean;
  readonly cacheDir?: string;
  /** False by `--no-cache`. */
  readonly cache?: boolean;
  readonly guardDir?: string;
  /** False by `--no-guard`. */
  readonly guard?: boolean;
  /** They name the source of a copy: messages and the environment say FROM. */
  readonly isSource?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: number;
}

/** Adds the options that may stand before or after the name of any command, as restic's may. */
export function addGlobalOptions(program: Command): Command {
  return program
    .optionsGroup('Global Options:')
    .option('-r, --repo <location>', 'the repository (RESTIC_REPOSITORY)')
    .option('--repository-file <file>', 'its location in a file (RESTIC_REPOSITORY_FILE)')
    .option('-p, --password-file <file>', 'its password in a file (RESTIC_PASSWORD_FILE)')
    .option('--password-command <command>', 'prints the password (RESTIC_PASSWORD_COMMAND)')
    .option('--insecure-no-password', 'its password is empty, which protects against nobody')
    .option('--key-hint <id>', 'try this key first (RESTIC_KEY_HINT)')
    .addOption(
      new Option('--retry-lock <duration>', 'wait for the lock of another program: 5m').argParser(parseDuration),
    )
    .option('--no-lock', 'only look, and take no lock: for a repository that cannot be written to')
    .addOption(
      new Option('--compression <mode>', 'how to store contents (RESTIC_COMPRESSION; auto unless stated)').choices(
        compressionModes,
      ),
    )
    .addOption(
      new Option('--pack-size <MiB>', 'fill packs so far (RESTIC_PACK_SIZE; 6 unless stated)').argParser(parsePackSize),
    )
    .option('--no-extra-verify', 'taken for the sake of scripts: there is nothing to switch off')
    .option('-o, --option <key=value>', 'an option of the storage, as of restic: s3.region=eu-1', collect)
    .option('--cacert <file>', 'believe this authority, too (RESTIC_CACERT)', collect)
    .option('--tls-client-cert <file>', 'certificate and key to log in with (RESTIC_TLS_CLIENT_CERT)')
    .option('--insecure-tls', 'believe any server, which protects against nobody')
    .option('--http-user-agent <text>', 'how requests over HTTP name the program')
    .addOption(new Option('--limit-upload <KiB>', 'send no more in a second').argParser(parseRate))
    .addOption(new Option('--limit-download <KiB>', 'receive no more in a second').argParser(parseRate))
    .addOption(
      new Option('--stuck-request-timeout <t>', 'give up what stands still so long: 5m').argParser(parseDuration),
    )
    .option('--cache-dir <folder>', 'where far storage is cached (RESTIC_CACHE_DIR)')
    .option('--no-cache', 'cache nothing')
    .option('--cleanup-cache', 'first remove caches that nothing used for 30 days')
    .option('--guard-dir <folder>', 'where local repositories are guarded (CAIRN_GUARD)')
    .option('--no-guard', 'guard nothing (CAIRN_GUARD=off)')
    .option('--json', 'print JSON, one object a line')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print more; -vv or --verbose=2 even more', (_value, before: number) => before + 1, 0);
}

/**
 * A command or a command of a command; `.action` takes what `runCommand.ts` makes. `summary` is its line
 * in the list of commands; `details` are sentences for its own help.
 */
export function createCommand(name: string, summary: string, details?: string): Command {
  const sentence = `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
  return new Command(name).summary(summary).description(details === undefined ? sentence : `${sentence} ${details}`);
}

/** Appends to a list: for options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A whole number from `least` on: for commander's option parser. */
export function parseWholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  };
}

/** The range of restic, in which all programs can read what others write. */
export function parsePackSize(text: string): number {
  const size = parseWholeNumber(1)(text);
  if (size >= 4 && size <= 128) return size;
  throw new InvalidArgumentError('It must be a number of MiB from 4 to 128.');
}

/** Bytes in a second, from KiB; 0 is no limit, as for restic. */
function parseRate(text: string): number | undefined {
  return parseWholeNumber(0)(text) * 1024 || undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a length of time as restic takes it: `90s`, `5m`, `1h30m`. */
function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError('Give numbers with the units s, m or h, like 90s, 5m or 1h30m.');
  }
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * unitMs[unit!]!, 0);
}
