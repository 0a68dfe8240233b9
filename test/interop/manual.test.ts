import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { commandLine } from '../helpers/cairn.ts';
import { dataHome } from '../helpers/dataHome.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { differences, type Json } from '../helpers/jsonDifferences.ts';
import { createResticRepository, openLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { diskFolder } from '../helpers/tempFolder.ts';

/**
 * Command lines as restic's manual has them, run by both programs on repositories that are equal, one after the other:
 * the exit codes, the snapshots and what was restored are the same after each, and so is what is printed, if it is the
 * same from one run of restic to the next.
 */
// In memory, Linux lists extended attributes in another order than the program that reads them for us.
const root = diskFolder();
const programs = ['ours', 'theirs'] as const;
type Program = (typeof programs)[number];
const place = (name: string) => join(root, name);
const ids: string[] = [];
const opened = new Map<Program, Repository>();

/** How the output is compared: byte for byte, as JSON with all values or with the types of fields, or not at all. */
type Compared = 'text' | 'values' | 'fields' | undefined;

interface Line {
  readonly words: string;
  readonly compared?: Compared;
  readonly env?: Readonly<Record<string, string>>;
  /** What ours asks to be told before it removes something. */
  readonly ours?: readonly string[];
}

const backups: readonly Line[] = [
  { words: 'backup work' },
  { words: 'backup --dry-run -vv work' },
  { words: 'backup --verbose work' },
  { words: 'backup work --exclude=*.c --exclude-file=excludes.txt' },
  { words: 'backup work --iexclude=*.JPG' },
  { words: 'backup --exclude-caches work' },
  { words: 'backup --exclude-if-present .nobackup work' },
  { words: 'backup --exclude-larger-than 1M work' },
  { words: 'backup --one-file-system work' },
  { words: 'backup --files-from patterns.txt --exclude=*.c' },
  { words: 'backup --files-from-verbatim list.txt' },
  { words: 'backup --files-from-raw list.raw' },
  { words: 'backup --tag projectX --tag foo,bar work' },
  { words: 'backup --host luigi work' },
  { words: 'backup --time 2026-01-01_12:00:00 work' },
  { words: 'backup --skip-if-unchanged --host luigi work' },
  { words: 'backup --force --no-scan work' },
  { words: 'backup --group-by paths,tags --tag NL work' },
  { words: 'backup --read-concurrency 4 work/sub' },
  { words: 'backup work/sub', env: { RESTIC_READ_CONCURRENCY: '3' } },
  { words: 'backup --time 2026-01-01_12:00:00 --stdin-filename production.sql --stdin-from-command -- echo dumped' },
  { words: 'backup --stdin-from-command -- false' },
  { words: 'backup nothing-there' },
];

const looks: readonly Line[] = [
  { words: 'snapshots --host luigi --json', compared: 'fields' },
  { words: 'snapshots --tag foo,bar --latest 1 --json' },
  { words: 'snapshots --group-by host --json' },
  { words: 'ls @first --json', compared: 'values' },
  { words: 'ls @first /work/sub --json', compared: 'values' },
  { words: 'ls --recursive @first /work --json', compared: 'values' },
  { words: 'ls --ncdu @first' },
  { words: 'find --snapshot @first *.txt --json', compared: 'values' },
  { words: 'find --snapshot @first --ignore-case *.TXT --json', compared: 'values' },
  { words: 'find --newest 2020-01-01 --snapshot @first * --json', compared: 'values' },
  { words: 'diff @first @second --json', compared: 'values' },
  { words: 'diff --metadata @first @second --json', compared: 'values' },
  { words: 'dump @first /work/a.txt', compared: 'text' },
  { words: 'dump @first:work sub/b.txt', compared: 'text' },
  { words: 'dump latest production.sql --path /production.sql', compared: 'text' },
  { words: 'stats --mode restore-size @first --json', compared: 'values' },
  { words: 'stats --mode raw-data @first --json', compared: 'values' },
  { words: 'stats --mode files-by-contents @first --json', compared: 'values' },
  { words: 'snapshots --no-lock @first --json', compared: 'values' },
  { words: 'check --read-data-subset=1/2 --json', compared: 'fields' },
  { words: 'check --read-data-subset=50% --json', compared: 'fields' },
  { words: 'check --with-cache --cache-dir cache --json', compared: 'fields' },
  { words: 'snapshots --cleanup-cache --cache-dir cache @first --json', compared: 'values' },
  { words: 'key list --json', compared: 'fields' },
  { words: 'snapshots --password-file wrong.txt', env: { RESTIC_PASSWORD: '' } },
  { words: 'snapshots --password-command cat\\ password.txt', env: { RESTIC_PASSWORD: '' } },
  { words: 'snapshots --no-such-option' },
  { words: 'ls ffffffff' },
];

const restores: readonly Line[] = [
  { words: 'restore @first --target @out' },
  { words: 'restore @first:/work/sub --target @out' },
  { words: 'restore @first --target @out --include *.txt' },
  { words: 'restore @first --target @out --exclude *.txt --sparse' },
  { words: 'restore @first --target @out --iinclude *.TXT --verify' },
  { words: 'restore @first --target @out --dry-run' },
  { words: 'restore @first --target @used --overwrite never' },
  { words: 'restore @first --target @used --overwrite if-newer' },
  { words: 'restore @first --target @used --delete', ours: ['--yes', '--delete-ignored'] },
  { words: 'restore @first --target @out --include-xattr user.a*' },
  { words: 'restore @first --target @out --exclude-xattr user.*' },
];

const changes: readonly Line[] = [
  { words: 'tag --set NL --set CH @first' },
  { words: 'tag --tag NL --remove CH' },
  { words: 'tag --add extra --tag projectX' },
  { words: 'copy --from-repo @other --from-password-file password.txt' },
  { words: 'forget --keep-last 1 --tag NL --group-by host' },
  { words: 'forget --keep-within 100y --dry-run' },
  { words: 'forget --keep-daily 1 --host luigi --group-by paths --prune' },
  { words: 'repair index' },
  { words: 'prune --dry-run' },
  { words: 'prune --repack-cacheable-only' },
  { words: 'prune --repack-small --max-repack-size 10M' },
  { words: 'prune --repack-uncompressed --max-unused unlimited' },
  { words: 'prune --max-unused 0' },
  { words: 'unlock' },
  { words: 'key add --new-password-file second.txt --user somebody --host somewhere' },
];

const environment = { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, TZ: 'UTC', ...dataHome(join(root, 'data')).env };

beforeAll(async () => {
  writeTree(place('work'), {
    'a.txt': 'alpha\n',
    'main.c': 'int main;\n',
    'picture.jpg': randomBytes('picture', 50_000),
    'large.bin': randomBytes('large', 1_200_000),
    'sub/b.txt': 'beta\n',
    'sub/deep/c.log': 'gamma\n',
    'cached/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
    'cached/data': 'cached\n',
    'marked/.nobackup': '',
    'marked/d.txt': 'delta\n',
    link: { link: 'a.txt' },
  });
  for (const name of ['user.alpha', 'user.other'])
    execFileSync('setfattr', ['-n', name, '-v', 'x', place('work/a.txt')]);
  setTimes('work');
  writeFileSync(place('excludes.txt'), '# logs\n*.log\n');
  writeFileSync(place('patterns.txt'), 'work/*.txt\nwork/sub\n');
  writeFileSync(place('list.txt'), 'work/a.txt\nwork/sub\n');
  writeFileSync(place('list.raw'), 'work/a.txt\0work/sub\0');
  writeFileSync(place('password.txt'), TEST_PASSWORD);
  writeFileSync(place('second.txt'), 'second');
  writeFileSync(place('wrong.txt'), 'wrong');
  for (const name of ['theirs', 'other']) {
    await createResticRepository(place(name));
    restic(place(name), ['backup', 'work'], { cwd: root });
    writeTree(place('work'), { 'sub/b.txt': `beta, for ${name}\n`, [`new-${name}`]: 'new\n' });
    restic(place(name), ['backup', 'work', '--compression', 'off'], { cwd: root });
  }
  cpSync(place('theirs'), place('ours'), { recursive: true });
  for (const program of programs) opened.set(program, await openLocalRepository(place(program)));
  const first = await listSnapshots(opened.get('ours')!);
  ids.push(...first.map(({ id }) => id));
});

afterAll(async () => {
  for (const repository of opened.values()) await repository.backend.close();
});

/** Whole seconds: Node sets the times of what it restores a little less exactly than restic does. */
function setTimes(folder: string): void {
  execFileSync('find', [folder, '-exec', 'touch', '-h', '-d', '@1600000000', '{}', '+'], { cwd: root });
}

interface Run {
  readonly status: number;
  readonly stdout: string;
}

function run(program: Program, { words, env, ours = [] }: Line): Promise<Run> {
  const parts: Readonly<Record<string, string>> = {
    '@out': place(`out-${program}`),
    '@used': place(`used-${program}`),
    '@other': place('other'),
    '@second': ids[1]!,
  };
  const typed = words
    .split(/(?<!\\) /)
    .map((word) =>
      word
        .replace('\\ ', ' ')
        .replace(/^2026-01-01_/, '2026-01-01 ')
        .replace('@first', ids[0]!),
    )
    .map((word) => parts[word] ?? word);
  const args = ['-r', place(program), ...(words.includes('cache') ? [] : ['--no-cache']), ...typed];
  const [file, all] = program === 'ours' ? [process.execPath, [commandLine, ...args, ...ours]] : ['restic', args];
  return new Promise((done) => {
    const options = { cwd: root, env: { ...environment, ...env }, maxBuffer: 1 << 28 };
    const child = execFile(file, all, options, (error, stdout) => {
      done({ status: error ? Number(error.code) : 0, stdout });
    });
    child.stdin?.end();
  });
}

/** What both must have in the end: all facts of the snapshots but when they were made and by whom. */
async function snapshotsOf(program: Program): Promise<string[]> {
  const own = ['cairn', 'manual'];
  const stored = await listSnapshots(opened.get(program)!);
  return stored
    .map(({ snapshot: { tree, paths, hostname, tags = [], time } }) =>
      JSON.stringify({
        tree,
        paths,
        hostname,
        tags: tags.filter((tag) => !own.includes(tag)),
        time: time.startsWith('2026-01-01') ? Date.parse(time) : '',
      }),
    )
    .toSorted();
}

const jsonOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^[[{]/.test(line))
    .map((line) => JSON.parse(line) as Json)
    .filter((line) => (line as { message_type?: string } | null)?.message_type !== 'status');

async function compare(line: Line): Promise<void> {
  const [ours, theirs] = await Promise.all([run('ours', line), run('theirs', line)]);
  expect(ours.status).toBe(theirs.status);
  if (line.compared === 'text') expect(ours.stdout).toBe(theirs.stdout);
  else if (line.compared !== undefined) {
    const [found, expected] = [jsonOf(ours.stdout), jsonOf(theirs.stdout)];
    expect(expected.length).toBeGreaterThan(0);
    expect(differences(expected, found, line.words)).toEqual([]);
    if (line.compared === 'values') expect(found).toMatchObject(expected);
  }
  expect(await snapshotsOf('ours')).toEqual(await snapshotsOf('theirs'));
}

test('there are more than 40 lines', () => {
  expect([backups, looks, restores, changes].flat().length).toBeGreaterThan(40);
});

test.each(backups)('$words', compare);
test.each(looks)('$words', compare);

test.each(restores)('$words', async (line) => {
  for (const program of programs) {
    rmSync(place(`out-${program}`), { recursive: true, force: true });
    writeTree(place(`used-${program}`), { 'work/a.txt': 'another alpha\n', 'work/more': 'more\n' });
    setTimes(`used-${program}`);
  }
  await compare(line);
  const [ours, theirs] = programs.map((program) => {
    const folder = place(`${line.words.includes('@out') ? 'out' : 'used'}-${program}`);
    mkdirSync(folder, { recursive: true });
    return describeTree(folder);
  });
  expect(ours).toEqual(theirs);
});

test.each(changes)('$words', compare);

test('both repositories are whole in the end, and each opens what the other wrote', () => {
  for (const program of programs) {
    restic(place(program), ['check', '--read-data']);
    restic(place(program), ['snapshots'], { password: 'second' });
  }
});

test('--http-user-agent is what the server is told', async () => {
  const told: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    told.push(request.headers['user-agent']);
    response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const location = `rest:http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const words = `snapshots --http-user-agent curious/1.0 --repo ${location}`;
  const statuses = await Promise.all(programs.map((program) => run(program, { words })));
  server.close();
  expect(statuses.map(({ status }) => status)).toEqual([10, 10]);
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told)).toEqual(new Set(['curious/1.0']));
});
