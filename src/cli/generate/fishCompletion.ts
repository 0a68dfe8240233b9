import { quote, type CommandWords, type OptionWords, type ValueKind } from './commandWords.ts';

/** The file that teaches fish to complete the program's command line. */
export function fishCompletion(name: string, commands: readonly CommandWords[]): string {
  const [program] = commands;
  const begin = `complete -c ${name}`;
  return `# fish completion for ${name}, made by "${name} generate"

# The command that was typed so far, without options and their values.
function __${name}_command
    set -l command
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- "$command $word" ${valueFlags(commands)}; or contains -- $word ${flagsWithValue(program!)}
            and set skip 1
        else if contains -- (string trim "$command $word") ${commands.map(({ words }) => quoteForFish(words)).join(' ')}
            set command (string trim "$command $word")
        end
    end
    echo "$command"
end

function __${name}_is
    test (__${name}_command) = "$argv"
end

${begin} -f
${program!.options.map((option) => `${begin} ${describeOption(option)}`).join('\n')}
${commands.map((entry) => describeCommand(begin, name, entry)).join('\n')}
`;
}

function describeCommand(begin: string, name: string, { words, options, operands, children }: CommandWords): string {
  const condition = `${begin} -n ${quoteForFish(`__${name}_is ${words}`.trim())}`;
  const own = words === '' ? [] : options;
  return [
    ...children.map((child) => `${condition} -a ${quoteForFish(child.name)} -d ${quoteForFish(child.summary)}`),
    ...own.map((option) => `${condition} ${describeOption(option)}`),
    ...new Set(operands.flatMap(({ kind }) => (kind === 'none' ? [] : [`${condition} ${offer(kind)}`]))),
  ].join('\n');
}

function describeOption({ flags, summary, value }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const argument = value ? [value.kind === 'none' ? '-x' : `-r ${offer(value.kind)}`] : [];
  return [...names, ...argument, `-d ${quoteForFish(summary)}`].join(' ');
}

function offer(kind: Exclude<ValueKind, 'none'>): string {
  if (kind === 'file') return '-F';
  return `-f -a ${quoteForFish(kind === 'folder' ? '(__fish_complete_directories)' : kind.words.join(' '))}`;
}

/** The own options with a value of every command, as `backup --tag`. */
function valueFlags(commands: readonly CommandWords[]): string {
  return commands
    .slice(1)
    .flatMap((entry) => flagsOfValues(entry).map((flag) => quoteForFish(`${entry.words} ${flag}`)))
    .join(' ');
}

function flagsWithValue(program: CommandWords): string {
  return flagsOfValues(program).join(' ');
}

function flagsOfValues({ options }: CommandWords): string[] {
  return options.flatMap(({ flags, value }) => (value ? flags : []));
}

function quoteForFish(text: string): string {
  return quote(text.replaceAll('\\', '\\\\'), "\\'");
}
