import { quote, type CommandWords, type OptionWords, type ValueKind } from './commandWords.ts';

/** The file that teaches bash to complete the program's command line. */
export function bashCompletion(name: string, commands: readonly CommandWords[]): string {
  return `# bash completion for ${name}, made by "${name} generate"

_${name}_command() {
    case $1 in
${commands.map(describe).join('\n')}
    *) children='' options='' operands=() ;;
    esac
}

# Sets kind to what the option $2 of the command $1 takes; fails if it takes nothing.
_${name}_value() {
    case "$1 $2" in
${valuePatterns(commands).join('\n')}
    *) return 1 ;;
    esac
}

_${name}_offer() {
    case $1 in
    file) compopt -o filenames 2>/dev/null; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
    folder) compopt -o filenames 2>/dev/null; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
    *) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$current") ;;
    esac
}

_${name}() {
    local current=\${COMP_WORDS[COMP_CWORD]} command='' children options operands kind word at
    COMPREPLY=()
    # Readline takes --option=value for three words.
    local before=\${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $current == = ]]; then current=''
    elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}
    fi
    _${name}_command ''
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=\${COMP_WORDS[at]}
        if [[ $word == -* ]]; then
            if _${name}_value "$command" "$word"; then
                ((at++))
                [[ \${COMP_WORDS[at]} != = ]] || ((at++))
            fi
        elif [[ " $children " == *" $word "* ]]; then
            command="\${command:+$command }$word"
            _${name}_command "$command"
        fi
    done
    if _${name}_value "$command" "$before"; then
        _${name}_offer "$kind"
    elif [[ $current == -* ]]; then
        _${name}_offer "$options ${flagsOf(commands[0]!.options)}"
    elif [[ -n $children ]]; then
        _${name}_offer "$children"
    else
        for kind in "\${operands[@]}"; do _${name}_offer "$kind"; done
    fi
}

complete -F _${name} ${name}
`;
}

function describe({ words, options, operands, children }: CommandWords): string {
  const below = children.map(({ name }) => name).join(' ');
  const kinds = [...new Set(operands.map(({ kind }) => nameKind(kind)))]
    .filter((kind) => kind !== '')
    .map((kind) => quote(kind))
    .join(' ');
  const own = words === '' ? '' : flagsOf(options);
  return `    ${quote(words)}) children=${quote(below)} options=${quote(own)} operands=(${kinds}) ;;`;
}

function flagsOf(options: readonly OptionWords[]): string {
  return options.flatMap(({ flags }) => flags).join(' ');
}

/** The program's options stand anywhere; a command's own come first, as a letter may mean something else there. */
function valuePatterns(commands: readonly CommandWords[]): string[] {
  const [program, ...others] = commands;
  const own = others.flatMap(({ words, options }) =>
    options.flatMap(({ flags, value }) =>
      value
        ? [`    ${flags.map((flag) => quote(`${words} ${flag}`)).join('|')}) kind=${quote(nameKind(value.kind))} ;;`]
        : [],
    ),
  );
  const everywhere = program!.options.flatMap(({ flags, value }) =>
    value ? [`    ${flags.map((flag) => `*' ${flag}'`).join('|')}) kind=${quote(nameKind(value.kind))} ;;`] : [],
  );
  return [...own, ...everywhere];
}

function nameKind(kind: ValueKind): string {
  if (kind === 'none') return '';
  return typeof kind === 'string' ? kind : kind.words.join(' ');
}
