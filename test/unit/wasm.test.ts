import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildWasmFiles } from '../../build/wasm.mts';

test('the WebAssembly in src is what its sources give (else run: node build/wasm.mts)', async () => {
  const files = await buildWasmFiles();
  expect(files.size).toBe(3);
  for (const [path, text] of files) expect(readFileSync(path, 'utf8') === text, path).toBe(true);
});
