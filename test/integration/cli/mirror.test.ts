import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { MANIFEST_NAME } from '../../../src/engine/mirror/manifestFormat.ts';
import { verifyMirror } from '../../../src/engine/mirror/verifyMirror.ts';
import { cairn, cairnOk, ended, shareProgram, startCairn, type CairnOptions } from '../../helpers/cairn.ts';
import { describeTree } from '../../helpers/describeTree.ts';
import { rounds } from '../../helpers/effort.ts';
import { makesLinks, writeTree } from '../../helpers/fileTree.ts';
import { randomBytes, seededRandom } from '../../helpers/random.ts';
import { expectSameTree } from '../../helpers/sameTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

interface Places {
  readonly root: string;
  readonly source: string;
  readonly copy: string;
}

function places(): Places {
  const root = tempFolder();
  writeTree(join(root, 'source'), { 'd/a': 'aaa', b: 'bb', 'odd\nname': '', l: { link: 'b' } });
  return { root, source: join(root, 'source'), copy: join(root, 'copy') };
}

/** Of the four entries above that are no folders, these are not on every system. */
const oddName = isWindows ? [] : ['odd\\x0aname'];
const link = makesLinks ? ['l'] : [];
const FILES = 2 + oddName.length + link.length;

const lines = (text: string) => text.trimEnd().split('\n');

describe('cairn mirror', () => {
  test('says what it would do, and does it with --apply', () => {
    const { root, source, copy } = places();
    const before = describeTree(root);
    expect(lines(cairnOk(['mirror', source, copy]))).toEqual([
      'WOULD MAKE    d/',
      'WOULD COPY    b (2 B)',
      'WOULD COPY    d/a (3 B)',
      ...[...oddName, ...link].map((name) => `WOULD COPY    ${name} (0 B)`),
      `To copy:   ${FILES} new files, 0 changed, 5 B`,
      'To delete: 0 files and folders, 0 B',
      'To update: 0 times, modes or owners',
      'As it is:  0 files, 0 B',
      'dry run: nothing was written; --apply does it',
    ]);
    expect(describeTree(root)).toEqual(before);
    expect(lines(cairnOk(['mirror', 'source', 'copy', '--apply'], { cwd: root }))).toEqual([
      `copied ${FILES} files (5 B), deleted 0`,
      `${copy} is up to date`,
    ]);
    expectSameTree(copy, source, [MANIFEST_NAME]);
    rmSync(join(source, 'd/a'));
    writeFileSync(join(source, 'b'), 'new');
    const plan = cairnOk(['mirror', source, copy, '-n']);
    expect(lines(plan).filter((line) => /^WOULD (COPY|DELETE)/.test(line))).toEqual([
      'WOULD COPY    b (3 B, changed)',
      'WOULD DELETE  d/a (3 B)',
    ]);
    cairnOk(['mirror', source, copy, '--apply', '--no-delete']);
    expect(existsSync(join(copy, 'd/a'))).toBe(true);
    const done = lines(cairnOk(['mirror', source, copy, '--apply', '-v']));
    expect(done).toContain('DELETE  d/a (3 B)');
    expectSameTree(copy, source, [MANIFEST_NAME]);
  });

  test('prints JSON lines', () => {
    const { source, copy } = places();
    const parse = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
    const plan = parse(cairnOk(['mirror', source, copy, '--json'])).filter((line) => line['message_type'] !== 'status');
    expect(plan[0]).toEqual({ message_type: 'would', action: 'make', item: 'd', is_folder: true, size: 0 });
    expect(plan[1]).toEqual({
      message_type: 'would',
      action: 'copy',
      item: 'b',
      is_folder: false,
      size: 2,
      is_new: true,
    });
    expect(plan.at(-1)).toMatchObject({
      message_type: 'summary',
      dry_run: true,
      files_new: FILES,
      bytes_to_copy: 5,
      deleted: 0,
    });
    expect(parse(cairnOk(['mirror', source, copy, '--json', '--apply'])).at(-1)).toMatchObject({
      message_type: 'summary',
      copied: FILES,
      bytes_copied: 5,
      problems: 0,
    });
  });

  test('says once that the manifest was damaged, and exits by what happened', () => {
    const { source, copy } = places();
    cairnOk(['mirror', source, copy, '--apply']);
    appendFileSync(join(copy, MANIFEST_NAME), 'x');
    const first = cairn(['mirror', source, copy, '--apply']);
    expect({ status: first.status, warnings: lines(first.stderr) }).toEqual({
      status: 0,
      warnings: [expect.stringMatching(/^warning: .*damaged.*is written anew\.$/)],
    });
    const second = cairn(['mirror', source, copy, '--apply']);
    expect({ status: second.status, stderr: second.stderr }).toEqual({ status: 0, stderr: '' });
    expectSameTree(copy, source, [MANIFEST_NAME]);
  });

  test('refuses the copy of another folder, and says what to do', () => {
    const { root, source, copy } = places();
    cairnOk(['mirror', source, copy, '--apply']);
    const other = join(root, 'other');
    writeTree(other, { b: 'other' });
    const { status, stderr } = cairn(['mirror', other, copy, '--apply', '--no-delete']);
    expect({ status, lines: lines(stderr) }).toEqual({
      status: 1,
      lines: [expect.stringMatching(/is the copy of .*source, not of .*other\. .*--force.*name another folder/)],
    });
    expectSameTree(copy, source, [MANIFEST_NAME]);
    cairnOk(['mirror', other, copy, '--apply', '--force']);
    expectSameTree(copy, other, [MANIFEST_NAME]);
  });

  test('makes dated copies', () => {
    const { source, copy } = places();
    for (let number = 0; number < 3; number++) cairnOk(['mirror', source, copy, '--dated', '--keep', '2', '--apply']);
    const names = readdirSync(copy);
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^\d{8}-\d{6}(-\d+)?$/);
      expectSameTree(join(copy, name), source, [MANIFEST_NAME], false);
    }
    const plan = lines(cairnOk(['mirror', source, copy, '--dated', '--keep', '2']));
    expect(plan.filter((line) => line.startsWith('WOULD DELETE'))).toHaveLength(1);
    expect(readdirSync(copy)).toEqual(names);
  });

  test.each<[string, (at: Places) => string[], RegExp, number?]>([
    ['no destination', ({ source }) => [source], /missing required argument/i],
    ['contradictions', ({ source, copy }) => [source, copy, '--apply', '--dry-run'], /not both/],
    ['--keep without --dated', ({ source, copy }) => [source, copy, '--keep', '3'], /give --dated/],
    ['--keep 0', ({ source, copy }) => [source, copy, '--dated', '--keep', '0'], /whole number, 1 or more/],
    ['a missing source', ({ root, copy }) => [join(root, 'nowhere'), copy, '--apply'], /does not exist/],
    ['itself', ({ source }) => [source, join(source, 'd'), '--apply', '--force'], /is inside/],
    ['the root', ({ source }) => [source, '/', '--apply', '--force'], /root of a file system/],
    [
      'a folder that is no mirror',
      ({ root, source }) => [source, join(root, 'full'), '--apply'],
      /not a mirror yet.*--force/,
    ],
  ])('refuses %s in one line', (_, args, message) => {
    const at = places();
    writeTree(join(at.root, 'full'), { mine: 'x' });
    const before = describeTree(at.root);
    const { status, stdout, stderr } = cairn(['mirror', ...args(at)]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toMatch(message);
    expect(describeTree(at.root)).toEqual(before);
  });

  test('killed at any moment, the next run completes it', async () => {
    const { source, copy } = places();
    const random = seededRandom(5);
    const change = (count: number) => {
      for (let number = 0; number < count; number++) {
        const path = join(source, `folder ${random.below(20)}`, `file ${random.below(40)}`);
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(path, randomBytes(String(random.below(1000)), random.below(60_000)));
      }
    };
    change(800);
    const start = performance.now();
    cairnOk(['mirror', source, copy, '--apply', '--force']);
    const duration = performance.now() - start;
    let killed = 0;
    for (let round = 0; round < rounds(9, 3) || (killed === 0 && round < 9); round++) {
      change(200);
      rmSync(join(source, `folder ${random.below(20)}`), { recursive: true, force: true });
      const child = startCairn(['mirror', source, copy, '--apply', '--force']);
      const end = ended(child);
      await sleep(duration * (0.1 + 0.8 * random.next()));
      child.kill('SIGKILL');
      if ((await end).status === null) killed++;
      if (existsSync(join(copy, MANIFEST_NAME))) {
        const { findings } = await verifyMirror(copy);
        expect(findings.filter(({ kind }) => kind !== 'extra')).toEqual([]);
      }
      if (round % 3 !== 2) continue;
      cairnOk(['mirror', source, copy, '--apply', '--force']);
      expectSameTree(copy, source, [MANIFEST_NAME]);
      expect(await verifyMirror(copy)).toMatchObject({ findings: [], isComplete: true });
    }
    expect(killed).toBeGreaterThan(0);
  });
});

describe('as somebody who is not root', () => {
  shareProgram();
  const isRoot = process.getuid?.() === 0;
  const uid = 65_534;
  const asUser: CairnOptions = { env: { XDG_DATA_HOME: '/nonexistent' }, ...(isRoot && { uid }) };

  function owned(): Places {
    const at = places();
    const paths = ['source', 'source/d', 'source/d/a', 'source/b'].map((path) => join(at.root, path));
    if (isRoot) for (const path of [at.root, ...paths]) chownSync(path, uid, uid);
    return at;
  }

  test('folders that may not be written are kept up to date, and stay as they are', () => {
    const { source, copy } = owned();
    chmodSync(join(source, 'd'), 0o555);
    chmodSync(source, 0o555);
    cairnOk(['mirror', source, copy, '--apply'], asUser);
    chmodSync(source, 0o755);
    writeTree(source, { 'd/new': 'n', c: 'c' });
    rmSync(join(source, 'd/a'));
    chmodSync(source, 0o555);
    cairnOk(['mirror', source, copy, '--apply'], asUser);
    const modes = describeTree(copy).filter((line) => !line.startsWith(`"${MANIFEST_NAME}"`));
    expect(modes.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['"b" 100644', '"c" 100644', '"d" 40555', '"d/new" 100644', '"l" 120777', '"odd\\nname" 100644'],
    ]);
    expect(cairnOk(['mirror', source, copy], asUser)).not.toMatch(/WOULD/);
  });

  test('dated copies of them are made, shared and removed', () => {
    const { source, copy } = owned();
    chmodSync(join(source, 'd'), 0o555);
    chmodSync(source, 0o555);
    for (let number = 0; number < 3; number++) {
      cairnOk(['mirror', source, copy, '--dated', '--keep', '1', '--apply'], asUser);
      const names = readdirSync(copy);
      expect(names).toHaveLength(1);
      expectSameTree(join(copy, names[0]!, 'd'), join(source, 'd'));
    }
  });

  test('what cannot be read is named, its copy stays, and nothing is deleted', () => {
    const { source, copy } = owned();
    cairnOk(['mirror', source, copy, '--apply'], asUser);
    writeFileSync(join(source, 'b'), 'changed');
    chmodSync(join(source, 'b'), 0);
    chmodSync(join(source, 'd'), 0);
    rmSync(join(source, 'odd\nname'));
    const { status, stderr } = cairn(['mirror', source, copy, '--apply'], asUser);
    expect(status).toBe(3);
    expect(stderr).toMatch(/source\/b cannot be read/);
    expect(stderr).toMatch(/source\/d cannot be read/);
    expect(stderr).toMatch(/1 deletion left undone/);
    expect(readFileSync(join(copy, 'b'), 'utf8')).toBe('bb');
    expect(readFileSync(join(copy, 'd/a'), 'utf8')).toBe('aaa');
    expect(existsSync(join(copy, 'odd\nname'))).toBe(true);
    expect(cairn(['mirror', source, copy, '--apply', '--force'], asUser).status).toBe(3);
    expect(existsSync(join(copy, 'odd\nname'))).toBe(false);
    expect(existsSync(join(copy, 'd/a'))).toBe(true);
  });

  test('a dated copy that lacks files pushes out no whole one', () => {
    const { source, copy } = owned();
    const run = () => cairn(['mirror', source, copy, '--dated', '--keep', '2', '--apply'], asUser).status;
    expect(run()).toBe(0);
    const [whole = ''] = readdirSync(copy);
    chmodSync(join(source, 'b'), 0);
    expect(run()).toBe(3);
    chmodSync(join(source, 'b'), 0o644);
    expect(run()).toBe(0);
    expect(readdirSync(copy)).toContain(whole);
    expect(readdirSync(copy)).toHaveLength(3);
    expect(run()).toBe(0);
    expect(readdirSync(copy)).toHaveLength(2);
    for (const name of readdirSync(copy)) expect(existsSync(join(copy, name, 'b'))).toBe(true);
  });

  test('a destination that may not be written is one clear line', () => {
    const { source } = owned();
    const { status, stderr } = cairn(['mirror', source, '/usr/cairn-mirror-test', '--apply'], asUser);
    expect(status).toBe(1);
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/permission denied/);
  });
});
