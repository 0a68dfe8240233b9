import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changeLedger, readLedger, type Ledger } from '../../src/engine/standing/ledger.ts';
import { noteProof } from '../../src/engine/standing/noteProof.ts';
import { readStanding } from '../../src/engine/standing/standing.ts';
import { usualPromises } from '../../src/engine/standing/promises.ts';
import { isWindows } from '../../src/disk/system.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const child = join(import.meta.dirname, 'standingChild.ts');

function newLedger(folder = join(tempFolder(), 'standing')): Ledger & { readonly troubles: string[] } {
  const troubles: string[] = [];
  return { folder, troubles, onTrouble: (message) => void troubles.push(message) };
}

const nameOf = (location: string) => ({ location, repository: '1'.repeat(64) });

test('each place has a file that only its owner reads, and none is written twice for the same', async () => {
  const ledger = newLedger();
  await noteProof(ledger, nameOf('/a'), 'data', true);
  await noteProof(ledger, nameOf('/b'), 'data', true);
  const files = readdirSync(ledger.folder).filter((name) => name.endsWith('.json'));
  expect(files).toHaveLength(2);
  const before = files.map((name) => statSync(join(ledger.folder, name), { bigint: true }).mtimeNs);
  await changeLedger(ledger, (places) => places.map((place) => place));
  expect(files.map((name) => statSync(join(ledger.folder, name), { bigint: true }).mtimeNs)).toEqual(before);
  if (!isWindows) expect(statSync(join(ledger.folder, files[0]!)).mode & 0o077).toBe(0);
  await changeLedger(ledger, (places) => places.filter(({ location }) => location !== '/a'));
  expect(readLedger(ledger.folder).places).toMatchObject([{ location: '/b' }]);
  expect(existsSync(join(ledger.folder, 'lock'))).toBe(false);
  expect(ledger.troubles).toEqual([]);
});

test('a damaged file is named, hides no other, and is written anew', async () => {
  const ledger = newLedger();
  await noteProof(ledger, nameOf('/a'), 'data', true);
  const [file] = readdirSync(ledger.folder).map((name) => join(ledger.folder, name));
  await noteProof(ledger, nameOf('/b'), 'data', true);
  for (const content of ['', '{"version": 1', 'x'.repeat(1000)]) {
    rmSync(file!);
    writeFileSync(file!, content);
    expect(readLedger(ledger.folder)).toMatchObject({ places: [{ location: '/b' }], damaged: [file] });
  }
  mkdirSync(join(ledger.folder, `${'f'.repeat(64)}.json`));
  expect(readLedger(ledger.folder).damaged).toHaveLength(2);
  await noteProof(ledger, nameOf('/a'), 'data', true);
  expect(readLedger(ledger.folder).places).toHaveLength(2);
  expect(ledger.troubles).toEqual([]);
});

test('a ledger that cannot be written is told, and nothing is thrown', async () => {
  const root = tempFolder();
  writeFileSync(join(root, 'file'), '');
  const ledger = newLedger(join(root, 'file', 'standing'));
  await noteProof(ledger, nameOf('/a'), 'data', true);
  expect(ledger.troubles).toEqual([
    expect.stringMatching(/^What "cairn status" says may be out of date: the folder .*standing cannot be written to/),
  ]);
  expect(() => readStanding(ledger.folder, { promised: usualPromises })).toThrow(/cannot be read/);
});

test('a ledger that is not there says that there is nothing', () => {
  const standing = readStanding(join(tempFolder(), 'standing'), { promised: usualPromises });
  expect(standing).toMatchObject({ isKept: false, folders: [], places: [], copies: 0 });
});

test('processes that write at once lose nothing', async () => {
  const ledger = newLedger();
  const children = ['a', 'b', 'c'].map((name) =>
    fork(child, [ledger.folder, name, '8'], { execArgv: ['--no-warnings'] }),
  );
  const codes = await Promise.all(children.map(async (each) => (await once(each, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0]);
  const { places, damaged } = readLedger(ledger.folder);
  expect(damaged).toEqual([]);
  // Each writes places of its own, and one that all of them change.
  expect(places.map(({ location }) => location).sort()).toEqual(
    [
      '/shared',
      ...['a', 'b', 'c'].flatMap((name) => Array.from({ length: 8 }, (_, number) => `/${name}${number}`)),
    ].sort(),
  );
  const shared = places.find(({ location }) => location === '/shared')!;
  expect(shared.backups.map(({ path }) => path).sort()).toEqual(
    ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 8 }, (_, number) => `/home/${name}${number}`)).sort(),
  );
});

test('a lock file that a dead process left is no obstacle', async () => {
  const ledger = newLedger();
  await noteProof(ledger, nameOf('/a'), 'data', true);
  writeFileSync(join(ledger.folder, 'lock'), '');
  utimesSync(join(ledger.folder, 'lock'), 1, 1);
  await noteProof(ledger, nameOf('/a'), 'structure', true);
  expect(ledger.troubles).toEqual([]);
  expect(readFileSync(join(ledger.folder, readdirSync(ledger.folder)[0]!), 'utf8')).toContain('structure');
});
