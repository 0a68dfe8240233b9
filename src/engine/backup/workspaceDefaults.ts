/** What a workspace backup leaves out unless its settings say otherwise (design, section 6): it can be made again. */
export const defaultExclude: readonly string[] = [
  '**/node_modules',
  '**/bower_components',
  '**/.venv',
  '**/__pycache__',
  '**/.pytest_cache',
  '**/.mypy_cache',
  '**/.gradle',
  '**/.cache',
  '**/.DS_Store',
  '**/Thumbs.db',
];

/** What a workspace backup keeps although git ignores it: precious files that exist nowhere else. */
export const defaultAlwaysInclude: readonly string[] = ['**/.env', '**/.env.*'];
