import { expect, test } from 'vitest';
import { S3_OPTIONS } from '../../../src/backend/s3/s3Options.ts';
import { SFTP_OPTIONS } from '../../../src/backend/sftp/sshCommand.ts';
import { STORAGE_OPTIONS } from '../../../src/cli/commands/options.ts';
import { wayOfInstall } from '../../../src/cli/commands/selfUpdate.ts';

test.each([
  ['/home/me/.vscode/extensions/someone.cairn-0.1.0/dist', /extension of the editor/, /The editor updates it/],
  ['C:\\Users\\me\\.vscode\\extensions\\someone.cairn-0.1.0\\dist', /extension of the editor/, /The editor/],
  ['/usr/lib/node_modules/cairn-backup/dist', /by npm/, /"npm install --global cairn-backup@latest"/],
  ['/usr/lib/node_modules/@someone/cairn/dist', /by npm/, /"npm install --global @someone\/cairn@latest"/],
  ['/srv/cairn/dist', /runs from \/srv\/cairn\/dist/, /Whoever put it there/],
])('%s tells what installed it', (folder, how, update) => {
  const way = wayOfInstall(folder);
  expect(way.how).toMatch(how);
  expect(way.update).toMatch(update);
});

test('the options that are listed are those that the storage knows', () => {
  const listed = (storage: string) => STORAGE_OPTIONS.map(([name]) => name).filter((name) => name.startsWith(storage));
  expect(listed('s3.')).toEqual([...S3_OPTIONS].sort());
  expect(listed('sftp.')).toEqual([...SFTP_OPTIONS].sort());
});
