/**
 * Gives the memory of a buffer back at once, where Node can (22 and later) and nothing else lies in it; else does
 * nothing. V8 lets some 30 MB of such memory pile up in each thread before it looks for what is no longer used.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  const { transfer } = buffer as { transfer?: (length: number) => unknown };
  if (byteLength === buffer.byteLength) transfer?.call(buffer, 0);
}
