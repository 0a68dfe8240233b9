import { createHash } from 'node:crypto';

/** The name of a file with this content: its hash (format notes 1). */
export function nameOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
