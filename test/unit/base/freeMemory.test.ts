import { describe, expect, test } from 'vitest';
import { freeMemory } from '../../../src/base/freeMemory.ts';

describe('freeing memory', () => {
  test('takes it from a buffer that has it for itself', () => {
    const bytes = new Uint8Array(1000);
    freeMemory(bytes);
    expect(bytes.length).toBe('transfer' in ArrayBuffer.prototype ? 0 : 1000);
  });

  test('leaves memory alone in which something else lies', () => {
    const memory = new ArrayBuffer(1000);
    const bytes = new Uint8Array(memory, 10, 20);
    freeMemory(bytes);
    expect([bytes.length, memory.byteLength]).toEqual([20, 1000]);
  });
});
