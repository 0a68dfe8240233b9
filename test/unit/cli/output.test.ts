import { afterEach, describe, expect, test, vi } from 'vitest';
import { Output } from '../../../src/cli/output.ts';

/** A name that sets the title of a terminal, ends the line, and turns the text after it around. */
const evil = 'a\u001b]0;owned\u0007\n\u009b31m\u202egnp.exe\u2066\u200f';

const written: string[] = [];
for (const stream of [process.stdout, process.stderr]) {
  vi.spyOn(stream, 'write').mockImplementation((text) => (written.push(String(text)), true));
}
afterEach(() => void written.splice(0));

function print(options: { readonly json?: boolean }, work: (output: Output) => void): string {
  const output = new Output(options);
  work(output);
  output.close();
  return written.splice(0).join('');
}

/** Everything that a terminal obeys, but for the ends of our own lines. */
const commanding = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('a name speaks to no terminal', () => {
  test.each<[string, (output: Output) => void]>([
    ['a line', (output) => output.line(evil)],
    ['a note', (output) => output.note(evil)],
    ['a warning', (output) => output.warn(evil, { item: evil })],
    ['a failure with a stack', (output) => void output.fail(new TypeError(`Cannot read ${evil}`))],
    [
      'a failure of the system',
      (output) => void output.fail(Object.assign(new Error(evil), { code: 'EIO', path: evil })),
    ],
  ])('in %s', (_what, work) => {
    const text = print({}, work);
    expect(text).not.toMatch(commanding);
    expect(text).toContain('a\\x1b]0;owned\\x07\\x0a\\x9b31m\\x202egnp.exe\\x2066\\x200f');
  });

  test('in JSON, which has the same value', () => {
    const text = print({ json: true }, (output) => {
      output.data({ message_type: 'node', name: evil, [evil]: [evil], size: 2n ** 60n });
      output.fail(new TypeError(evil));
    });
    expect(text).not.toMatch(commanding);
    const [line, failure] = text
      .trimEnd()
      .split('\n')
      .map((part) => JSON.parse(part) as Record<string, unknown>);
    expect(line).toMatchObject({ name: evil, [evil]: [evil] });
    expect(failure).toMatchObject({
      reason: 'internal',
      message: evil,
      stack: expect.stringContaining(evil) as string,
    });
  });

  test('and a stack keeps its lines', () => {
    const text = print({}, (output) => void output.fail(new TypeError(evil)));
    expect(text.split('\n').filter((line) => /^\s+at /.test(line)).length).toBeGreaterThan(1);
  });
});

test('what will be tried again is noted once in a minute', () => {
  const trouble = { message: 'The server is away.', waitMs: 1400 };
  const text = print({}, (output) => {
    for (let i = 0; i < 3; i++) output.onTrouble(trouble);
  });
  expect(text).toBe('The server is away. Trying again in 2 s.\n');
});
