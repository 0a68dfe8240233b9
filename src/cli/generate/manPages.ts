import type { Command } from 'commander';
import { exitCodeMeanings } from '../exitCodes.ts';

/** A page for `man`. */
export interface ManPage {
  /** `cairn-key-add.1`. */
  readonly file: string;
  readonly text: string;
}

/** A page for the program and for each command, in the macros of man(7), from what the program parses with. */
export function manPages(program: Command, version: string): ManPage[] {
  return listCommands(program).map(({ command, names }) => {
    const page = names.join('-');
    const sections = [
      section('NAME', [`${escape(page)} \\- ${escape(lower(command.summary() || command.description()))}`]),
      section('SYNOPSIS', [`.B ${escape(names.join(' '))}`, escape(command.usage())]),
      section('DESCRIPTION', [escape(command.description())]),
      section('COMMANDS', describeChildren(command)),
      section('OPTIONS', describeOptions(command)),
      command === program
        ? ''
        : section('GLOBAL OPTIONS', [`Options of every command are in ${reference([names[0]!])}.`]),
      describeAfter(command),
      section(
        'EXIT STATUS',
        exitCodeMeanings.flatMap(([code, meaning]) => term(`${code}`, meaning)),
      ),
      section('SEE ALSO', [listRelated(command, names)]),
    ];
    const title = `.TH ${page.toUpperCase()} 1 "" "${names[0]} ${version}" "User Commands"`;
    return { file: `${page}.1`, text: `${[title, ...sections.filter((text) => text !== '')].join('\n')}\n` };
  });
}

interface NamedCommand {
  readonly command: Command;
  readonly names: readonly string[];
}

function listCommands(command: Command, above: readonly string[] = []): NamedCommand[] {
  const names = [...above, command.name()];
  const below = visibleChildren(command).flatMap((child) => listCommands(child, names));
  return [{ command, names }, ...below];
}

function visibleChildren(command: Command): Command[] {
  // The page of a command is its help.
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
}

function describeChildren(command: Command): string[] {
  return visibleChildren(command).flatMap((child) =>
    term([child.name(), ...child.aliases()].join(', '), `${child.summary()}.`),
  );
}

function describeOptions(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap((option) => term(help.optionTerm(option), help.optionDescription(option)));
}

/** What the help says below its lists: examples, and at times what else there is to know. */
function describeAfter(command: Command): string {
  let text = '';
  const output = { ...command.configureOutput() };
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  command.configureOutput(output);
  const lines = text.slice(command.helpInformation().length).trim().split('\n');
  if (lines.length === 1 && lines[0] === '') return '';
  // Such a text may begin with a heading, `Examples:`.
  return section('NOTES', ['.nf', ...lines.map(escapeLine), '.fi']);
}

function listRelated(command: Command, names: readonly string[]): string {
  const above = names.length > 1 ? [reference(names.slice(0, -1))] : [];
  const below = visibleChildren(command).map((child) => reference([...names, child.name()]));
  return [...above, ...below, '\\fBrestic\\fR(1)'].join(', ');
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`.SH ${heading}`, ...lines].join('\n');
}

function term(name: string, text: string): string[] {
  return ['.TP', `\\fB${escape(name)}\\fR`, escapeLine(text)];
}

function reference(names: readonly string[]): string {
  return `\\fB${escape(names.join('-'))}\\fR(1)`;
}

function lower(text: string): string {
  return text.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase());
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq');
}

/** A line that begins with a point would be a request. */
function escapeLine(text: string): string {
  return escape(text).replace(/^\./, '\\&.');
}
