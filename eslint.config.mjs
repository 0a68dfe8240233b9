import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The layers that know no process, no terminal and no settings: they are told what they need. */
const engineAndBelow = ['src/{base,disk,backend,repository,workspace,engine}/**'];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Export by name, so that a thing is called the same everywhere.',
};

const noVscode = { name: 'vscode', message: 'Only src/extension may know the editor.' };

export default defineConfig(
  globalIgnores([
    'dist/',
    '.cache/',
    'coverage/',
    'src/repository/*/assembly/',
    'test/fixtures/',
    '**/*.mjs',
    '!eslint.config.mjs',
  ]),
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [noVscode] }],
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // What was caught, kept and thrown later has no type that says it is an error.
      '@typescript-eslint/only-throw-error': 'off',
      'no-throw-literal': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // An interface may promise more than one implementation needs.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: engineAndBelow,
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The edges (cli, extension) read the environment and pass on.' },
        { object: 'process', property: 'argv', message: 'The edges (cli, extension) read arguments and pass them on.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            noVscode,
            { name: 'node:process', message: 'Use the global, so that env and argv can be kept out.' },
            { name: 'node:console', message: 'Only the edges (cli, extension) print.' },
            { name: 'node:readline', message: 'Only the edges (cli, extension) ask.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/extension/**', 'test/vscode/host/**', 'bench/editor/*Host.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/extension/**'],
    // What Node itself opens on this machine has the paths of this machine.
    ignores: ['src/extension/{diskPaths,extension}.ts', 'src/extension/triggers/gitFolder.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node:path', message: 'Use diskPaths.ts: a snapshot may be of another system.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        {
          selector: 'MemberExpression[property.name="fsPath"], ObjectPattern > Property[key.name="fsPath"]',
          message: 'Use pathOf of diskPaths.ts: the engine writes drives in upper case, the editor in lower case.',
        },
      ],
    },
  },
  { files: ['*.config.m{t,j}s', '**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        {
          selector:
            'MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name=/^(only|skip|skipIf|runIf|todo)$/]',
          message: 'No test is left out: bring what it needs, or remove it.',
        },
      ],
    },
  },
  // vitest takes a runner by its default export only.
  { files: ['test/windows/runner.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
