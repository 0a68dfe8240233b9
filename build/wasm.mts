/**
 * Writes the WebAssembly that src/ carries in base64, so that bundles need no file beside them:
 * `node build/wasm.mts`, after a change to an `assembly` folder or to the version of libsodium.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import createSodium from 'libsodium-sumo';

/** The parts of AssemblyScript that are used here. Its own types would replace some of JavaScript's everywhere. */
interface Compiler {
  main(
    args: readonly string[],
    io: {
      readFile(name: string, folder: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      stderr: { write(text: string | Uint8Array): void };
    },
  ): Promise<{ error: Error | null }>;
}
interface WasmModule {
  getExport(name: string): number;
  removeExport(name: string): void;
  addFunctionExport(internal: string, name: string): void;
  runPasses(passes: readonly string[]): void;
  emitBinary(): Uint8Array;
  dispose(): void;
}
interface Binaryen {
  readBinary(bytes: Uint8Array): WasmModule;
  getExportInfo(reference: number): { readonly value: string };
}

async function importDefault<T>(name: string): Promise<T> {
  return ((await import(name)) as { default: T }).default;
}

const asc = await importDefault<Compiler>('assemblyscript/asc');
const binaryen = await importDefault<Binaryen>('assemblyscript/binaryen');

const root = join(import.meta.dirname, '..');
const poly1305Functions = ['crypto_onetimeauth_init', 'crypto_onetimeauth_update', 'crypto_onetimeauth_final'];

/** The text of each generated file by its path. The same sources and compilers give the same text. */
export async function buildWasmFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    wasmFile('src/repository/chunker/chunkerWasm.ts', await compile('src/repository/chunker/assembly/chunker.ts')),
    wasmFile(
      'src/repository/crypto/counterModeWasm.ts',
      await compile('src/repository/crypto/assembly/counterMode.ts'),
    ),
    wasmFile('src/repository/crypto/poly1305Wasm.ts', await extractPoly1305(), [
      `libsodium-sumo ${sodiumVersion()} (ISC License, https://libsodium.org), less all functions but`,
      `${poly1305Functions.join(', ')}.`,
    ]),
  ]);
}

function wasmFile(path: string, wasm: Uint8Array, about: readonly string[] = []): [string, string] {
  const name = /(\w+)\.ts$/.exec(path)![1]!;
  const comment = ['Made by build/wasm.mts; change that and run it again.', ...about];
  const base64 = Buffer.from(wasm).toString('base64');
  return [
    join(root, path),
    `${comment.map((line) => `// ${line}\n`).join('')}\n/** WebAssembly in base64. */\nexport const ${name} =\n  '${base64}';\n`,
  ];
}

async function compile(source: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  let messages = '';
  const options = ['--baseDir', root, '-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd'];
  const { error } = await asc.main([source, '--outFile', 'out.wasm', ...options], {
    readFile: (name, folder) => readIfPresent(join(folder, name)),
    writeFile: (_name, contents) => {
      wasm = contents as Uint8Array;
    },
    stderr: {
      write: (text) => {
        messages += String(text);
      },
    },
  });
  if (error || !wasm) throw new Error(`${source} does not compile:\n${messages}`, { cause: error });
  return wasm;
}

function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/**
 * libsodium's own WebAssembly, reduced to what a message authentication code takes: it then starts
 * at once, where the whole library takes 16 ms and 400 kB in each thread.
 */
async function extractPoly1305(): Promise<Uint8Array> {
  const { bytes, exports, library } = await loadSodium();
  const module = binaryen.readBinary(bytes);
  const functions = Object.entries(exports).filter(([, value]) => typeof value === 'function');
  const wanted = poly1305Functions.map((name) => {
    // The module's own names are abbreviations that differ from version to version.
    const [abbreviation] = functions.find(([, value]) => value === library[`_${name}`])!;
    return { name, internal: binaryen.getExportInfo(module.getExport(abbreviation)).value };
  });
  for (const [name] of functions) module.removeExport(name);
  for (const { name, internal } of wanted) module.addFunctionExport(internal, name);
  module.runPasses(['remove-unused-module-elements']);
  const wasm = module.emitBinary();
  module.dispose();
  return wasm;
}

/** The library does not give its bytes away, so they are taken on their way into the engine. */
async function loadSodium(): Promise<{ bytes: Uint8Array; exports: object; library: Record<string, unknown> }> {
  const engine = WebAssembly as unknown as { instantiate: Instantiate };
  const { instantiate } = engine;
  let bytes = new Uint8Array();
  let exports = {};
  engine.instantiate = async (...parameters) => {
    const result = await instantiate(...parameters);
    bytes = parameters[0];
    exports = result.instance.exports;
    return result;
  };
  try {
    const library = await createSodium();
    return { bytes, exports, library };
  } finally {
    engine.instantiate = instantiate;
  }
}

type Instantiate = (bytes: Uint8Array<ArrayBuffer>, imports: object) => Promise<{ instance: WebAssembly.Instance }>;

function sodiumVersion(): string {
  const description = readFileSync(join(root, 'node_modules/libsodium-sumo/package.json'), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}

if (import.meta.main) {
  for (const [path, text] of await buildWasmFiles()) {
    writeFileSync(path, text);
    console.log(`${relative(root, path)}  ${(text.length / 1000).toFixed(1)} kB`);
  }
}
