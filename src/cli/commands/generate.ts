import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { bashCompletion } from '../generate/bashCompletion.ts';
import { describeProgram } from '../generate/commandWords.ts';
import { fishCompletion } from '../generate/fishCompletion.ts';
import { manPages } from '../generate/manPages.ts';
import { powershellCompletion } from '../generate/powershellCompletion.ts';
import { zshCompletion } from '../generate/zshCompletion.ts';
import { createCommand } from '../globalOptions.ts';
import { PROGRAM_VERSION } from '../programVersion.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';

const shells = {
  bashCompletion,
  zshCompletion,
  fishCompletion,
  powershellCompletion,
};

type GenerateOptions = { readonly man?: string } & { readonly [shell in keyof typeof shells]?: string };

/** `cairn generate`, with restic's options. */
export function generateCommand(): Command {
  const command = createCommand('generate', 'write man pages, and files that complete the command line in shells');
  return command
    .option('--man <folder>', 'write man pages to it')
    .option('--bash-completion <file>', 'write the file for bash; - prints it')
    .option('--zsh-completion <file>', 'write the file for zsh; - prints it')
    .option('--fish-completion <file>', 'write the file for fish; - prints it')
    .option('--powershell-completion <file>', 'write the file for PowerShell; - prints it')
    .action(runs<GenerateOptions>((context, options) => generate(context, options, command.parent!)))
    .addHelpText(
      'after',
      `
Examples:
  cairn generate --man ~/.local/share/man/man1
  cairn generate --bash-completion ~/.local/share/bash-completion/completions/cairn
  cairn generate --zsh-completion /usr/local/share/zsh/site-functions/_cairn
  cairn generate --fish-completion ~/.config/fish/completions/cairn.fish
  cairn generate --powershell-completion - | Out-String | Invoke-Expression
`,
    );
}

function generate(
  { output, workingFolder }: CommandContext,
  options: GenerateOptions,
  program: Command,
): Promise<number> {
  const wanted = (Object.keys(shells) as (keyof typeof shells)[]).filter((shell) => options[shell] !== undefined);
  if (wanted.length === 0 && options.man === undefined)
    throw new CairnError(
      'usage',
      'Nothing is to be written. Give --man or one of the completions a place to write to.',
    );
  if (wanted.filter((shell) => options[shell] === '-').length > 1)
    throw new CairnError('usage', 'Only one completion can be printed. Give the others a file.');
  if (options.man !== undefined) {
    const folder = resolvePath(workingFolder, options.man);
    const pages = manPages(program, PROGRAM_VERSION);
    write(folder, () => {
      mkdirSync(folder, { recursive: true });
      for (const { file, text } of pages) writeFileSync(join(folder, file), text);
    });
    output.note(`${pages.length} man pages are in ${folder}`);
  }
  const commands = describeProgram(program);
  for (const shell of wanted) {
    const text = shells[shell](program.name(), commands);
    if (options[shell] === '-') {
      for (const line of text.trimEnd().split('\n')) output.line(line);
      continue;
    }
    const file = resolvePath(workingFolder, options[shell]!);
    write(file, () => writeFileSync(file, text));
    output.note(`${file} is written`);
  }
  return Promise.resolve(EXIT_DONE);
}

function write(place: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const message = `${place} cannot be written: ${(cause as Error).message}. Name another place.`;
    throw new CairnError('storage-error', message, { cause });
  }
}
