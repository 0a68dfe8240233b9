import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_VERSION } from '../programVersion.ts';
import { runs } from '../runCommand.ts';

/** `cairn self-update`: says what restic's would do. */
export function selfUpdateCommand(): Command {
  return createCommand(
    'self-update',
    'say how Cairn was installed, and how it is updated',
    'It asks no network and changes nothing: what installed Cairn updates it.',
  )
    .action(runs(printWay, { onlyPrints: true }))
    .addHelpText('after', '\nExamples:\n  cairn self-update --json\n');
}

function printWay({ output }: CommandContext): Promise<number> {
  const { how, update } = wayOfInstall(__dirname);
  if (output.json) output.data({ message_type: 'self_update', version: PROGRAM_VERSION, folder: __dirname, update });
  else output.line(`cairn ${PROGRAM_VERSION} ${how}. ${update}`);
  return Promise.resolve(EXIT_DONE);
}

/** By the folder in which the program is: that of an extension, of a package of npm, or another one. */
export function wayOfInstall(folder: string): { readonly how: string; readonly update: string } {
  const names = folder.replaceAll('\\', '/');
  if (/\/extensions\/[^/]*cairn[^/]*\//i.test(`${names}/`)) {
    const update = 'The editor updates it with its other extensions; "Check for Extension Updates" there does so now.';
    return { how: 'came with the extension of the editor', update };
  }
  const npm = /\/node_modules\/((?:@[^/]+\/)?[^/]*cairn[^/]*)\//i.exec(`${names}/`)?.[1];
  if (npm !== undefined)
    return { how: 'was installed by npm', update: `"npm install --global ${npm}@latest" updates it.` };
  return { how: `runs from ${folder}`, update: 'Whoever put it there updates it: fetch it anew, or build it.' };
}
