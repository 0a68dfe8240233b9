import type { Argument, Command, Option } from 'commander';

/** What can be offered for a value: names of files, of folders, some words, or nothing. */
export type ValueKind = 'file' | 'folder' | 'none' | { readonly words: readonly string[] };

/** An option as a shell has to know it. */
export interface OptionWords {
  /** `-r` and `--repo`. */
  readonly flags: readonly string[];
  /** Says what it does. */
  readonly summary: string;
  /** Missing for an option without value. */
  readonly value?: ValueWords;
}

/** The value of an option, or an operand. */
export interface ValueWords {
  readonly name: string;
  readonly kind: ValueKind;
}

/** A command as a shell has to know it. */
export interface CommandWords {
  /** What is typed to reach it: `key add`; empty for the program itself. Under each of its names it is one entry. */
  readonly words: string;
  readonly summary: string;
  /** Its own options, and at the program those that every command takes. */
  readonly options: readonly OptionWords[];
  /** In their order; the last one may be any number. */
  readonly operands: readonly (ValueWords & { readonly variadic: boolean })[];
  /** The commands below it, under each of their names. */
  readonly children: readonly { readonly name: string; readonly summary: string }[];
}

/** Describes the program and all commands below it, from what it parses with: the program first. */
export function describeProgram(program: Command): CommandWords[] {
  const names = childrenOf(program).map(({ name }) => name);
  return describeCommand(program, '').map((entry) =>
    // `cairn help COMMAND`
    entry.words === 'help'
      ? { ...entry, operands: [{ name: 'command', kind: { words: names }, variadic: false }] }
      : entry,
  );
}

function describeCommand(command: Command, words: string): CommandWords[] {
  const help = command.createHelp();
  const entry: CommandWords = {
    words,
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map(describeOption),
    operands: command.registeredArguments.map(describeOperand),
    children: childrenOf(command),
  };
  const below = help
    .visibleCommands(command)
    .flatMap((child) =>
      [child.name(), ...child.aliases()].flatMap((name) => describeCommand(child, `${words} ${name}`.trim())),
    );
  return [entry, ...below];
}

function childrenOf(command: Command): { name: string; summary: string }[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((child) => [child.name(), ...child.aliases()].map((name) => ({ name, summary: child.summary() })));
}

function describeOption({ short, long, flags, description, required, argChoices }: Option): OptionWords {
  const name = /<(.+?)>/.exec(flags)?.[1];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    summary: description,
    ...(required && name !== undefined && { value: { name, kind: kindOf(name, argChoices) } }),
  };
}

function describeOperand(operand: Argument): CommandWords['operands'][number] {
  const name = operand.name();
  const kind: ValueKind = name.startsWith('snapshot') ? { words: ['latest'] } : kindOf(name, operand.argChoices);
  return { name, kind, variadic: operand.variadic };
}

/** By the name that the help gives a value. */
function kindOf(name: string, choices: readonly string[] | undefined): ValueKind {
  if (choices) return { words: choices };
  if (/folder/.test(name)) return 'folder';
  return /file|path|pattern|location|source|destination/.test(name) ? 'file' : 'none';
}

/** `text` between apostrophes, as sh, zsh and PowerShell read it; these two write one in it differently. */
export function quote(text: string, apostrophe = `'\\''`): string {
  return `'${text.replaceAll("'", apostrophe)}'`;
}
