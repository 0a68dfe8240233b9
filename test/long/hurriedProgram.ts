import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { newFolder } from './stage.ts';

let made: string | undefined;

/**
 * The command line as it was built, but for how long it waits until it makes a call to far storage again, when it gives
 * up (`CAIRN_PATIENCE` milliseconds in place of a quarter of an hour), and what it takes for a slow line.
 */
export function hurriedProgram(): string {
  if (made !== undefined) return made;
  const folder = newFolder();
  cpSync(resolve('dist'), folder, { recursive: true });
  for (const [file, lines] of Object.entries(hurriedLines)) {
    const path = join(folder, file);
    let text = readFileSync(path, 'utf8');
    for (const [line, hurried] of lines) {
      if (text.split(`\nvar ${line};\n`).length !== 2) throw new Error(`"${line}" is not once in dist/${file}.`);
      text = text.replace(`\nvar ${line};\n`, `\nvar ${hurried};\n`);
    }
    writeFileSync(path, text);
  }
  return (made = join(folder, 'cli.js'));
}

/** Lines of `retryCalls.ts` and `watchStalls.ts`, as they are in the bundles. */
const ofCalls: readonly (readonly [string, string])[] = [
  ['FIRST_WAIT = 1e3', 'FIRST_WAIT = 20'],
  ['LONGEST_WAIT = 6e4', 'LONGEST_WAIT = 400'],
  ['PATIENCE = 15 * 6e4', 'PATIENCE = Number(process.env.CAIRN_PATIENCE)'],
  ['SLOWEST = 16', 'SLOWEST = 1600'],
];

/** And one of `session.ts`. */
const hurriedLines = {
  'cli.js': [...ofCalls, ['GIVE_BACK_PATIENCE = 5e3', 'GIVE_BACK_PATIENCE = 2500']],
  'codec.js': ofCalls,
} as const;
