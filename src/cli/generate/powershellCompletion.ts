import { quote, type CommandWords, type OptionWords } from './commandWords.ts';

/** The file that teaches PowerShell to complete the program's command line: to be sourced by the profile. */
export function powershellCompletion(name: string, commands: readonly CommandWords[]): string {
  return `# PowerShell completion for ${name}, made by "${name} generate"

Register-ArgumentCompleter -Native -CommandName ${inQuotes(name)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # Of each command: what can follow it, and its options, of which those with a value name what it may be.
    $commands = @{
${commands.map(describeCommand).join('\n')}
    }
    $command = ''
    $values = $null
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
        $word = $element.ToString()
        if ($null -ne $values) { $values = $null }
        elseif ($word.StartsWith('-')) {
            $option = @($commands[$command].Options + $commands[''].Options) | Where-Object { $_.Flag -ceq $word } | Select-Object -First 1
            if ($option.TakesValue) { $values = @($option.Values) }
        }
        elseif ($commands[$command].Children | Where-Object { $_.Name -ceq $word }) { $command = "$command $word".Trim() }
    }
    # Without an answer PowerShell offers files.
    if ($null -ne $values) { $offered = @($values | ForEach-Object { @{ Name = $_; Summary = $_ } }) }
    elseif ($wordToComplete.StartsWith('-')) {
        $offered = @($commands[$command].Options + $commands[''].Options | ForEach-Object { @{ Name = $_.Flag; Summary = $_.Summary } })
    }
    else { $offered = @($commands[$command].Children + $commands[$command].Operands) }
    $offered | Where-Object { $_.Name -and $_.Name.StartsWith($wordToComplete) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterValue', $_.Summary)
    }
}
`;
}

function describeCommand({ words, options, operands, children }: CommandWords): string {
  const choices = operands.flatMap(({ kind }) => (typeof kind === 'string' ? [] : kind.words));
  const child = (name: string, summary: string) => `@{ Name = ${inQuotes(name)}; Summary = ${inQuotes(summary)} }`;
  return `        ${inQuotes(words)} = @{
            Children = @(${children.map(({ name, summary }) => child(name, summary)).join(', ')})
            Operands = @(${choices.map((word) => child(word, word)).join(', ')})
            Options = @(
${options.map(describeOption).join('\n')}
            )
        }`;
}

function describeOption({ flags, summary, value }: OptionWords): string {
  const words = value && typeof value.kind !== 'string' ? value.kind.words : [];
  const takes = `TakesValue = $${value !== undefined}; Values = @(${words.map(inQuotes).join(', ')})`;
  return flags
    .map((flag) => `                @{ Flag = ${inQuotes(flag)}; Summary = ${inQuotes(summary)}; ${takes} }`)
    .join('\n');
}

function inQuotes(text: string): string {
  return quote(text, "''");
}
