import { describe, expect, test } from 'vitest';
import { errorCode } from '../../../../src/base/errors.ts';
import { createSelection, type SelectionOptions } from '../../../../src/engine/restore/selection.ts';

/** What of these entries (a folder ends in a slash) is restored, in the order of a walk; `?` after what may lead to more. */
function chosen(options: SelectionOptions, entries: readonly string[]): string[] {
  const selection = createSelection(options);
  const folders = new Map([['', selection.root]]);
  return entries.flatMap((entry) => {
    const path = entry.replace(/\/$/, '');
    const [parent, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    const selected = selection.select(folders.get(parent) ?? 'none', path, name, path !== entry);
    folders.set(path, selected);
    return selected === 'none' ? [] : [selected === 'some' ? `${entry}?` : entry];
  });
}

// prettier-ignore
const entries = [
  '/readme.md', '/work/', '/work/[b]', '/work/a.ts', '/work/b', '/work/sub/', '/work/sub/.x.ts', '/work/sub/c.ts',
  '/work/sub/d*', '/work/sub/dd', '/work2/', '/work2/A.TS',
];
const inWork = entries.filter((entry) => entry.startsWith('/work/'));

describe('paths', () => {
  test.each<[string[], string[]]>([
    [['/work'], inWork],
    [['work/'], inWork],
    [['/work/sub'], ['/work/?', ...inWork.filter((entry) => entry.includes('sub'))]],
    [
      ['work/a.ts', './readme.md'],
      ['/readme.md', '/work/?', '/work/a.ts'],
    ],
    [['work/[b]'], ['/work/?', '/work/[b]']],
    [['work/sub/d*'], ['/work/?', '/work/sub/?', '/work/sub/d*']],
    [['*.ts'], []],
    [[], entries],
    [['work', '/'], entries],
  ])('%j', (include, expected) => {
    expect(chosen({ include }, entries)).toEqual(expected);
  });

  test('that are not there are named', () => {
    const selection = createSelection({ include: ['/gone', '/work/a.ts'], paths: ['/new'] });
    selection.select('some', '/gone', 'gone', false, true);
    selection.select('some', '/work', 'work', true);
    selection.select('some', '/work/a.ts', 'a.ts', false);
    expect(() => selection.checkAllFound()).toThrow(/nothing at "\/gone"\./);
  });
});

describe('patterns', () => {
  test.each<[string[], string[]]>([
    [['*.ts'], ['/work/?', '/work/a.ts', '/work/sub/?', '/work/sub/.x.ts', '/work/sub/c.ts', '/work2/?']],
    [['sub'], ['/work/?', ...inWork.filter((entry) => entry.includes('sub')), '/work2/?']],
    [
      ['sub/*', '!dd'],
      ['/work/?', '/work/sub/?', ...inWork.filter((entry) => /sub\/.*[^d]$/.test(entry)), '/work2/?'],
    ],
    [
      ['sub', '!c.ts'],
      ['/work/?', ...inWork.filter((entry) => /sub\/(?!c)/.test(entry)), '/work2/?'],
    ],
    [['/work/*.ts'], ['/work/?', '/work/a.ts']],
    [['/work/[b]'], ['/work/?', '/work/b']],
    [['/w*/**/c.ts'], ['/work/?', '/work/sub/?', '/work/sub/c.ts', '/work2/?']],
    [['/'], entries],
    [['!a.ts'], ['/work/?', '/work/sub/?', '/work2/?']],
  ])('to include: %j', (patterns, expected) => {
    expect(chosen({ includePatterns: { patterns } }, entries)).toEqual(expected);
  });

  test('whatever the case of letters', () => {
    const expected = entries.filter((entry) => /ts$/i.test(entry));
    const found = chosen({ includePatterns: { anyCase: ['*.Ts'] } }, entries);
    expect(found.filter((entry) => !entry.endsWith('?'))).toEqual(expected);
  });

  test.each<[string[], string[]]>([
    [['*.ts'], entries.filter((entry) => !entry.endsWith('.ts'))],
    [['sub'], entries.filter((entry) => !entry.includes('sub'))],
    [['sub', '!c.ts'], entries.filter((entry) => !entry.includes('sub'))],
    [['sub/*', '!c.ts'], entries.filter((entry) => !/sub\/[^c]/.test(entry))],
    [['/work'], entries.filter((entry) => !entry.startsWith('/work/'))],
    [['/'], []],
  ])('to exclude: %j', (patterns, expected) => {
    expect(chosen({ excludePatterns: { patterns } }, entries)).toEqual(expected);
  });

  test('to exclude win over whatever is asked for', () => {
    const found = chosen(
      {
        include: ['/readme.md'],
        includePatterns: { patterns: ['sub'] },
        excludePatterns: { patterns: ['*.ts', 'dd'] },
      },
      entries,
    );
    expect(found).toEqual(['/readme.md', '/work/?', '/work/sub/', '/work/sub/d*', '/work2/?']);
  });

  test('tell which of them fit something that the snapshot has', () => {
    const heard: string[] = [];
    const options = {
      includePatterns: { patterns: ['work', 'c.ts', 'gone'] },
      excludePatterns: { patterns: ['dd', 'no'] },
      onMatch: (pattern: string) => void heard.push(pattern),
    };
    const selection = createSelection(options);
    selection.select('some', '/gone', 'gone', false, true);
    expect(() => selection.checkAllFound()).toThrow(/nothing that the patterns include/);
    expect(heard).toEqual([]);
    chosen(options, entries);
    expect(heard).toEqual(['work', 'c.ts', 'dd']);
  });

  test('that are malformed', () => {
    const attempt = () => createSelection({ includePatterns: { patterns: ['a['] } });
    expect(attempt).toThrow(/‘a\[’/);
    try {
      attempt();
    } catch (error) {
      expect(errorCode(error)).toBe('usage');
    }
  });
});
