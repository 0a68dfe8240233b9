import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands, contextKeys, views } from '../../../src/extension/contributions.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly views: { readonly cairn: readonly { readonly id: string }[] };
    readonly keybindings: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command?: string; readonly when?: string }[]>>;
    readonly configuration: readonly { readonly properties: Readonly<Record<string, { readonly scope?: string }>> }[];
  };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
}

const text = readFileSync('package.json', 'utf8');
const { contributes, capabilities } = JSON.parse(text) as Manifest;
const nls = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
const sources = readdirSync('src/extension', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src/extension', name), 'utf8'))
  .join('\n');

const sorted = (values: Iterable<string>) => [...values].sort();

describe('the manifest and the code name the same', () => {
  test('commands', () => {
    expect(sorted(contributes.commands.map(({ command }) => command))).toEqual(sorted(Object.values(commands)));
  });

  test('views', () => {
    expect(contributes.views.cairn.map(({ id }) => id)).toEqual(Object.values(views));
  });

  test('context keys', () => {
    const used = [...text.matchAll(/!?\bcairn\.\w+/g)].map(([key]) => key.replace('!', ''));
    for (const key of Object.values(contextKeys)) expect(used).toContain(key);
  });

  test('settings', () => {
    const declared = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
    const read = [...sources.matchAll(/readSetting(?:<[^(]*>)?\(\s*'([\w.]+)'/g)].map((match) => `cairn.${match[1]}`);
    expect(declared).toEqual(expect.arrayContaining(read));
  });

  test('only known commands in menus and keys', () => {
    const known = new Set<string>(Object.values(commands));
    const listed = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    for (const { command } of listed) if (command !== undefined) expect(known).toContain(command);
  });
});

test('no setting of a workspace that nobody trusts counts', () => {
  const properties = contributes.configuration.flatMap((part) => Object.entries(part.properties));
  // Those of a machine or an application cannot be set by a workspace.
  const settable = properties.filter(([, { scope }]) => scope !== 'machine' && scope !== 'application');
  const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
  expect(sorted(restrictedConfigurations)).toEqual(sorted(settable.map(([name]) => name)));
});

test('every text of the manifest is in package.nls.json, and none there is unused', () => {
  const used = [...text.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]!);
  expect(sorted(new Set(used))).toEqual(sorted(Object.keys(nls)));
});

test('every text of the code is in l10n/bundle.l10n.json, for translators, and none there is unused', () => {
  const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.json', 'utf8')) as Record<string, string>;
  const calls = sources.matchAll(/l10n\s*\.t\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")/g);
  const used = [...calls].map(([, single, double]) =>
    (single ?? double)!.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1'),
  );
  expect(sorted(new Set(used))).toEqual(sorted(Object.keys(bundle)));
});

test('what is counted is written by counts.ts, so that one is not several', () => {
  const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.json', 'utf8')) as Record<string, string>;
  const counting = /\{\d\} (files|snapshots|packs|changes|problems|copies|disks|hours|days)\b/;
  // These are only said of several.
  const ofSeveral = /^Delete \{0\} snapshots|^\{0\} files (of|have)|^Only the first/;
  const careless = Object.keys(bundle).filter((key) => counting.test(key) && !ofSeveral.test(key));
  expect(careless.filter((key) => !/^\{0\} \w+$/.test(key))).toEqual([]);
});

test('times are written by formatMoment.ts, so that all look alike', () => {
  const clock = /timeStyle|toLocaleTimeString|Date\([^()]*\)\.toLocaleString/g;
  const own = readFileSync('src/extension/documents/formatMoment.ts', 'utf8');
  expect(sources.match(clock)).toEqual(own.match(clock));
});

test('every command is of the category Cairn', () => {
  for (const { command, category } of contributes.commands)
    expect({ command, category }).toEqual({ command, category: 'Cairn' });
});
