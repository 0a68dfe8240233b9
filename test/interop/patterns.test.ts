/**
 * Patterns mean to Cairn what they mean to restic: of the same tree, by the same patterns, both back up and
 * restore the same.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import { planLines } from '../../src/engine/restore/restorePlan.ts';
import { openInlineCodecs } from '../../src/engine/codec/inlineCodecs.ts';
import { isInTreePath } from '../../src/base/treePath.ts';
import type { Session } from '../../src/engine/session.ts';
import { walkTree } from '../../src/engine/walkTree.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { findSnapshot } from '../../src/repository/snapshots.ts';
import type { PatternLists } from '../../src/workspace/resticPatterns.ts';
import { cairnOk } from '../helpers/cairn.ts';
import { sampleOf } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createResticRepository,
  openLocalRepository,
  testCodecs,
  unlockedSession,
} from '../helpers/localRepository.ts';
import { seededRandom } from '../helpers/random.ts';
import { randomPattern, treeForPatterns } from '../helpers/randomPatterns.ts';
import { restic, startRestic } from '../helpers/restic.ts';
import { planFor } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const source = join(root, 'source');
const location = join(root, 'repository');
let everything: string[];

beforeAll(async () => {
  writeTree(source, treeForPatterns());
  await createResticRepository(location);
  everything = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((path) => join(source, path));
  // So that no later backup reads anything.
  restic(location, ['backup', '-q', source]);
});

const refused = ['refused: malformed'];

/** Works with a copy: in one repository, each of hundreds of backups would add to what the next one has to load. */
async function withCopy<T>(use: (location: string, repository: Repository) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(root, 'copy-'));
  cpSync(location, copy, { recursive: true });
  try {
    return await use(copy, await openLocalRepository(copy));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** What a snapshot has of the source. */
async function listSnapshot(repository: Repository, id: string): Promise<string[]> {
  const { reader } = await unlockedSession(repository);
  const { snapshot } = await findSnapshot(repository, id);
  const paths: string[] = [];
  for await (const { path } of walkTree(reader, snapshot.tree)) if (isInTreePath(path, source)) paths.push(path);
  return paths.sort();
}

async function storedByRestic(options: readonly string[]): Promise<string[]> {
  try {
    return await withCopy(async (copy, repository) => {
      const printed = await startRestic(copy, ['backup', '--json', ...options, source]);
      return listSnapshot(repository, /"snapshot_id":"(\w+)"/.exec(printed)![1]!);
    });
  } catch (error) {
    if ((error as Error).message.includes('invalid pattern')) return refused;
    throw error;
  }
}

const codecs = openInlineCodecs(testCodecs(1));

/** All that patterns leave out makes an empty snapshot with restic, and none here. */
async function storedByCairn(excludePatterns: PatternLists): Promise<string[]> {
  try {
    return await withCopy(async (_, repository) => {
      const { snapshotId } = await backUp(repository, [source], { rules: { excludePatterns } }, codecs);
      return listSnapshot(repository, snapshotId!);
    });
  } catch (error) {
    if (errorCode(error) === 'refused') return [];
    if (errorCode(error) === 'usage') return refused;
    throw error;
  }
}

/** Restic waits for the disk most of the time. */
async function inParallel<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await use(item);
  };
  await Promise.all(Array.from({ length: 6 }, work));
}

const flags = (flag: string, patterns: readonly string[] = []) => patterns.map((pattern) => `--${flag}=${pattern}`);
const flagsOf = (kind: 'exclude' | 'include', { patterns, anyCase }: PatternLists) => [
  ...flags(kind, patterns),
  ...flags(`i${kind}`, anyCase),
];

/** Lists of one pattern, and in turn of six, of which some ignore case and some take back what others say. */
function randomLists(seed: number, count: number): PatternLists[] {
  const random = seededRandom(seed);
  const draw = (mayNegate = false) =>
    (mayNegate && random.below(3) === 0 ? '!' : '') + randomPattern(random, source, everything);
  return Array.from({ length: count }, (_, at) => {
    if (at % 2 > 0) return at % 8 === 1 ? { anyCase: [draw()] } : { patterns: [draw()] };
    return { patterns: [draw(), draw(true), draw(true), draw(true)], anyCase: [draw(), draw(true)] };
  });
}

const countPatterns = ({ patterns = [], anyCase = [] }: PatternLists) => patterns.length + anyCase.length;

/** Another part of them each day; all in the long run. */
const drawLists = (all: number, few: number) => sampleOf(randomLists(1, all), few);

/** That the lists leave something, but not everything, or nothing would be compared. */
function expectVariety(counts: readonly number[]): void {
  expect(counts.filter((count) => count > 1 && count < everything.length - 1).length).toBeGreaterThan(
    counts.length / 5,
  );
}

describe('of the same patterns', () => {
  test('backups leave out the same', { timeout: 600_000 }, async () => {
    const lists = drawLists(600, 48);
    expect(lists.reduce((sum, list) => sum + countPatterns(list), 0)).toBeGreaterThan(2 * lists.length);
    const counts: number[] = [];
    await inParallel(lists, async (list) => {
      const expected = await storedByRestic(flagsOf('exclude', list));
      expect(await storedByCairn(list), JSON.stringify(list)).toEqual(expected);
      counts.push(expected.length);
    });
    expectVariety(counts);
  });

  test.each(['include', 'exclude'] as const)('restores %s the same', { timeout: 600_000 }, async (kind) => {
    const session = await unlockedSession(await openLocalRepository(location));
    const counts: number[] = [];
    // What a relative target has at its top is what the tree has there.
    restic(location, ['backup', '-q', 'source'], { cwd: root });
    await inParallel(drawLists(300, 20), async (list) => {
      const target = mkdtempSync(join(root, 'target-'));
      const expected = await restoredByRestic(kind, list, join(target, 'restic'));
      const found = await restoredByCairn(session, kind, list, join(target, 'cairn'));
      expect(found, JSON.stringify(list)).toEqual(expected);
      counts.push(expected.length);
      rmSync(target, { recursive: true });
    });
    expectVariety(counts);
  });
});

async function restoredByRestic(kind: 'include' | 'exclude', list: PatternLists, target: string): Promise<string[]> {
  try {
    await startRestic(location, ['restore', '-q', 'latest', '--target', target, ...flagsOf(kind, list)]);
  } catch (error) {
    if ((error as Error).message.includes('invalid pattern')) return refused;
    throw error;
  }
  if (!existsSync(target)) return [];
  return readdirSync(target, { recursive: true, encoding: 'utf8' }).sort();
}

/** Where nothing is to be restored, that is said, and restic says nothing. */
async function restoredByCairn(
  session: Session,
  kind: 'include' | 'exclude',
  list: PatternLists,
  destination: string,
): Promise<string[]> {
  try {
    const plan = await planFor(session, { destination, [`${kind}Patterns`]: list });
    const paths = [...planLines(plan)].map(({ path }) => path.slice(destination.length + 1));
    return paths.filter((path) => path !== '').sort();
  } catch (error) {
    if (errorCode(error) === 'path-not-in-snapshot') return [];
    if (errorCode(error) === 'usage') return refused;
    throw error;
  }
}

test('the command line takes the same options and files', async () => {
  const files = { plain: join(root, 'plain.txt'), any: join(root, 'any.txt') };
  writeFileSync(
    files.plain,
    `# those of files\r\n  *.LOG \n\n$PART/f${'${X}'}o\n!bar/foo\n\\#hash\n$$HOME\n*.${'${NONE}'}hidden\n`,
  );
  writeFileSync(files.any, '\ufeffKEEP.?\n!b\n');
  const options = ['--exclude=a-?', '--iexclude=É*', `--exclude-file=${files.plain}`, `--iexclude-file=${files.any}`];
  const env = { PART: 'bar', X: 'o' };
  await withCopy(async (copy, repository) => {
    const made = restic(copy, ['backup', '--json', ...options, source], { env });
    const ours = cairnOk(['backup', '--json', '-r', copy, ...options, source], { env });
    const [first, second] = [made, ours].map((printed) => /"snapshot_id":"(\w+)"/.exec(printed)![1]!);
    const expected = await listSnapshot(repository, first!);
    expect(await listSnapshot(repository, second!)).toEqual(expected);
    expect(expected.length).toBeLessThan(everything.length);
    expect(JSON.parse(ours.trim().split('\n').at(-1)!)).toMatchObject({
      unmatched_patterns: ['*.LOG'],
    });
  });
});
