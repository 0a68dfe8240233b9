import { expect, test } from 'vitest';
import { parseCredentials, splitCredentials, withCredentials } from '../../../../src/extension/targets/credentials.ts';
import { proxyVariables } from '../../../../src/extension/targets/proxyVariables.ts';

test.each([
  [
    'rest:https://me:p%40ss@host:8000/laptop',
    'rest:https://host:8000/laptop/',
    { RESTIC_REST_USERNAME: 'me', RESTIC_REST_PASSWORD: 'p@ss' },
  ],
  ['rest:http://me@host/', 'rest:http://host/', { RESTIC_REST_USERNAME: 'me' }],
  ['rest:http://host/x', 'rest:http://host/x', {}],
  ['sftp:me@host:x', 'sftp:me@host:x', {}],
  ['s3:host/bucket', 's3:host/bucket', {}],
  ['/folder/me:pass@x', '/folder/me:pass@x', {}],
])('%s is taken apart', (text, location, credentials) => {
  expect(splitCredentials(text)).toEqual({ location, credentials });
});

test('of what is stored only what is known counts', () => {
  expect(parseCredentials('{"AWS_ACCESS_KEY_ID":"a","PATH":"/evil","AWS_SESSION_TOKEN":1}')).toEqual({
    AWS_ACCESS_KEY_ID: 'a',
  });
  for (const text of [undefined, '', 'null', '[1]', '{']) expect(parseCredentials(text)).toEqual({});
});

test('our keys are not mixed with those of the environment', () => {
  const environment = {
    PATH: '/bin',
    AWS_ACCESS_KEY_ID: 'theirs',
    AWS_SESSION_TOKEN: 'theirs',
    RESTIC_REST_USERNAME: 'u',
  };
  expect(withCredentials(environment, {})).toEqual(environment);
  expect(withCredentials(environment, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })).toEqual({
    ...environment,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_SESSION_TOKEN: undefined,
  });
});

test('the proxy of the settings counts before that of the environment', () => {
  const environment = { HTTPS_PROXY: 'http://env:1', no_proxy: 'a.example' };
  expect(proxyVariables(environment, { proxy: '', noProxy: [], support: 'override' })).toEqual({});
  expect(proxyVariables(environment, { proxy: 'http://p:2', noProxy: ['b.example'], support: 'on' })).toEqual({
    ...{ HTTPS_PROXY: 'http://p:2', https_proxy: 'http://p:2', HTTP_PROXY: 'http://p:2', http_proxy: 'http://p:2' },
    ...{
      ALL_PROXY: 'http://p:2',
      all_proxy: 'http://p:2',
      NO_PROXY: 'a.example,b.example',
      no_proxy: 'a.example,b.example',
    },
  });
  expect(proxyVariables(environment, { proxy: 'http://p:2', noProxy: undefined, support: 'off' })).toEqual({});
});
