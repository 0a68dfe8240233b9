import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const world = createWorld();

test('a schedule takes the rules of what is kept, and hands them to the backup', () => {
  const rules = [
    '--keep-last=3',
    '--keep-daily=unlimited',
    '--keep-within=1y2d',
    '--keep-within-weekly=2m',
    '--keep-tag=a,b',
  ];
  const [installed] = world.json(['schedule', 'install', world.root, '--dry-run', ...rules]);
  const command = installed!['command'] as string[];
  expect(command.filter((word) => word.startsWith('--keep-')).toSorted()).toEqual(rules.toSorted());
  expect(world.run(['schedule', 'install', world.root, '--dry-run', '--keep-daily', '-7']).status).toBe(1);
});
