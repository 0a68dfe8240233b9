/** Text as it stands, whatever it holds: code in as many backticks as it needs. */
export function code(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const pad = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${pad}${text.replace(/[\r\n]+/g, ' ')}${pad}${fence}`;
}

/** A block of lines as they stand. */
export function codeBlock(lines: readonly string[]): string {
  const runs = lines.join('\n').match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [fence, ...lines.map((line) => line.replace(/[\r\n]+/g, ' ')), fence].join('\n');
}

/** A document: its title, and its parts with an empty line between; parts without text are left out. */
export function page(title: string, parts: readonly string[]): string {
  return `${[`# ${title}`, ...parts.filter((part) => part !== '')].join('\n\n')}\n`;
}

/** A list, one item a line. */
export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item.replace(/\n/g, ' ')}`).join('\n');
}
