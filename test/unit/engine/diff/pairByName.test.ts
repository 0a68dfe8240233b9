import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRaw } from '../../../../src/base/rawName.ts';
import { pairByName } from '../../../../src/engine/diff/pairByName.ts';

test('every name comes once, in order, with all that have it', () => {
  const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'é', '\udcff', '\ue000', '😀'), maxLength: 3 }));
  fc.assert(
    fc.property(names, names, (before, after) => {
      const toFolder = (list: string[]) => [...list].sort(compareRaw).map((name) => ({ name }));
      const pairs = [...pairByName(toFolder(before), toFolder(after))].map(([a, b]) => [a?.name, b?.name]);
      const all = [...new Set([...before, ...after])].sort(compareRaw);
      expect(pairs).toEqual(
        all.map((name) => [before.includes(name) ? name : undefined, after.includes(name) ? name : undefined]),
      );
    }),
  );
});
