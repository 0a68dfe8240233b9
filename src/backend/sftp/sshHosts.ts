/**
 * The hosts that a configuration of ssh names, in its order, and the files that it includes; patterns are no hosts. For
 * suggestions only: what ssh itself makes of the file is its business.
 */
export function parseSshConfig(text: string): {
  readonly hosts: readonly string[];
  readonly includes: readonly string[];
} {
  const hosts = new Set<string>();
  const includes: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', rest = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(line) ?? [];
    const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const comment = words.findIndex((word) => word.startsWith('#'));
    const values = comment < 0 ? words : words.slice(0, comment);
    if (keyword.toLowerCase() === 'include') includes.push(...values);
    if (keyword.toLowerCase() !== 'host') continue;
    for (const value of values) if (!/[*?!]/.test(value)) hosts.add(value);
  }
  return { hosts: [...hosts], includes };
}
