import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { growthInput } from '../../../bench/inputs/growth.ts';
import { largeInput } from '../../../bench/inputs/large.ts';
import { modulesInput } from '../../../bench/inputs/modules.ts';
import { countTree } from '../../../bench/inputs/source.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const inputs = [
  { name: 'modules', input: modulesInput(500), files: 500 },
  { name: 'growth', input: growthInput(50), files: 50 },
  { name: 'large', input: largeInput(0.0005), files: 9 },
];

/** The hash of each file of a tree. */
function hashFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, hash('sha256', readFileSync(join(folder, name)))]));
}

test.each(inputs)('the input $name is always the same, and a change changes one file', async ({ input, files }) => {
  const parent = tempFolder();
  const source = await input.make(join(parent, 'a'));
  const again = await input.make(join(parent, 'b'));
  const before = hashFiles(source.folder);
  expect(before).toEqual(hashFiles(again.folder));
  expect(countTree(source.folder).files).toBe(files);
  expect(readdirSync(join(source.folder, source.listedFolder))).not.toEqual([]);
  source.change();
  expect(source.version).toBe(1);
  const after = hashFiles(source.folder);
  expect([...after].filter(([name, content]) => before.get(name) !== content)).toHaveLength(1);
  again.change();
  expect(hashFiles(again.folder)).toEqual(after);
});

test('modules are there more than once', async () => {
  const source = await modulesInput(2000).make(join(tempFolder(), 'modules'));
  const contents = [...hashFiles(source.folder).values()];
  expect(new Set(contents).size).toBeLessThan(0.9 * contents.length);
  expect(new Set(contents).size).toBeGreaterThan(0.5 * contents.length);
});
