/** The workflows of GitHub, as far as they can be proven without GitHub: by its own parser, and by rules of ours. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Parser from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { bundle } from '../../helpers/bundle.ts';

// Bundled, since it imports JSON in a way that Node does not know.
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = createRequire(import.meta.url)(
  bundle('node_modules/@actions/workflow-parser/dist/index.js'),
) as typeof Parser;

const folder = '.github/workflows';
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** A workflow with one step. */
const withStep = (step: string) => `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - ${step}\n`;

/** What GitHub would refuse it for. */
async function findErrors(text: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow', content: text }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, match]) => match!);

/** Scripts and programs that are run, and are not there. */
function findMissing(text: string): string[] {
  const scriptNames = matches(text, /\bnpm run (?:--\S+ )*([\w:.-]+)/g);
  const programs = matches(text, /\bnpx (?:--\S+ )*([\w.-]+)/g);
  const files = matches(text, /\b(?:run|uses): (?:\.\/)?(\.\w+\/\S+)/g);
  return [
    ...scriptNames.filter((name) => !(name in scripts)),
    ...programs.filter((name) => !existsSync(join('node_modules/.bin', name))),
    ...files.filter((name) => !existsSync(name)),
  ];
}

/** Secrets that would have to be stored. */
function findSecrets(text: string): string[] {
  return matches(text, /\bsecrets\b(?!\.GITHUB_TOKEN\b)(\S*)/g);
}

/** Actions of others that could become something else from one day to the next. */
function findUnpinned(text: string): string[] {
  return matches(text, /\buses: (\S+)/g).filter((action) => !/^\.\/|@(?:v\d+|[0-9a-f]{40})$/.test(action));
}

describe.each(workflows)('$name', ({ text }) => {
  test('is a workflow to GitHub', async () => {
    expect(await findErrors(text)).toEqual([]);
  });

  test('runs only what is there', () => {
    expect(text).toMatch(/npm run|\.ci\/run/);
    expect(findMissing(text)).toEqual([]);
  });

  test('needs no stored secret', () => {
    expect(findSecrets(text)).toEqual([]);
  });

  test('pins the actions that it uses', () => {
    expect(text).toContain('uses: ');
    expect(findUnpinned(text)).toEqual([]);
  });
});

describe('what is wrong is found:', () => {
  test.each([
    ['nothing', withStep('run: "true"'), ''],
    ['a key that is none', withStep('runs: "true"'), "Unexpected value 'runs'"],
    ['a job on no system', withStep('run: "true"').replace(/ +runs-on.*\n/, ''), 'missing: runs-on'],
    [
      'a job that needs itself',
      withStep('run: "true"').replace('runs-on', 'needs: job\n    runs-on'),
      'no dependencies',
    ],
    ['an event that is none', withStep('run: "true"').replace('push', 'pushed'), "Unexpected value 'pushed'"],
    ['a permission that is none', `permissions:\n  token: write\n${withStep('run: "true"')}`, "value 'token'"],
    ['an expression that is none', withStep('run: echo ${{ matrx.system }}'), "named-value: 'matrx'"],
    ['a condition that is none', withStep('run: "true"\n        if: runner.os = 1'), "Unexpected symbol: '='"],
    ['what is no YAML', 'on: push\njobs:\n  job: [', 'Flow sequence'],
  ])('%s', async (_, text, message) => {
    const errors = await findErrors(text);
    expect(errors.length > 0).toBe(message !== '');
    expect(errors.join('\n')).toContain(message);
  });

  test('scripts, programs and files that are not there', () => {
    expect(findMissing(withStep('run: npm run --silent no:such -- x'))).toEqual(['no:such']);
    expect(findMissing(withStep('run: npm run check && npx --no no-such'))).toEqual(['no-such']);
    expect(findMissing(withStep('run: .ci/no-such'))).toEqual(['.ci/no-such']);
    expect(findMissing(withStep('uses: ./.github/workflows/no-such.yml'))).toEqual(['.github/workflows/no-such.yml']);
  });

  test('secrets', () => {
    const steps = ['${{ secrets.NPM_TOKEN }}', "${{ secrets['A'] }}", '${{ secrets.GITHUB_TOKEN }}'];
    expect(steps.flatMap((step) => findSecrets(withStep(`run: echo ${step}`)))).toEqual(['.NPM_TOKEN', "['A']"]);
    expect(findSecrets('    secrets: inherit')).toEqual([':']);
  });

  test('actions that are not pinned', () => {
    const sha = '0123456789abcdef0123456789abcdef01234567';
    const actions = ['a/b@v6', `a/b@${sha}`, 'a/b', 'a/b@main', 'a/b@latest', './.github/workflows/ci.yml'];
    expect(actions.flatMap((action) => findUnpinned(withStep(`uses: ${action}`)))).toEqual([
      'a/b',
      'a/b@main',
      'a/b@latest',
    ]);
  });
});
