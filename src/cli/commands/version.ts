import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_VERSION } from '../programVersion.ts';
import { runs } from '../runCommand.ts';

/** `cairn version`, which is restic's. */
export function versionCommand(): Command {
  return createCommand('version', 'print the version, and what Cairn runs on', 'Say it when you report a problem.')
    .action(runs(printVersion, { onlyPrints: true }))
    .addHelpText('after', '\nExamples:\n  cairn version --json | jq -r .version\n');
}

function printVersion({ output }: CommandContext): Promise<number> {
  const { versions, platform, arch } = process;
  if (output.json) {
    const system = { node_version: versions.node, os: platform, arch };
    output.data({ message_type: 'version', version: PROGRAM_VERSION, ...system });
  } else output.line(`cairn ${PROGRAM_VERSION} on Node ${versions.node}, ${platform} ${arch}`);
  return Promise.resolve(EXIT_DONE);
}
