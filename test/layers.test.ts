import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/**
 * Who may import whom: the table of docs/architecture.md. A name stands for a folder of src with all
 * that is in it, a path for that one file. Imports of types count like any other.
 */
const layers: Record<string, { readonly mayImport: readonly string[]; readonly because: string }> = {
  base: {
    mayImport: [],
    because: 'everything stands on base, so base stands on nothing',
  },
  disk: {
    mayImport: ['base'],
    because: 'the disk is the same whatever it is used for',
  },
  backend: {
    mayImport: ['base', 'disk'],
    because: 'a backend stores named bytes and must not know what is in them',
  },
  repository: {
    mayImport: ['base', 'backend/backend.ts', 'disk/processIdentity.ts'],
    because: 'the format works on any storage, so it knows the interface and no implementation',
  },
  workspace: {
    mayImport: ['base', 'disk'],
    because: 'finding out what changed has nothing to do with where the copies go',
  },
  engine: {
    mayImport: ['base', 'disk', 'backend', 'repository', 'workspace'],
    because: 'the engine runs behind a thread, a terminal or an editor and must not know which',
  },
  worker: {
    mayImport: ['base', 'engine'],
    because: 'a thread carries calls to the engine; whatever else it needs, the engine offers',
  },
  triggers: {
    mayImport: ['base', 'disk', 'worker'],
    because: 'what makes a snapshot wanted is the same for an editor and for a terminal, and knows neither',
  },
  cli: {
    // The manifest is where the version stands.
    mayImport: ['base', 'engine', 'worker', 'triggers', '../package.json'],
    because: 'the terminal asks the engine and draws the answer; what is below the engine is not its business',
  },
  extension: {
    mayImport: ['base', 'worker', 'triggers'],
    because: 'the extension host only draws: all work is behind the worker, so that the editor never stalls',
  },
};

/** Who may use files and paths of this machine directly, and ask which system it is. */
const knowTheMachine = ['disk', 'backend/local', 'triggers', 'cli', 'extension', 'engine/schedule'];

/** Lines. */
const LONGEST_FILE = 400;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The imported file, relative to src with forward slashes, if the specifier is relative. */
  readonly file: string | undefined;
}

const source = join(import.meta.dirname, '../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map(withSlashes)
  // Compiled to WebAssembly, in a language of its own.
  .filter((file) => !file.startsWith('repository/chunker/assembly/'));
const imports = files.flatMap(readImports);

describe('the imports in src', () => {
  test('are found', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(imports.some(({ file }) => file !== undefined)).toBe(true);
  });

  test('go only where the table allows', () => {
    expect(imports.map(brokenRule).filter((rule) => rule !== undefined)).toEqual([]);
  });

  test('name `vscode` only in the extension', () => {
    const strangers = imports.filter(({ from, specifier }) => specifier === 'vscode' && layerOf(from) !== 'extension');
    expect(strangers).toEqual([]);
  });

  test('have no cycles, of types neither', () => {
    expect(findCycle(imports)?.join(' → ')).toBeUndefined();
  });
});

describe('this machine', () => {
  test('is known to few: the others ask src/disk about its files and its system', () => {
    expect(files.flatMap(brokenReserve)).toEqual([]);
  });

  test('is found by what is reserved', () => {
    const check = (file: string, text: string) => reservesIn(file, text).length;
    expect(check('engine/a.ts', "import { statSync } from 'node:fs';")).toBe(1);
    expect(check('engine/a.ts', "import type { Stats } from 'node:fs';")).toBe(1);
    expect(check('worker/a.ts', "import { join } from 'node:path';")).toBe(1);
    expect(check('base/a.ts', 'if (process.platform === "win32") {}')).toBe(1);
    expect(check('workspace/a.ts', "const { platform } = process; import('node:fs/promises');")).toBe(2);
    expect(check('disk/a.ts', "import { statSync } from 'node:fs';")).toBe(0);
    expect(check('backend/local/a.ts', "import { statSync } from 'node:fs';")).toBe(0);
  });
});

test('no file is too long to be read at one go', () => {
  const lengths = files.map((file) => ({
    file,
    lines: readFileSync(join(source, file), 'utf8').split('\n').length - 1,
  }));
  expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
});

test('the rules catch what they are for', () => {
  const check = (from: string, file: string) => brokenRule({ from, specifier: '', file });
  expect(check('backend/local/localBackend.ts', 'repository/keys.ts')).toContain('must not know what is in them');
  expect(check('repository/keys.ts', 'backend/local/localBackend.ts')).toContain('the interface');
  expect(check('repository/keys.ts', 'backend/backend.ts')).toBeUndefined();
  expect(check('engine/backup.ts', '../test/helpers/memoryBackend.ts')).toContain('outside of src');
  expect(check('new/thing.ts', 'base/errors.ts')).toContain('no layer');
  const circle = ['a', 'b', 'c'].map((from, at) => ({ from, specifier: '', file: ['b', 'c', 'b'][at] }));
  expect(findCycle(circle)).toEqual(['b', 'c', 'b']);
  expect(findCycle(circle.slice(0, 2))).toBeUndefined();
});

function brokenRule({ from, specifier, file }: Import): string | undefined {
  if (file === undefined) return undefined;
  const arrow = `src/${from} imports ${specifier || file}`;
  if (file.endsWith('Thread.ts')) return `${arrow}: a thread's entry point is started, never imported`;
  const rule = layers[layerOf(from)];
  if (!rule) return `${arrow}: src/${layerOf(from)} is no layer; give it a place in the table first`;
  const allowed = [layerOf(from), ...rule.mayImport];
  if (allowed.includes(layerOf(file)) || allowed.includes(file)) return undefined;
  if (file.startsWith('../')) return `${arrow}: nothing outside of src is part of the program`;
  return `${arrow}: ${rule.because}`;
}

function brokenReserve(file: string): string[] {
  return reservesIn(file, readFileSync(join(source, file), 'utf8'));
}

/** What a file has of what only those may have who know this machine. */
function reservesIn(file: string, text: string): string[] {
  if (knowTheMachine.some((place) => file.startsWith(`${place}/`))) return [];
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const reserved = imported.filter((name) => /^(node:)?(fs|path)(\/|$)/.test(name));
  if (/process\.platform|\bplatform\b[^;\n]*=\s*process\b/.test(text)) reserved.push('process.platform');
  return reserved.map((what) => `src/${file} uses ${what}: src/disk is there for that`);
}

function layerOf(file: string): string {
  return file.split('/', 1)[0]!;
}

function readImports(from: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(source, from), 'utf8'), true, true);
  return importedFiles.map(({ fileName: specifier }) => {
    const isRelative = specifier.startsWith('.');
    const file = isRelative ? withSlashes(relative(source, join(source, dirname(from), specifier))) : undefined;
    return { from, specifier, file };
  });
}

function withSlashes(path: string): string {
  return path.split(sep).join('/');
}

/** The files of one import cycle, the first repeated at the end, or `undefined`. */
function findCycle(all: readonly Import[]): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of all) {
      const cycle = next.from === file && next.file !== undefined ? visit(next.file, [...trail, file]) : undefined;
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const { from } of all) {
    const cycle = visit(from, []);
    if (cycle) return cycle;
  }
  return undefined;
}
