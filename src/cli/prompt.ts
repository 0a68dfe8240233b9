import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CairnError } from '../base/errors.ts';

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks for a line on the terminal; what is typed is shown. Throws `aborted` at Ctrl-C or the end of input. */
export function ask(question: string): Promise<string> {
  return readAnswer(question, process.stderr);
}

/** Asks for a password: what is typed is not shown. Throws as {@link ask}. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await readAnswer('', silent);
  } finally {
    process.stderr.write('\n');
  }
}

function readAnswer(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    // After an answer this has no effect.
    lines.once('close', () => reject(new CairnError('aborted', 'The operation was cancelled.')));
    lines.setPrompt(question);
    lines.prompt();
  });
}
