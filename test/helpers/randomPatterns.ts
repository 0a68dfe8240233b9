import type { seededRandom } from './random.ts';

type Random = ReturnType<typeof seededRandom>;

/** Files with names that are hard to match; the same in several folders, so that depth counts. */
export function treeForPatterns(): Record<string, string> {
  // prettier-ignore
  const names = [
    'foo', 'Foo', 'foo.log', 'bar', 'b', 'keep.o', 'x.o', '.hidden', 'a b', '!bang', '#hash', '$HOME', '[x]', '{a,b}', 'a*b',
    'x?', 'back\\slash', 'end\\', '^c', 'a-b', ']', 'é', 'École', '日', '日本.log', '\u{1f600}', 'İ', 'ß', 'ΑΣ', 'new\nline',
  ];
  const folders = [
    '',
    'foo/',
    'foo/bar/',
    'bar/foo/',
    'build/',
    'user/.cache/',
    'a/b/c/',
    'a/b/foo/b/',
    'É/',
    '[x]/y/',
  ];
  const tree: Record<string, string> = {};
  for (const [at, folder] of folders.entries()) {
    for (const [rank, name] of names.entries()) {
      // Not all everywhere: what is `foo` here is a folder there.
      if (
        (at + rank) % 3 === 0 &&
        !folders.some((other) => `${folder}${name}/` === other.slice(0, folder.length + name.length + 1))
      ) {
        tree[folder + name] = name;
      }
    }
  }
  return tree;
}

/** A pattern that has to do with one of the paths, which are absolute. `top` is the folder in which they lie. */
export function randomPattern(random: Random, top: string, paths: readonly string[]): string {
  const path = random.pick(paths);
  const names = path.slice(top.length + 1).split('/');
  const from = random.below(names.length);
  const parts = names.slice(from, from + 1 + random.below(3)).map((name) => mutate(random, name));
  if (random.below(5) === 0)
    parts.splice(random.below(parts.length + 1), 0, random.pick(['**', '**', '*', '?', '.', '..', '']));
  const start = random.pick([
    '',
    '',
    '',
    '',
    '',
    '/',
    '**/',
    './',
    '*/',
    '/**/',
    `${top}/`,
    `${top}/**/`,
    `${literal(top)}/*/`,
  ]);
  const end = random.pick(['', '', '', '', '', '/', '/**', '/*', '/**/*', '*', '/..']);
  return start + parts.join('/') + end;
}

/** The name as a pattern that fits just it. */
function literal(name: string): string {
  return name.replace(/[\\[\]*?]/g, '\\$&');
}

function mutate(random: Random, name: string): string {
  const letters = [...name];
  const at = random.below(letters.length);
  const other = random.pick(['a', 'x', 'é', 'o', '!', '^', '-', ']']);
  const letter = letters[at]!;
  const escaped = /[\]\\^-]/.test(letter) ? `\\${letter}` : letter;
  // prettier-ignore
  const kinds: (() => string | undefined)[] = [
    () => undefined, () => literal(name), () => literal(name), () => literal(name), () => '*', () => '**', () => other,
    () => replaceFrom(letters, at, letters.length, '*'), () => replaceFrom(letters, 0, at, '*'),
    () => replaceFrom(letters, at, at + 1, '?'), () => replaceFrom(letters, at, at + 1, '*'),
    () => replaceFrom(letters, at, at + 1, `[${escaped}]`), () => replaceFrom(letters, at, at + 1, `[^${escaped}]`),
    () => replaceFrom(letters, at, at + 1, `[!${escaped}]`), () => replaceFrom(letters, at, at + 1, '[a-z]'),
    () => replaceFrom(letters, at, at + 1, `[^a-f${other}]`), () => replaceFrom(letters, at, at + 1, `[${other}-${escaped}]`),
    () => replaceFrom(letters, at, at, '\\'), () => replaceFrom(letters, at, at, '**'),
    () => replaceFrom(letters, at, at + 1, '*?'), () => replaceFrom(letters, at, at + 1, '??'),
    () => name.toUpperCase(), () => name.toLowerCase(), () => '*'.repeat(1 + random.below(3)) + letters.slice(at).join(''),
    () => '?'.repeat(letters.length), () => `*${'?'.repeat(1 + random.below(3))}`,
  ];
  return random.pick(kinds)() ?? name;
}

function replaceFrom(letters: readonly string[], from: number, to: number, by: string): string {
  return literal(letters.slice(0, from).join('')) + by + literal(letters.slice(to).join(''));
}
