import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { insteadOf } from '../../src/cli/resticCommands.ts';

/** Commands of restic that are none of ours, beside those that are answered with what to do instead. */
const ownCommands = ['help'];

/**
 * Options of restic that Cairn does not take, with the reason: by `command --option`, or `--option` for what every
 * command has.
 */
const reasons: Readonly<Record<string, string>> = {
  'backup --with-atime': 'reading a file changes that time, and Node sets no time that would not change again',
  'prune --unsafe-recover-no-free-space': 'a prune makes room by itself, without an index that is missing meanwhile',
  'self-update --output': 'it fetches nothing',
  'key --host': 'restic 0.14 has the options of "key add" at "key"',
  'key --user': 'as before',
  'key --new-password-file': 'as before',
};

/** Options that restic shows with a value and that take it only after `=`. */
const valueByEquals = ['--verbose'];

interface OptionOfRestic {
  readonly words: readonly string[];
  readonly short: string | undefined;
  readonly long: string;
  readonly takesValue: boolean;
}

function help(...words: string[]): string {
  return execFileSync('restic', [...words, '--help'], { encoding: 'utf8' });
}

function listCommands(text: string): string[] {
  const lists = text.matchAll(/^(?:Available|Additional|Advanced) [A-Z]\w+:\n((?: {2}\S.*\n)+)/gm);
  return [...lists].flatMap(([, list]) => [...list!.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name!));
}

function listOptions(words: readonly string[]): OptionOfRestic[] {
  const lines = help(...words).matchAll(/^ +(?:-(\w), )?--([\w-]+)(?: (\S+))? {2,}\S/gm);
  return [...lines]
    .map(([, short, long, value]) => ({ words, short, long: `--${long}`, takesValue: value !== undefined }))
    .filter(({ long }) => long !== '--help');
}

const program = createProgram();

function findCommand(words: readonly string[]) {
  let command: ReturnType<typeof createProgram> | undefined = program;
  for (const word of words)
    command = command?.commands.find((child) => child.name() === word || child.aliases().includes(word));
  return command;
}

const top = listCommands(help()).filter((name) => !ownCommands.includes(name));
const commands = top.flatMap((name) => [[name], ...listCommands(help(name)).map((child) => [name, child])]);
const shared = commands.filter((words) => findCommand(words) !== undefined);
const table = shared.flatMap(listOptions);

test('each command of restic is there, or what to do instead is said', () => {
  expect(table.length).toBeGreaterThan(300);
  const missing = commands.filter((words) => !findCommand(words)).map((words) => words.join(' '));
  expect(missing.filter((name) => !insteadOf.has(name))).toEqual([]);
});

test('each option of restic is there, with its letter and its value, or stands in a list with the reason', () => {
  const isExcused = (words: readonly string[], long: string) =>
    reasons[long] !== undefined || reasons[`${words.join(' ')} ${long}`] !== undefined;
  const differing = table
    .filter(({ words, long }) => !isExcused(words, long))
    .flatMap(({ words, short, long, takesValue }) => {
      const name = `${words.join(' ')} ${long}`;
      const own = findCommand(words)!.options;
      const option = [...own, ...program.options].find((candidate) => candidate.long === long);
      if (!option) return [`${name} is missing`];
      const letter = short === undefined ? undefined : `-${short}`;
      if (letter !== undefined && option.short !== letter) return [`${name} is not ${letter}`];
      const takes = option.required;
      return takes === takesValue || valueByEquals.includes(long) ? [] : [`${name} takes a value there and not here`];
    });
  expect(differing).toEqual([]);
});

test('a letter that restic has for one option is none of another', () => {
  const clashes = table.flatMap(({ words, short, long }) => {
    const command = findCommand(words)!;
    const own = [...command.options, ...program.options].find((option) => option.short === `-${short}`);
    return own && own.long !== long ? [`${words.join(' ')} -${short} is ${long} and not ${own.long}`] : [];
  });
  expect(clashes).toEqual([]);
});

test('no reason is needed any more that is not one', () => {
  const needed = Object.keys(reasons).filter((name) => {
    const words = name.split(' ');
    const command = findCommand(words.slice(0, -1));
    return command?.options.every(({ long }) => long !== words.at(-1)) ?? false;
  });
  expect(needed).toEqual(Object.keys(reasons));
});
