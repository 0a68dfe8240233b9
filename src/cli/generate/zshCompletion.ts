import { quote, type CommandWords, type OptionWords, type ValueKind } from './commandWords.ts';

/** The file that teaches zsh to complete the program's command line: on the `fpath`, or sourced. */
export function zshCompletion(name: string, commands: readonly CommandWords[]): string {
  const everywhere = commands[0]!.options;
  return `#compdef ${name}
# zsh completion for ${name}, made by "${name} generate"

_${name}_everywhere=(
${everywhere.map((option) => `    ${describeOption(option)}`).join('\n')}
)

${commands.map((entry) => describeCommand(name, entry)).join('\n\n')}

if [[ $funcstack[1] == _${name} ]]; then
    _${name} "$@"
else
    compdef _${name} ${name}
fi
`;
}

function describeCommand(name: string, entry: CommandWords): string {
  const { words, options, operands, children } = entry;
  const own = words === '' ? [] : options;
  const specifications = own.map((option) => ` \\\n        ${describeOption(option)}`).join('');
  const begin = `${functionOf(name, words)}() {`;
  if (children.length === 0) {
    const rest = operands.map(
      (operand, at) =>
        ` \\\n        ${quote(`${operand.variadic ? '*' : at + 1}:${escape(operand.name)}:${offer(operand.kind)}`)}`,
    );
    return `${begin}\n    _arguments -s "$_${name}_everywhere[@]"${specifications}${rest.join('')}\n}`;
  }
  const list = children.map((child) => `        ${quote(`${escape(child.name)}:${child.summary}`)}`);
  const cases = children.map(
    (child) => `        ${child.name}) ${functionOf(name, `${words} ${child.name}`.trim())} ;;`,
  );
  return `${begin}
    local curcontext="$curcontext" state state_descr line
    typeset -A opt_args
    local -a children=(
${list.join('\n')}
    )
    _arguments -s -C "$_${name}_everywhere[@]"${specifications} '1: :->command' '*:: :->rest' && return
    case $state in
    command) _describe command children ;;
    rest)
        case $line[1] in
${cases.join('\n')}
        esac
        ;;
    esac
}`;
}

function functionOf(name: string, words: string): string {
  return `_${[name, ...words.split(' ')].filter((word) => word !== '').join('_')}`;
}

/** `'*-r+[the repository]:location:_files' '*--repo=[the repository]:location:_files'`: the star lets it be repeated. */
function describeOption({ flags, summary, value }: OptionWords): string {
  const text = `[${escape(summary)}]${value ? `:${escape(value.name)}:${offer(value.kind)}` : ''}`;
  const ending = (flag: string) => (value ? (flag.startsWith('--') ? '=' : '+') : '');
  return flags.map((flag) => quote(`*${flag}${ending(flag)}${text}`)).join(' ');
}

function offer(kind: ValueKind): string {
  if (kind === 'none') return ' ';
  if (typeof kind === 'string') return kind === 'file' ? '_files' : '_files -/';
  return `(${kind.words.join(' ')})`;
}

function escape(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
