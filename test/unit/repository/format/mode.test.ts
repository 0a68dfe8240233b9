import { describe, expect, test } from 'vitest';
import { modeFromStat, modeToStat, nodeTypeFromStat } from '../../../../src/repository/format/mode.ts';

describe('modes (format notes 7.3)', () => {
  test.each([
    ['file 0644', 0o100644, 420, 'file'],
    ['file 0000', 0o100000, 0, 'file'],
    ['file 07777', 0o107777, 13_631_999, 'file'],
    ['folder 0755', 0o040755, 2_147_484_141, 'dir'],
    ['folder 02775', 0o042775, 2_151_678_461, 'dir'],
    ['symbolic link', 0o120777, 134_218_239, 'symlink'],
    ['character device 0600', 0o020600, 69_206_400, 'chardev'],
    ['block device 0600', 0o060600, 67_109_248, 'dev'],
    ['fifo 0640', 0o010640, 33_554_848, 'fifo'],
    ['socket 0755', 0o140755, 16_777_709, 'socket'],
    ['anything else', 0o160600, 524_672, undefined],
    ['nothing', 0o000600, 524_672, undefined],
  ] as const)('%s', (_, stMode, mode, type) => {
    expect(modeFromStat(stMode)).toBe(mode);
    expect(nodeTypeFromStat(stMode)).toBe(type);
    expect(modeToStat(mode)).toBe(stMode & 0o7777);
  });
});
