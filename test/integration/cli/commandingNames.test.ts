import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

test('names that would speak to a terminal are shown escaped, and come back from JSON as they are', () => {
  const world = createWorld();
  const name = 'invoice\u202efdp.sh\u001b[2J\u009b0m';
  mkdirSync(join(world.root, 'source'));
  writeFileSync(join(world.root, 'source', name), 'x');
  const shown = 'invoice\\x202efdp.sh\\x1b[2J\\x9b0m';
  const runs = [
    ['backup', 'source', '-vv'],
    ['ls', 'latest', '-l'],
    ['find', '*fdp*'],
    ['diff', 'latest'],
  ];
  for (const args of runs) {
    writeFileSync(join(world.root, 'source', name), args[0]!);
    const { stdout, stderr } = world.run(args);
    expect(stdout + stderr).toContain(shown);
    expect(stdout + stderr).not.toMatch(/[\u001b\u009b\u202e]/);
  }
  const { stdout } = world.run(['ls', 'latest', '--json']);
  expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/);
  expect(stdout.split('\n').some((line) => line !== '' && (JSON.parse(line) as { name?: string }).name === name)).toBe(
    true,
  );
});
