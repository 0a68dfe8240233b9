import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { describeProgram } from '../../../src/cli/generate/commandWords.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const place = (name: string) => join(world.root, name);
const commands = describeProgram(createProgram());

beforeAll(() => {
  const files = ['--bash-completion', 'cairn.bash', '--zsh-completion', '_cairn', '--fish-completion', 'cairn.fish'];
  const run = world.run(['generate', '--man', 'man/man1', ...files, '--powershell-completion', 'cairn.ps1']);
  expect(run).toMatchObject({ status: 0, stdout: '' });
  mkdirSync(place('bin'));
  mkdirSync(place('some-folder'));
  writeFileSync(place('some-file'), '');
  // Shows how the shell calls it in the end.
  writeFileSync(place('bin/cairn'), '#!/bin/sh\nprintf "<%s>" "$@"; echo "<end>"\n');
  chmodSync(place('bin/cairn'), 0o755);
});

/** What is typed before Tab, and what is run then: several words are one completion each. */
const lines: readonly (readonly [typed: string, completed: readonly string[]])[] = [
  ['recovery', ['recovery-kit']],
  ['key pass', ['key', 'passwd']],
  ['-r some-file --json key pass', ['-r', 'some-file', '--json', 'key', 'passwd']],
  ['chec', ['check']],
  ['check --read-data-s', ['check', '--read-data-subset']],
  ['--insecure-n', ['--insecure-no-password']],
  ['forget --prun', ['forget', '--prune']],
  ['snapshots --insecure-n', ['snapshots', '--insecure-no-password']],
  ['--compression m', ['--compression', 'max']],
  ['init --compression m', ['init', '--compression', 'max']],
  ['restore --overwrite if-n', ['restore', '--overwrite', 'if-newer']],
  ['restore --overwrite=if-n', ['restore', '--overwrite=if-newer']],
  ['generate --man some-fo', ['generate', '--man', 'some-folder']],
  ['backup some-fi', ['backup', 'some-file']],
  ['backup --tag key some-fi', ['backup', '--tag', 'key', 'some-file']],
  ['backup --exclude-file some-fi', ['backup', '--exclude-file', 'some-file']],
  ['restore lat', ['restore', 'latest']],
  ['help recovery', ['help', 'recovery-kit']],
];

/**
 * Types each line into a shell that runs in a terminal, with a Tab and a Return at the end; returns what it ran. The slash
 * after the name of a folder, which shells may take away again, is left out.
 */
async function typeInto(shell: string): Promise<string[]> {
  const child = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd: world.root,
    env: {
      PATH: `${place('bin')}:${process.env['PATH']}`,
      HOME: world.root,
      TERM: 'dumb',
      PS1: 'ready> ',
      SHELL: '/bin/sh',
    },
  });
  let screen = '';
  const left = [...setUp(shell), ...lines.map(([typed]) => `cairn ${typed}\t\r`), 'exit\r'];
  child.stdout.on('data', (data: Buffer) => {
    screen += data.toString();
    // A shell that draws its prompt twice must not be answered twice.
    if (
      !/ready> $/.test(
        screen
          .split('\n')
          .at(-1)!
          .replace(/\u001b\[[\d?;]*[a-zA-Z]|\r/g, ''),
      )
    )
      return;
    child.stdin.write(left.shift() ?? '');
    screen += '\n';
  });
  await once(child, 'close');
  return [...screen.matchAll(/^\r?(<.*>)<end>/gm)].map(([, words]) => words!.replaceAll('/>', '>'));
}

function setUp(shell: string): string[] {
  if (shell.startsWith('bash')) return ['. ./cairn.bash\r'];
  return ['fpath=($PWD $fpath); autoload -U compinit; compinit -u -D\r'];
}

describe('completions', () => {
  const expected = lines.map(([, words]) => words.map((word) => `<${word}>`).join(''));

  test.each(['bash --norc --noprofile -i', 'zsh -f -i'])('%s completes what is typed', async (shell) => {
    expect(await typeInto(shell)).toEqual(expected);
  });

  test('fish completes what is typed', () => {
    const script = lines.map(([typed]) => `string join -- " " (complete -C ${JSON.stringify(`cairn ${typed}`)})`);
    const printed = execFileSync('fish', ['-N', '-c', ['source cairn.fish', ...script, 'true'].join('\n')], {
      cwd: world.root,
      env: { PATH: process.env['PATH'], HOME: world.root },
      encoding: 'utf8',
    });
    const offered = printed.trimEnd().split('\n');
    expect(offered.map((line) => line.split('\t')[0]!.replace(/\/$/, ''))).toEqual(
      lines.map(([, words]) => words.at(-1)),
    );
  });
});

test('the file for PowerShell has each command and each option', () => {
  const text = readFileSync(place('cairn.ps1'), 'utf8');
  for (const { words, options } of commands) {
    const start = text.indexOf(`\n        '${words}' = @{`);
    const entry = text.slice(start, text.indexOf('\n        }', start));
    expect([start, words]).toEqual([expect.any(Number), words]);
    for (const flag of options.flatMap(({ flags }) => flags)) expect(entry).toContain(`Flag = '${flag}'`);
  }
  // No apostrophe of a text ends it.
  expect(text.replace(/#.*/g, '').match(/'/g)!.length % 2).toBe(0);
});

describe('man pages', () => {
  const show = (page: string) =>
    execFileSync('mandoc', ['-T', 'ascii', '-O', 'width=100', place(`man/man1/${page}.1`)], { encoding: 'utf8' })
      // Bold and underlined letters are written twice.
      .replace(/.\u0008/g, '');

  test('are there for each command, and without a fault', () => {
    const pages = readdirSync(place('man/man1'));
    const own = commands.filter(({ words }) => !/(^| )help$|^check$/.test(words));
    expect(pages.toSorted()).toEqual(
      own.map(({ words }) => `${['cairn', ...words.split(' ')].filter(Boolean).join('-')}.1`).toSorted(),
    );
    execFileSync('mandoc', ['-T', 'lint', '-W', 'error', ...pages], { cwd: place('man/man1') });
  });

  test('say what the help says', () => {
    const page = show('cairn-key-add');
    expect(page).toContain('cairn-key-add - ');
    expect(page).toMatch(/^ +--new-password-file <file>\n +\w/m);
    expect(page).toContain('12     wrong password');
    expect(show('cairn-tag')).toContain("cairn tag latest --label 'before the big change, finally'");
    expect(show('cairn')).toMatch(/^ +-r, --repo <location>\n +the repository/m);
  });
});

test('one completion can be printed', () => {
  const printed = world.run(['generate', '--fish-completion', '-']);
  expect(printed).toMatchObject({ status: 0, stderr: '', stdout: readFileSync(place('cairn.fish'), 'utf8') });
  const both = world.run(['generate', '--fish-completion', '-', '--zsh-completion', '-']);
  expect([both.status, both.stderr]).toEqual([1, expect.stringContaining('Only one completion can be printed.')]);
});

test('what cannot be written is said', () => {
  expect(world.run(['generate']).stderr).toContain('Nothing is to be written.');
  const { status, stderr } = world.run(['generate', '--man', 'some-file']);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/some-file cannot be written: .*Name another place\./)]);
});
