import type { Socket } from 'node:net';
import { LONGEST_LINE } from './engineWire.ts';

/** Hands on each line that arrives; ends the connection at one that is too long. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let held = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop()!;
    if (held.length > LONGEST_LINE || lines.some(({ length }) => length > LONGEST_LINE)) socket.destroy();
    else for (const line of lines) onLine(line);
  });
}
