/** Settings by name, in lower case, of each section of a file of the AWS tools. */
export type ProfileSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads `~/.aws/credentials` or `~/.aws/config`: sections in brackets, lines `name = value`, comments behind `#` or `;`.
 * In the latter a section is called `profile NAME`, which is read as `NAME`. Settings within settings are passed over,
 * and what cannot be read, too.
 */
export function readProfiles(text: string): ProfileSections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let isNested = false;
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#') || bare.startsWith(';')) continue;
    const heading = /^\[\s*(?:profile\s+)?(?:"([^"]*)"|([^\]"]*?))\s*\]/.exec(bare);
    if (heading) {
      const name = heading[1] ?? heading[2] ?? '';
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      isNested = false;
      continue;
    }
    if (isNested && /^\s/.test(line)) continue;
    const setting = /^([^=]*?)\s*=\s*(.*)$/.exec(bare);
    if (!setting) continue;
    const value = setting[2]!.replace(/(?:^|\s)[#;].*$/, '');
    section?.set(setting[1]!.toLowerCase(), value);
    isNested = value === '';
  }
  return sections;
}
