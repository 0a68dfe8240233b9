import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { throwIfAborted } from '../base/abort.ts';
import { displayPath } from '../base/rawName.ts';
import { CairnError } from '../base/errors.ts';

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks for a line on the terminal; what is typed is shown. Throws `aborted` at Ctrl-C or the end of input. */
export function ask(question: string, signal: AbortSignal): Promise<string> {
  return readAnswer(question, process.stderr, signal);
}

/** Asks for a password: what is typed is not shown. Throws as {@link ask}. */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await readAnswer(question, silent, signal);
  } finally {
    process.stderr.write('\n');
  }
}

/** `echo` receives what is typed. */
async function readAnswer(question: string, echo: NodeJS.WritableStream, signal: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  // From here on the terminal itself shows nothing. Only now may anybody be led to type.
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 });
  process.stderr.write(displayPath(question));
  const close = () => lines.close();
  signal.addEventListener('abort', close);
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', close);
      // After an answer this has no effect.
      lines.once('close', () => reject(new CairnError('aborted', 'The operation was cancelled.')));
    });
  } finally {
    signal.removeEventListener('abort', close);
    lines.close();
  }
}
