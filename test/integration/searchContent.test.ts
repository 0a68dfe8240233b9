import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { searchContent, type FoundContent, type SearchOptions } from '../../src/engine/past/searchContent.ts';
import type { SearchPattern } from '../../src/engine/past/textPattern.ts';
import type { Session } from '../../src/engine/session.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { rounds, seed } from '../helpers/effort.ts';
import { createTestRepository, file, folder, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

type State = [FolderLiteral, Partial<Snapshot>?];

async function collect(
  session: Session,
  pattern: SearchPattern,
  options: SearchOptions = {},
  places: readonly string[] = ['/work'],
): Promise<FoundContent[]> {
  const found: FoundContent[] = [];
  for await (const each of searchContent(session, pattern, places, options)) found.push(each);
  return found;
}

/** `snapshot path line:column text | …`, the snapshots by their numbers. */
async function search(
  states: State[],
  pattern: SearchPattern | string,
  options: SearchOptions = {},
  places?: readonly string[],
): Promise<string[]> {
  const repository = await createTestRepository();
  const ids: string[] = [];
  for (const [tree, fields] of states) ids.push((await repository.addSnapshot(tree, fields)).id);
  const asked = typeof pattern === 'string' ? { text: pattern } : pattern;
  return (await collect(await repository.openSession(), asked, options, places)).map(
    ({ path, stored, lines, isCut }) =>
      `${ids.indexOf(stored.id)} ${path} ${lines.map(({ line, column, text }) => `${line}:${column} ${text}`).join(' | ')}${isCut ? ' …' : ''}`,
  );
}

const at = (content: FolderLiteral): State => [{ work: content }];
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

test.each<[string, SearchPattern, string[]]>([
  ['a text', { text: 'needle' }, ['0 /work/f 2:7 a hay needle']],
  ['a regular expression', { text: '^\\w+ dle$', isRegex: true }, ['0 /work/f 3:1 nee dle']],
  ['a text that would be an expression', { text: 'a+(b)' }, ['0 /work/f 4:1 a+(b)-c/d']],
  ['letters of either case', { text: 'NEEDLE', ignoreCase: true }, ['0 /work/f 2:7 a hay needle | 6:1 Needle']],
  ['an expression, too', { text: '^n.e D', isRegex: true, ignoreCase: true }, ['0 /work/f 3:1 nee dle']],
  ['all of it, whatever the case', { text: 'A+(B)-C/D', ignoreCase: true }, ['0 /work/f 4:1 a+(b)-c/d']],
  ['what ends with the file', { text: '^Needle$', isRegex: true }, ['0 /work/f 6:1 Needle']],
  ['what is no ASCII', { text: 'Größe 😀' }, ['0 /work/f 5:3 😀Größe 😀']],
  ['lines without the end that Windows gives them', { text: 'b\\)-c/d$', isRegex: true }, ['0 /work/f 4:4 a+(b)-c/d']],
  ['nothing', { text: 'absent' }, []],
])('%s', async (_, pattern, expected) => {
  const content = 'first\na hay needle\nnee dle\na+(b)-c/d\r\n😀Größe 😀\nNeedle';
  const states = [at({ f: content })];
  expect(await search(states, pattern)).toEqual(expected);
  // Also where chunks end within lines.
  expect(await search([at({ f: file([...content]) })], pattern)).toEqual(expected);
});

describe('versions', () => {
  test('each once, by the newest snapshot that has it, the newest first', async () => {
    const states = [at({ f: 'x 1' }), at({ f: 'x 2' }), at({ f: 'x 1', other: '' }), at({ f: 'y' })];
    expect(await search(states, 'x')).toEqual(['2 /work/f 1:1 x 1', '1 /work/f 1:1 x 2']);
  });

  test('each content is read once', async () => {
    const repository = await createTestRepository();
    for (let number = 0; number < 4; number++) {
      const copies = { a: 'the x', b: 'the x', c: 'nothing', [`n${number}`]: 'nothing', d: { a: 'the x' } };
      await repository.addSnapshot({ work: copies });
    }
    const session = await repository.openSession();
    const read: string[] = [];
    const load = session.reader.load.bind(session.reader);
    session.reader.load = (type, id) => {
      if (type === 'data') read.push(id);
      return load(type, id);
    };
    const found = await collect(session, { text: 'x' });
    expect(found.map(({ path }) => path)).toEqual(['/work/a', '/work/b', '/work/d/a']);
    expect(read).toHaveLength(2);
  });

  test('of a workspace that was moved', async () => {
    const tags = ['workspace-0123456789abcdef'];
    const moved: State[] = [
      [{ old: { a: 'x' } }, { paths: ['/old'], tags }],
      [{ new: { b: 'x' } }, { paths: ['/new'], tags }],
    ];
    const workspace = { id: '0123456789abcdef', root: '/new', earlierRoots: ['/old'] };
    expect(await search(moved, 'x', { workspace }, ['/new'])).toEqual(['1 /new/b 1:1 x', '0 /new/a 1:1 x']);
  });
});

test('places', async () => {
  const states = [at({ d: { a: 'x' }, b: 'x', l: link('b') })];
  expect(await search(states, 'x', {}, ['/work/d'])).toEqual(['0 /work/d/a 1:1 x']);
  expect(await search(states, 'x', {}, ['/work/b', '/work/d', '/work/b'])).toHaveLength(2);
  expect(await search(states, 'x', {}, ['/'])).toHaveLength(2);
  await expect(search(states, 'x', {}, ['/nowhere'])).rejects.toMatchObject({ code: 'path-not-in-snapshot' });
});

test('globs', async () => {
  const states = [at({ 'a.ts': 'x', 'a.min.ts': 'x', src: { 'b.ts': 'x', 'c.js': 'x' } })];
  const paths = async (globs: string[]) => (await search(states, 'x', { globs })).map((line) => line.split(' ')[1]);
  expect(await paths(['*.ts'])).toEqual(['/work/a.min.ts', '/work/a.ts', '/work/src/b.ts']);
  expect(await paths(['*.ts', '!*.min.*'])).toEqual(['/work/a.ts', '/work/src/b.ts']);
  expect(await paths(['src/*', '!*.ts'])).toEqual(['/work/src/c.js']);
});

describe('content', () => {
  test('binary files are left out, unless they are asked for', async () => {
    const states = [at({ binary: 'x\0y', text: 'x' })];
    expect(await search(states, 'x')).toEqual(['0 /work/text 1:1 x']);
    expect(await search(states, 'x', { anyContent: true })).toHaveLength(2);
  });

  test('UTF-16 and a mark of UTF-8', async () => {
    const repository = await createTestRepository();
    const wide = utf16('first\r\nthe Größe');
    const raw = { wide: file([wide as unknown as string]), marked: '\ufeffthe Größe' };
    await repository.addSnapshot({
      work: { ...raw, swapped: file([Buffer.from(wide).swap16() as unknown as string]) },
    });
    const found = await collect(await repository.openSession(), { text: 'the Größe' });
    expect(found.map(({ path, lines: [line] }) => `${path} ${line!.line}:${line!.column}`)).toEqual([
      '/work/marked 1:1',
      '/work/swapped 2:1',
      '/work/wide 2:1',
    ]);
  });

  test('of a long line, what is around the match', async () => {
    const line = `${'a'.repeat(10_000)}needle${'b'.repeat(10_000)}`;
    const [row] = await search([at({ f: line })], 'needle');
    expect(row).toContain('0 /work/f 1:10001 aaa');
    expect(row).toContain('needle');
    expect(row!.length).toBeLessThan(450);
  });

  test('of many lines, the first thousand', async () => {
    const [row] = await search([at({ f: 'x\n'.repeat(1_500) })], 'x');
    expect(row).toMatch(/ 1000:1 x …$/);
    const [whole] = await search([at({ f: 'x\n'.repeat(1_000) })], 'x');
    expect(whole).toMatch(/ 1000:1 x$/);
  });

  test('what cannot be read is told, and the rest is searched', async () => {
    const problems: string[] = [];
    const states = [at({ a: other({ type: 'file', content: ['f'.repeat(64) as never] }), b: 'x' })];
    const onProblem: SearchOptions['onProblem'] = ({ code, path }) => problems.push(`${code} ${path}`);
    expect(await search(states, 'x', { onProblem })).toEqual(['0 /work/b 1:1 x']);
    expect(problems).toEqual(['blob-missing /work/a']);
  });
});

test.each<[SearchPattern, RegExp]>([
  [{ text: '' }, /is empty/],
  [{ text: 'a\nb' }, /several lines/],
  [{ text: '(', isRegex: true }, /^"\(" is no regular expression: Unterminated group\.$/],
])('%j is refused', async (pattern, message) => {
  await expect(search([at({ f: 'x' })], pattern)).rejects.toMatchObject({ code: 'usage', message: message as unknown });
  await expect(search([at({ f: 'x' })], pattern)).rejects.toThrow(message);
});

describe('an expression that takes for ever', () => {
  const evil = { text: '^(a+)+$', isRegex: true };
  const slow = (number: number) => `${'a'.repeat(60)}${number}`;

  test('is told, and the rest is searched', async () => {
    const problems: string[] = [];
    const onProblem: SearchOptions['onProblem'] = ({ code, path }) => problems.push(`${code} ${path}`);
    expect(await search([at({ a: `aa\n${slow(1)}`, b: 'aaa' })], evil, { onProblem })).toEqual([
      '0 /work/a 1:1 aa',
      '0 /work/b 1:1 aaa',
    ]);
    expect(problems).toEqual(['refused /work/a']);
  });

  test('ends the search before long', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, number) => [`f${number}`, slow(number)]));
    await expect(search([at(many)], evil)).rejects.toMatchObject({ code: 'refused' });
  });
});

test('can be ended at any time', async () => {
  const repository = await createTestRepository();
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`f${number}`, `x ${number}`]));
  await repository.addSnapshot({ work: many });
  const controller = new AbortController();
  const session = await repository.openSession();
  const load = session.reader.load.bind(session.reader);
  let loads = 0;
  session.reader.load = async (type, id) => {
    if (++loads === 50) controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 1));
    return load(type, id);
  };
  await expect(collect(session, { text: 'x' }, { signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(loads).toBeLessThan(100);
});

const names = fc.constantFrom('a', 'b', 'c');
const text = fc
  .array(fc.constantFrom('foo', 'Foo', 'bar', ' ', '\n', '\r\n', 'ü'), { maxLength: 8 })
  .map((words) => words.join(''));
const tree: fc.Arbitrary<FolderLiteral> = fc.letrec<{ folder: FolderLiteral; entry: string | FolderLiteral }>(
  (tie) => ({
    folder: fc.dictionary(names, tie('entry'), { maxKeys: 3 }),
    entry: fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: tie('folder') }),
  }),
).folder;

function flatten(literal: FolderLiteral, way = ''): [string, string][] {
  return Object.entries(literal).flatMap(([name, entry]) =>
    typeof entry === 'string'
      ? [[way + name, entry] as [string, string]]
      : flatten(entry as FolderLiteral, `${way}${name}/`),
  );
}

/** `snapshot path lines` of every version that matches, as someone finds who restores every snapshot. */
function bruteForce(trees: readonly FolderLiteral[], expression: RegExp): string[] {
  const rows = new Map<string, string>();
  for (const [number, content] of trees.entries()) {
    for (const [path, plain] of flatten(content)) {
      const lines = plain.replace(/\n$/, '').split('\n');
      const matching = lines.flatMap((line, index) => (expression.test(line.replace(/\r$/, '')) ? [index + 1] : []));
      if (plain !== '' && matching.length > 0)
        rows.set(`${path}\0${plain}`, `${number} /work/${path} ${matching.join()}`);
    }
  }
  return [...rows.values()].sort();
}

test('equals brute force over random states', async () => {
  const patterns = fc.constantFrom<[SearchPattern, RegExp]>(
    [{ text: 'foo' }, /foo/],
    [{ text: 'oob', ignoreCase: true }, /oob/i],
    [{ text: '^foo( |$)', isRegex: true }, /^foo( |$)/],
    [{ text: 'ü?bar$', isRegex: true, ignoreCase: true }, /ü?bar$/i],
    [{ text: '^$', isRegex: true }, /^$/],
  );
  await fc.assert(
    fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 5 }), patterns, async (trees, [pattern, expression]) => {
      const repository = await createTestRepository();
      const ids: string[] = [];
      for (const content of trees) ids.push((await repository.addSnapshot({ work: folder(content) })).id);
      const found = await collect(await repository.openSession(), pattern);
      const rows = found.map(
        ({ stored, path, lines }) => `${ids.indexOf(stored.id)} ${path} ${lines.map(({ line }) => line).join()}`,
      );
      expect(rows.sort()).toEqual(bruteForce(trees, expression));
      expect(found.map(({ stored }) => ids.indexOf(stored.id))).toEqual(
        found.map(({ stored }) => ids.indexOf(stored.id)).sort((a, b) => b - a),
      );
    }),
    { numRuns: rounds(400, 60), seed },
  );
});
