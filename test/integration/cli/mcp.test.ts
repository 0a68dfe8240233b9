/** `cairn mcp`, asked by the client of the official SDK. */
import { readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type ElicitRequest, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const project = join(world.root, 'project');
const at = (path: string) => join(project, path);

/** What a person answers, and what they were asked. */
let person: (request: ElicitRequest) => ElicitResult | Promise<ElicitResult>;
const asked: string[] = [];
let client: Client;

async function connect(canAsk: boolean, folder = project): Promise<Client> {
  const opened = new Client({ name: 'test', version: '1' }, { capabilities: canAsk ? { elicitation: {} } : {} });
  if (canAsk) {
    opened.setRequestHandler(ElicitRequestSchema, (request) => {
      asked.push(request.params.message);
      return person(request);
    });
  }
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...world.env }).filter(([, value]) => value),
  ) as Record<string, string>;
  await opened.connect(
    new StdioClientTransport({ command: process.execPath, args: [commandLine, 'mcp', folder], env, cwd: world.root }),
  );
  return opened;
}

interface Answer {
  readonly isError: boolean;
  readonly text: string;
  readonly value: Record<string, unknown>;
}

async function call(name: string, args: object, by = client): Promise<Answer> {
  const { isError = false, content } = await by.callTool({ name, arguments: args as Record<string, unknown> });
  const [{ text }] = content as [{ text: string }];
  return { isError: isError === true, text, value: isError ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const read = (path: string) => readFileSync(at(path), 'utf8');
const snapshots = () => world.json(['snapshots']);
const total = async () => (await call('list_snapshots', {})).value['total'];
const yes = (): ElicitResult => ({ action: 'accept', content: { restore: true } });
let first = '';

beforeAll(async () => {
  writeTree(project, {
    'a.txt': 'one\n',
    'src/b.txt': 'bee\n',
    'picture.bin': 'a\0b',
    'ignored.o': 'x',
    '.gitignore': '*.o',
  });
  writeTree(world.root, { 'elsewhere.txt': 'secret' });
  world.json(['backup', project, '--workspace']);
  first = String(snapshots()[0]!['id']);
  client = await connect(true);
});
afterAll(() => client.close());

test('offers what looks and what asks, and nothing that removes', async () => {
  const { tools } = await client.listTools();
  const hints = tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint]);
  expect(hints.sort()).toEqual([
    ['create_snapshot', false, false],
    ['diff', true, undefined],
    ['list_changes', true, undefined],
    ['list_snapshots', true, undefined],
    ['preview_restore', true, undefined],
    ['read_file_version', true, undefined],
    ['request_restore', false, true],
  ]);
});

test('makes a snapshot by the rules of the backup before, and none of nothing', async () => {
  writeFileSync(at('a.txt'), 'two\n');
  const { value } = await call('create_snapshot', { label: 'before the big change' });
  expect(value).toMatchObject({ created: true });
  expect(snapshots()[1]).toMatchObject({
    id: value['snapshot'],
    tags: expect.arrayContaining(['manual', 'label-before the big change']) as unknown,
    actor: { kind: 'unknown' },
  });
  expect(await call('create_snapshot', { label: 'again' })).toMatchObject({
    value: { created: false, snapshot: value['snapshot'] },
  });
  expect(world.run(['ls', 'latest', '-R']).stdout).not.toContain('ignored.o');
});

test('lists, compares and reads', async () => {
  const listed = await call('list_snapshots', {});
  expect(listed.value).toMatchObject({
    total: 2,
    snapshots: [{ label: 'before the big change' }, { id: first.slice(0, 8) }],
  });
  expect((await call('list_snapshots', { actor: 'agent' })).value).toMatchObject({ total: 0 });
  const change = { path: expect.stringMatching(/a\.txt$/) as string, change: 'modified' };
  expect((await call('list_changes', { snapshot: 'latest' })).value).toMatchObject({
    total: 1,
    changes: [change],
    with: first,
  });
  writeFileSync(at('src/new.txt'), 'new');
  const added = { path: at('src/new.txt'), change: 'added' };
  expect((await call('diff', { snapshot: 'latest' })).value).toMatchObject({ with: 'the disk', changes: [added] });
  expect((await call('diff', { snapshot: first, later: 'latest' })).value).toMatchObject({ changes: [change] });
  expect((await call('read_file_version', { snapshot: first, path: 'a.txt' })).value).toMatchObject({
    text: 'one\n',
    isCutOff: false,
  });
  expect((await call('read_file_version', { snapshot: first, path: at('picture.bin') })).value).toMatchObject({
    isBinary: true,
  });
});

test.each<[string, object, RegExp]>([
  ['list_changes', {}, /snapshot/],
  ['list_changes', { snapshot: 7 }, /string/],
  ['list_snapshots', { limit: 0 }, /limit/],
  ['list_snapshots', { actor: 'me' }, /agent:claude/],
  ['create_snapshot', {}, /label/],
  ['diff', { snapshot: 'ffffffff' }, /ffffffff/],
  ['read_file_version', { snapshot: 'latest', path: '../elsewhere.txt' }, /is not in/],
  ['read_file_version', { snapshot: 'latest', path: 'src' }, /folder/],
  ['preview_restore', { snapshot: 'latest', paths: ['nothing'] }, /nothing/],
  ['request_restore', { snapshot: 'latest', paths: 'a.txt' }, /array/],
  ['forget', {}, /forget/],
])('%s %j is refused with a reason', async (name, args, reason) => {
  const result = await call(name, args).catch((error: Error) => ({ isError: true, text: error.message }));
  expect(result).toMatchObject({ isError: true, text: expect.stringMatching(reason) as string });
});

describe('a restore', () => {
  test('is previewed without a change', async () => {
    const { value } = await call('preview_restore', { snapshot: first });
    expect(value).toMatchObject({ overwrite: 1, create: 0, lines: [`overwrite  ${at('a.txt')}`] });
    expect(read('a.txt')).toBe('two\n');
  });

  test.each<[string, () => ElicitResult]>([
    ['declined', () => ({ action: 'decline' })],
    ['cancelled', () => ({ action: 'cancel' })],
    ['accepted without a yes', () => ({ action: 'accept', content: { restore: false } })],
  ])('that was %s changes nothing', async (_what, says) => {
    person = says;
    const before = await total();
    expect((await call('request_restore', { snapshot: first })).value).toMatchObject({ restored: false });
    expect(asked.at(-1)).toContain(`overwrite  ${at('a.txt')}`);
    expect(read('a.txt')).toBe('two\n');
    expect(await total()).toBe(before);
  });

  test('changes nothing where nobody can be asked', async () => {
    const other = await connect(false);
    const { value } = await call('request_restore', { snapshot: first, paths: ['a.txt'] }, other);
    await other.close();
    expect(value).toMatchObject({ restored: false, why: expect.stringContaining('--in-place') as string });
    expect(read('a.txt')).toBe('two\n');
  });

  test('that is cancelled while a person is asked changes nothing', async () => {
    const stop = new AbortController();
    person = () => {
      stop.abort();
      return new Promise(() => {});
    };
    const before = await total();
    const args = { name: 'request_restore', arguments: { snapshot: first } };
    await expect(client.callTool(args, undefined, { signal: stop.signal })).rejects.toThrow();
    expect(read('a.txt')).toBe('two\n');
    expect(await total()).toBe(before);
  });

  test('does what was agreed to, after a snapshot of what was there', async () => {
    person = yes;
    const { value } = await call('request_restore', { snapshot: first, paths: ['a.txt'] });
    expect(value).toMatchObject({ restored: true, files: 1, problems: [] });
    expect(read('a.txt')).toBe('one\n');
    expect(read('src/new.txt')).toBe('new');
    const safety = snapshots().at(-1)!;
    expect(safety).toMatchObject({
      id: value['safety_snapshot'],
      tags: expect.arrayContaining(['restore']) as unknown,
    });
    expect(world.run(['cat', `${String(safety['id'])}:${at('a.txt')}`]).stdout).toBe('two\n');
    expect((await call('request_restore', { snapshot: first, paths: ['a.txt'] })).value).toMatchObject({
      restored: false,
    });
  });

  test('is refused if the files changed while a person was asked', async () => {
    writeFileSync(at('a.txt'), 'three\n');
    person = () => {
      rmSync(at('src/b.txt'));
      return yes();
    };
    const answer = await call('request_restore', { snapshot: first });
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('Ask again') as string });
    expect(read('a.txt')).toBe('three\n');
  });

  test('never removes anything', async () => {
    rmSync(at('a.txt'));
    mkdirSync(at('a.txt'));
    writeFileSync(at('a.txt/inside'), 'x');
    person = yes;
    const before = asked.length;
    const { value } = await call('request_restore', { snapshot: first, paths: ['a.txt'] });
    expect(value).toMatchObject({
      restored: false,
      problems: [expect.stringContaining('a folder stands in its place')],
    });
    expect(asked).toHaveLength(before);
    expect(read('a.txt/inside')).toBe('x');
  });
});

test('a folder that was never backed up is left to a person', async () => {
  const other = await connect(true, world.root);
  const result = await call('create_snapshot', { label: 'x' }, other);
  expect(result).toMatchObject({ isError: true, text: expect.stringContaining('never backed up') as string });
  expect((await call('list_snapshots', {}, other)).value).toMatchObject({ total: 0 });
  await other.close();
});
