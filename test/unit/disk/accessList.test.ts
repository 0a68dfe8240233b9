import { describe, expect, test } from 'vitest';
import { modeWithoutList } from '../../../src/disk/accessList.ts';

const tags = { owner: 1, user: 2, owningGroup: 4, group: 8, mask: 16, other: 32 } as const;

function list(...entries: [keyof typeof tags, number][]): { name: string; value: string } {
  const bytes = Buffer.alloc(4 + 8 * entries.length, 0xff);
  bytes.writeUInt32LE(2, 0);
  for (const [at, [tag, permissions]] of entries.entries()) {
    bytes.writeUInt16LE(tags[tag], 4 + 8 * at);
    bytes.writeUInt16LE(permissions, 6 + 8 * at);
  }
  return { name: 'system.posix_acl_access', value: bytes.toString('base64') };
}

const octal = (mode: number | undefined) => mode?.toString(8);

describe('the mode without the list', () => {
  const cases: [string, number, Parameters<typeof list>, number][] = [
    [
      'gives the group what it had',
      0o4674,
      [
        ['user', 7],
        ['owningGroup', 4],
        ['mask', 7],
        ['other', 4],
      ],
      0o4644,
    ],
    [
      'gives the group no more than the mask',
      0o640,
      [
        ['user', 7],
        ['owningGroup', 7],
        ['mask', 4],
      ],
      0o640,
    ],
    [
      'shuts out all if one user was',
      0o674,
      [
        ['user', 0],
        ['owningGroup', 7],
        ['mask', 7],
        ['other', 4],
      ],
      0o600,
    ],
    [
      'shuts out others if a group was',
      0o674,
      [
        ['owningGroup', 6],
        ['group', 0],
        ['mask', 7],
        ['other', 4],
      ],
      0o660,
    ],
    [
      'stays where the list says no more',
      0o755,
      [
        ['owner', 7],
        ['owningGroup', 5],
        ['other', 5],
      ],
      0o755,
    ],
  ];
  test.each(cases)('%s', (_, mode, entries, expected) => {
    expect(octal(modeWithoutList(mode, [list(...entries)]))).toBe(octal(expected));
  });

  test.each(['', 'AgA=', 'AwAAAA==', 'AgAAAAE='])('is that of the owner if it cannot be understood: %s', (value) => {
    expect(octal(modeWithoutList(0o2775, [{ name: 'system.posix_acl_access', value }]))).toBe('2700');
  });

  test('is not asked for where there is no list', () => {
    expect(modeWithoutList(0o675, [{ name: 'user.x', value: '' }])).toBeUndefined();
    expect(modeWithoutList(0o675, [{ ...list(['owningGroup', 0]), name: 'system.posix_acl_default' }])).toBeUndefined();
  });
});
