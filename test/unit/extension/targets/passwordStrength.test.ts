import { expect, test } from 'vitest';
import { passwordStrength } from '../../../../src/extension/targets/passwordStrength.ts';

test.each([
  ['', 'weak'],
  ['secret', 'weak'],
  ['aaaaaaaaaaaa', 'weak'],
  ['Tr0ub4dor&3', 'fair'],
  ['correct horse battery staple', 'strong'],
  ['w8Kd_2mQx-90vRtLp4ZsAeYb', 'strong'],
] as const)('%j is %s', (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});
