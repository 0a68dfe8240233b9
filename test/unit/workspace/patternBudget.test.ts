/** Ignore files come with a workspace, and may be made to take hours: what takes so long is given up, and nothing is lost. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createIgnoredPaths } from '../../../src/engine/ignoredPaths.ts';
import { PatternBudget } from '../../../src/workspace/patternBudget.ts';
import { createIgnoreState, type IgnoreOptions } from '../../../src/workspace/ignoreRules.ts';
import { walk } from '../../../src/workspace/walk.ts';
import { writeTree, type TreeEntry } from '../../helpers/fileTree.ts';
import { pathBelow } from '../../helpers/paths.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const options: IgnoreOptions = { useIgnoreFiles: true, useCairnIgnore: true };
/** A MiB of wildcards: half a second for each name. */
const hostile = `${'?*a?*b\n'.repeat(149_000)}wanted\n`;
const names = Array.from({ length: 600 }, (_, at) => `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa${at}`);
const many = Object.fromEntries(names.map((name) => [name, '']));

function look(root: string) {
  const found: string[] = [];
  const told: string[] = [];
  const skipped: string[] = [];
  for (const step of walk(root, createIgnoreState(root, root, options))) {
    if (step.step === 'entry') found.push(pathBelow(root, step.path));
    if (step.step !== 'enter') continue;
    skipped.push(...step.listing.skipped.map(({ path }) => pathBelow(root, path)));
    told.push(...step.listing.givenUp.map(({ path, reason }) => `${pathBelow(root, path)}: ${reason}`));
  }
  return { found, told, skipped };
}

function treeWith(tree: Record<string, TreeEntry>): string {
  const root = tempFolder();
  writeTree(root, tree);
  return root;
}

describe('an ignore file that takes too long', () => {
  test.each(['.gitignore', '.cairnignore'])('%s is given up, and said once; all is kept', (file) => {
    const root = treeWith({ [file]: hostile, ...many, 'sub/wanted': '', 'sub/deep/x': '' });
    const { found, told } = look(root);
    expect(told).toEqual([`${file}: slow-patterns`]);
    expect(found).toEqual(expect.arrayContaining([...names, 'sub/wanted', 'sub/deep/x']));
  });

  test('hides neither what nearer files say, nor lets those farther away decide over its exceptions', () => {
    const root = treeWith({
      '.gitignore': '*.log\n',
      'top.log': '',
      'in/.gitignore': `${hostile}!*.log\n`,
      ...Object.fromEntries(names.map((name) => [`in/${name}`, ''])),
      'in/z/.gitignore': 'out\n',
      'in/z/out': '',
      'in/z/kept.log': '',
    });
    const { found, told, skipped } = look(root);
    expect(told).toEqual(['in/.gitignore: slow-patterns']);
    expect(skipped).toEqual(expect.arrayContaining(['top.log', 'in/z/out']));
    expect(found).toContain('in/z/kept.log');
  });

  test('makes nobody delete what it may have left out', () => {
    const root = treeWith({ '.gitignore': hostile });
    const isIgnored = createIgnoredPaths([root], options);
    for (const name of names) isIgnored(join(root, name), false);
    expect(isIgnored(join(root, 'wanted'), false)).toBe(true);
    expect(isIgnored(join(root, 'anything'), false)).toBe(true);
  });

  test('in many folders takes no time in each', () => {
    const tree: Record<string, TreeEntry> = {};
    for (let at = 0; at < 40; at++) {
      tree[`folder-${at}/.gitignore`] = hostile;
      for (const name of names.slice(0, 50)) tree[`folder-${at}/${name}`] = '';
    }
    expect(look(treeWith(tree)).told.length).toBeGreaterThan(30);
  });
});

describe('the budget', () => {
  const spend = (times: number, ms: number) => {
    const cost = new PatternBudget().open();
    for (let n = 0; n < times; n++) cost.spend(ms);
    return cost;
  };

  test('leaves lists that people keep alone, however large the source is', () => {
    expect(spend(1_000_000, 0.5).isGivenUp).toBe(false);
  });

  test('gives up what takes long for a name', () => {
    expect(spend(100, 6).isGivenUp).toBe(false);
    expect(spend(200, 6).isGivenUp).toBe(true);
    expect(spend(2, 1_000_000).isGivenUp).toBe(true);
  });

  test.each([
    [200, 0.001, 1_500],
    [100_000, 0.001, 600_000],
    [0, 0, 1_500],
  ])('blames no list for the time that a machine slept: %i names of %d ms and a gap of %i ms', (times, ms, gap) => {
    const cost = spend(times, ms);
    cost.spend(gap);
    expect(cost.isGivenUp).toBe(false);
  });

  test('leaves no file unprepared because a machine slept', () => {
    const budget = new PatternBudget();
    budget.spendPreparing(600_000);
    expect(budget.canPrepare(2 ** 20)).toBe(true);
    for (let n = 0; n < 10; n++) budget.spendPreparing(600);
    expect([budget.canPrepare(2 ** 20), budget.canPrepare(1000)]).toEqual([false, true]);
  });

  test('counts what many files take together', () => {
    const budget = new PatternBudget();
    const costs = Array.from({ length: 10 }, () => budget.open());
    const usual = budget.open();
    for (let n = 0; n < 5_000; n++) for (const cost of costs) cost.spend(4);
    usual.spend(0.001);
    expect([costs.every(({ isGivenUp }) => isGivenUp), usual.isGivenUp]).toEqual([true, false]);
  });
});
