import { describe, expect, test } from 'vitest';
import { findProxy } from '../../../../src/backend/http/proxy.ts';

type Environment = Record<string, string | undefined>;

const find = (server: string, environment: Environment, proxy?: string): string | undefined =>
  findProxy(new URL(server), { environment, ...(proxy !== undefined && { proxy }) })?.href;

test.each<[string, string, Environment, string | undefined]>([
  ['nothing is set', 'https://a.example', {}, undefined],
  ['for https', 'https://a.example', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1' }, 'http://p:1/'],
  ['for http', 'http://a.example', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1' }, 'http://q:1/'],
  ['in lower case', 'https://a.example', { https_proxy: 'http://p:1' }, 'http://p:1/'],
  ['for all', 'https://a.example', { ALL_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1' }, 'http://p:1/'],
  ['an empty variable is none', 'https://a.example', { HTTPS_PROXY: '', ALL_PROXY: 'http://p:1' }, 'http://p:1/'],
  ['without a scheme', 'https://a.example', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128/'],
  ['with a login', 'https://a.example', { HTTPS_PROXY: 'http://me:a%40b@p:1' }, 'http://me:a%40b@p:1/'],
  ['this machine', 'https://localhost:8000', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['this machine by its address', 'http://127.0.0.2:8000', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['this machine by IPv6', 'http://[::1]:8000', { HTTP_PROXY: 'http://p:1' }, undefined],
])('%s', (_, server, environment, expected) => {
  expect(find(server, environment)).toBe(expected);
});

test('what is set for Cairn alone counts for everything', () => {
  expect(find('http://localhost:1', { HTTP_PROXY: 'http://q:1', NO_PROXY: '*' }, 'http://p:1')).toBe('http://p:1/');
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'https://a.example', true],
    ['a.example', 'https://a.example', true],
    ['a.example', 'https://b.a.example', true],
    ['a.example', 'https://ba.example', false],
    ['.a.example', 'https://b.a.example', true],
    ['.a.example', 'https://a.example', false],
    ['*.a.example', 'https://b.a.example', true],
    ['A.Example', 'https://a.EXAMPLE', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:444', 'https://a.example', false],
    ['a.example:8000', 'http://a.example:8000', true],
    ['x, ,a.example', 'https://a.example', true],
    ['10.0.0.0/8', 'https://10.2.3.4', true],
    ['10.0.0.0/8', 'https://11.2.3.4', false],
    ['10.0.0.0/99', 'https://10.2.3.4', false],
    ['10.0.0.0/8', 'https://a.example', false],
    ['10.2.3.4', 'https://10.2.3.4', true],
    ['10.2.3.4:80', 'https://10.2.3.4', false],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['[fd00::1]:80', 'https://[fd00::1]', false],
  ])('%s and %s: %s', (noProxy, server, isDirect) => {
    const found = find(server, { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:1', NO_PROXY: noProxy });
    expect(found === undefined).toBe(isDirect);
  });
});

test('a proxy of another kind is refused, and its password is not shown', () => {
  const secret = 'socks5://me:s3cret@p:1080';
  const refusal = expect.objectContaining({
    code: 'usage',
    message: expect.not.stringContaining('s3cret') as string,
  }) as Error;
  expect(() => find('https://a.example', { ALL_PROXY: secret })).toThrow(refusal);
  expect(() => find('https://a.example', { HTTPS_PROXY: 'http://me:s3cret@:x' })).toThrow(refusal);
});
