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
    for (const [name, value, hurried] of lines) {
      // The bundler numbers what has the name of something else.
      const line = new RegExp(`(?<=\\nvar ${name}\\d* = )${value.replace('*', '\\*')}(?=;\\n)`, 'g');
      if (text.match(line)?.length !== 1) throw new Error(`"${name} = ${value}" is not once in dist/${file}.`);
      text = text.replace(line, hurried);
    }
    writeFileSync(path, text);
  }
  return (made = join(folder, 'cli.js'));
}

/** Of `retryCalls.ts` and `watchStalls.ts`, as it is in the bundles: what, how much, and how much instead. */
const ofCalls: readonly (readonly [string, string, string])[] = [
  ['FIRST_WAIT', '1e3', '20'],
  ['LONGEST_WAIT', '6e4', '400'],
  ['PATIENCE', '15 * 6e4', 'Number(process.env.CAIRN_PATIENCE)'],
  ['SLOWEST', '16', '1600'],
];

/** And of `session.ts`. */
const hurriedLines = {
  'cli.js': [...ofCalls, ['GIVE_BACK_PATIENCE', '5e3', '2500']],
  'codec.js': ofCalls,
} as const;
