import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';

/** What `-o` takes: restic's names. A test holds them against what the storage knows. */
export const STORAGE_OPTIONS: readonly (readonly [name: string, does: string])[] = [
  ['rclone.args', 'arguments for rclone (default: serve restic --stdio --b2-hard-delete)'],
  ['rclone.connections', 'so many calls at the same time (default: 5)'],
  ['rclone.program', 'the program rclone (default: rclone)'],
  ['rclone.timeout', 'how long rclone may take to answer at first (default: 1m)'],
  ['rest.connections', 'so many calls at the same time (default: 5)'],
  ['s3.bucket-lookup', 'where the name of the bucket stands: auto, dns or path (default: auto)'],
  ['s3.connections', 'so many calls at the same time (default: 5)'],
  ['s3.list-objects-v1', 'list objects by the old version of the call (default: false)'],
  ['s3.region', 'the region'],
  ['s3.retries', 'taken for the sake of scripts: it changes nothing'],
  ['s3.storage-class', 'the storage class of what is stored: STANDARD, STANDARD_IA, …'],
  ['s3.unsafe-anonymous-auth', 'ask without a key (default: false)'],
  ['sftp.args', 'more arguments for ssh'],
  ['sftp.command', 'the whole command line in the place of ssh'],
  ['sftp.connections', 'so many calls at the same time (default: 5)'],
];

/** `cairn options`, which is restic's. */
export function optionsCommand(): Command {
  return createCommand(
    'options',
    'list the options of storage that -o takes',
    'They are those of restic, as far as Cairn has the storage.',
  )
    .action(runs(printOptions, { onlyPrints: true }))
    .addHelpText('after', '\nExamples:\n  cairn options --json\n  cairn backup -o s3.region=eu-1 ~/project\n');
}

function printOptions({ output }: CommandContext): Promise<number> {
  const width = Math.max(...STORAGE_OPTIONS.map(([name]) => name.length));
  for (const [name, does] of STORAGE_OPTIONS) {
    if (output.json) output.data({ message_type: 'option', name, does });
    else output.line(`  ${name.padEnd(width)}  ${does}`);
  }
  return Promise.resolve(EXIT_DONE);
}
