import { Command, InvalidArgumentError, Option } from 'commander';

/** A command with the options that all commands share. */
export function createCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .description(summary)
    .showHelpAfterError(`(run "cairn ${name} --help" for what it takes)`)
    .addOption(
      new Option('-r, --repo <location>', 'the repository; without it the default one in your data folder').env(
        'RESTIC_REPOSITORY',
      ),
    )
    .option('-p, --password-file <file>', 'read the password from a file (or set RESTIC_PASSWORD_FILE)')
    .option('--password-command <command>', 'run a command that prints the password (or set RESTIC_PASSWORD_COMMAND)')
    .option('--key-hint <id>', 'try this key first')
    .option('--json', 'print JSON, one object a line')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print more; twice for even more', (_value, before: number) => before + 1, 0)
    .addOption(new Option('--retry-lock <minutes>', 'wait so long for a lock to go').argParser(parseNumber));
}

/** Appends to a list: for options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A number that is zero or more. */
export function parseNumber(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError('It must be a number, zero or more.');
  return number;
}
