import { describe, expect, test } from 'vitest';
import { configToJson, parseConfig } from '../../../../src/repository/format/config.ts';

const id = 'cd'.repeat(32);

describe('config', () => {
  test('has the fields in restic’s order and keeps the polynomial exact', () => {
    const config = { version: 2 as const, id, chunkerPolynomial: 0x3da3358b4dc173n };
    const json = configToJson(config);
    expect(json).toBe(`{"version":2,"id":"${id}","chunker_polynomial":"3da3358b4dc173"}`);
    expect(parseConfig(Buffer.from(json))).toEqual(config);
  });

  test.each([
    ['version 3', { version: 3, id, chunker_polynomial: '3da3358b4dc173' }, 'repository-unsupported'],
    ['version "2"', { version: '2', id, chunker_polynomial: '3da3358b4dc173' }, 'repository-unsupported'],
    ['no version', { id, chunker_polynomial: '3da3358b4dc173' }, 'repository-damaged'],
    ['a list', [], 'repository-damaged'],
    ['no id', { version: 2, chunker_polynomial: '3da3358b4dc173' }, 'repository-damaged'],
    ['no polynomial', { version: 2, id }, 'repository-damaged'],
    ['a polynomial that is no number', { version: 2, id, chunker_polynomial: 'xyz' }, 'repository-damaged'],
    ['null', null, 'repository-damaged'],
  ])('is refused with %s', (_what, json, code) => {
    expect(() => parseConfig(Buffer.from(JSON.stringify(json)))).toThrow(expect.objectContaining({ code }));
  });

  test('is refused when it is no JSON', () => {
    expect(() => parseConfig(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });
});
