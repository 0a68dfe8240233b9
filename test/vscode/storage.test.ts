/** Targets at real servers, added in the editor step by step. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startProxy, type TestProxy } from '../servers/proxy.ts';
import { serverLogin, startRestServer, type RestServer } from '../servers/restServer.ts';
import { Sshd } from '../servers/sshd.ts';
import { rcloneThere, startSwift, type Swift } from '../servers/swift.ts';
import { answerDialog, readDialog } from './helpers/messages.ts';
import { acceptInput, enterText, pick, quickInput, readQuickInput, runCommand, tick } from './helpers/quickInput.ts';
import { chooseFromMenu, collapseView, expandRow, expandView, openContainer, readRows, row } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

// Three servers start, one of which is a cluster.
vi.setConfig({ hookTimeout: 600_000 });

/** To be found in no file. */
const password = 'open the vault 9Z';
const root = tempFolder();
const folder = join(root, 'project');
const home = join(root, 'home');
let sshd: Sshd;
let rest: RestServer;
/** Is reached by its name, which only the proxy knows. */
let inside: RestServer;
let proxy: TestProxy;
let swift: Swift;
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  [sshd, rest, inside, proxy, swift] = await Promise.all([
    Sshd.start(),
    startRestServer(tempFolder(), { hasLogin: true, hasTls: true }),
    startRestServer(tempFolder()),
    startProxy(),
    startSwift(tempFolder()),
  ]);
  workbench = await openWorkbench({
    folder,
    home,
    env: { PATH: pathWithSsh(), VSCODE_CLI: '1', RCLONE_CONFIG: rcloneConfig() },
    settings: { ...noAutomatic, 'http.proxy': `http://127.0.0.1:${proxy.port}` },
  });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(async () => {
  await workbench.close({ ignoreErrors: true });
  await Promise.all([rest.stop(), inside.stop(), proxy.close(), swift.stop()]);
});

/**
 * ssh looks for the home of the user in the system's list, so here it is told where its configuration is. Without
 * `VSCODE_CLI` the editor would take `PATH` from a shell.
 */
function pathWithSsh(): string {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  mkdirSync(join(home, '.ssh'), { recursive: true });
  writeFileSync(join(home, '.ssh/config'), readFileSync(sshd.config));
  const real = process.env['PATH']!.split(delimiter).find((path) => existsSync(join(path, 'ssh')))!;
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${join(real, 'ssh')} -F '${sshd.config}' "$@"\n`);
  chmodSync(join(bin, 'ssh'), 0o755);
  return `${bin}${delimiter}${process.env['PATH']}`;
}

/** Knows one remote, a folder of this machine. */
function rcloneConfig(): string {
  const file = join(home, 'rclone.conf');
  mkdirSync(join(root, 'remote'));
  writeFileSync(file, `[disk]\ntype = alias\nremote = ${join(root, 'remote')}\n`);
  return file;
}

async function waitForPrompt(text: string): Promise<void> {
  await expect.poll(async () => (await readQuickInput(page)).message).toContain(text);
}

async function waitForPlaceholder(text: string): Promise<void> {
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toContain(text);
}

async function choosePlace(kind: string): Promise<void> {
  await runCommand(page, 'Cairn: Add Target…');
  await pick(page, 'Repository');
  await pick(page, kind);
}

/** Gives a text after the question for it has come. */
async function answer(prompt: string, text: string): Promise<void> {
  await waitForPrompt(prompt);
  await enterText(page, text);
}

async function makeRepository(name: string): Promise<void> {
  await pick(page, 'A New Repository');
  await pick(page, 'Type a Password');
  await answer('The new password. Without', password);
  await answer('The new password once more', password);
  await waitForPrompt('A name for the target');
  await enterText(page, name);
  await expect.poll(async () => (await readQuickInput(page)).title).toBe(`${name} Was Added`);
  await tick(page, ['Back Up to It Now']);
  await quickInput(page).getByRole('button', { name: 'OK' }).click();
}

const snapshotsIn = (location: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  restic(location, [...args, 'snapshots', '--no-lock'], { password, allow: [0, 1], env });

describe('Add Target', () => {
  test('a server by SSH: what is wrong is said at each step', async () => {
    await choosePlace('A Server by SSH…');
    await waitForPlaceholder('Which server?');
    await pick(page, 'unknown');
    const { text } = await readDialog(page);
    expect(text).toMatch(/unknown is not known here yet: ssh-ed25519 SHA256:\S+\. .*"ssh unknown"/);
    await workbench.screenshot('addServerUnknownKey');
    await answerDialog(page, 'OK');
    await pick(page, 'Another Server…');
    await answer('The server, as ssh takes it', 'stranger');
    await waitForPrompt('does not let this user in');
    await workbench.screenshot('addServerRefused');
    await enterText(page, 'trusted');
    await waitForPrompt('The folder on trusted');
    mkdirSync(join(sshd.data, 'photos'));
    writeFileSync(join(sshd.data, 'photos/a.jpg'), '');
    await enterText(page, 'photos');
    await waitForPrompt('holds other files');
    await enterText(page, 'laptop');
    await waitForPlaceholder('What should it become?');
    await workbench.screenshot('addServerEmpty');
    await makeRepository('Vault');
    await expect
      .poll(() => snapshotsIn('sftp:trusted:laptop', ['-o', `sftp.command=ssh -F '${sshd.config}' trusted -s sftp`]))
      .toContain('1 snapshots');
  });

  test("restic's REST server: a certificate, and a login", async () => {
    await choosePlace("restic's REST Server…");
    await answer("on restic's REST server", 'server/laptop');
    await waitForPrompt('Give an address that begins with');
    await enterText(page, 'http://127.0.0.1:1/laptop');
    await waitForPrompt('nothing answers at that port');
    await enterText(page, `${rest.url}laptop`);
    await waitForPrompt('signed by none that is trusted here');
    await enterText(page, sshd.config);
    await waitForPrompt('holds no certificate in the form PEM');
    await workbench.screenshot('addRestCertificate');
    await enterText(page, rest.certificates!.authorityFile);
    await answer('The server wants a user and a password', serverLogin.user);
    await waitForPrompt(`The password of ${serverLogin.user}`);
    await enterText(page, 'a wr0ng one');
    await waitForPrompt('does not take this user and password');
    await workbench.screenshot('addRestLogin');
    await enterText(page, serverLogin.password);
    await makeRepository('Rest');
    const env = { RESTIC_REST_USERNAME: serverLogin.user, RESTIC_REST_PASSWORD: serverLogin.password };
    await expect.poll(() => snapshotsIn(join(rest.data, 'laptop'), [], env)).toContain('1 snapshots');
  });

  test('a bucket of S3 that is not there yet', async () => {
    await choosePlace('A Bucket of S3…');
    await answer('The address of the storage', 'http://127.0.0.1:1');
    await waitForPrompt('nothing answers at that port');
    await enterText(page, swift.endpoint);
    await answer('The bucket, and the folder in it', '/');
    await waitForPrompt('bucket or bucket/folder');
    await enterText(page, 'backups/laptop');
    await waitForPlaceholder('Which access key?');
    await pick(page, 'That of the Environment');
    expect((await readDialog(page)).text).toContain('There are no keys in the environment');
    await answerDialog(page, 'OK');
    await pick(page, 'Type an Access Key');
    await answer('The id of the access key', swift.owner.accessKeyId);
    await answer('The secret of the access key', 'of somebody else');
    await waitForPrompt('The access key or its secret is wrong');
    await workbench.screenshot('addBucketWrongKey');
    await enterText(page, swift.owner.secretAccessKey);
    await waitForPlaceholder('There is no bucket backups yet');
    await workbench.screenshot('addBucketMissing');
    await pick(page, 'Make It with the Repository');
    await makeRepository('Bucket');
    // restic 0.14 itself cannot write there, and reads through rclone.
    await expect.poll(() => snapshotsIn('rclone::s3:backups/laptop', [], rcloneThere(swift))).toContain('1 snapshots');
  });

  test('a copy of a target is offered as its replica, and needs no password then', async () => {
    await choosePlace('Type a Location…');
    await waitForPrompt('a location in the syntax of restic');
    await enterText(page, 'b2:bucket');
    await waitForPrompt('is reached through rclone');
    // With its owner, who is the server's user.
    execFileSync('cp', ['-a', join(sshd.data, 'laptop'), join(sshd.data, 'copy')]);
    await enterText(page, 'sftp:trusted:copy');
    await pick(page, 'Type a Password');
    await answer('The password of the repository', password);
    await waitForPlaceholder('This is a copy of Vault');
    await workbench.screenshot('addReplica');
    await pick(page, 'Its Replica');
    await answer('A name for the target', 'Second');
    await expandView(page, 'Targets');
    await expect.poll(async () => (await readRows(page, 'Targets')).map(({ label }) => label)).toContain('Second');
  });
});

test('the view shows them, without secrets', async () => {
  // Rows beyond the border do not exist.
  for (const title of ['Changes', 'File History']) await collapseView(page, title);
  await expandView(page, 'Targets');
  const described = async (name: string) =>
    (await readRows(page, 'Targets')).find(({ label }) => label === name)?.description;
  for (const name of ['Vault', 'Rest', 'Bucket'])
    await expect.poll(() => described(name)).toMatch(/^(now|\d+ min. ago) · .*B$/);
  await expandRow(page, 'Targets', 'Rest');
  await expect
    .poll(async () => (await readRows(page, 'Targets')).map(({ description }) => description))
    .toContain(`rest:${rest.url}laptop/`);
  await workbench.screenshot('targetsElsewhere');
});

test('a snapshot at the server is browsed', async () => {
  await runCommand(page, 'Cairn: Show Snapshots of Target…');
  await pick(page, 'Bucket');
  await expandView(page, 'Snapshots');
  await expect.poll(async () => (await readRows(page, 'Snapshots')).length).toBeGreaterThan(1);
  await workbench.screenshot('snapshotsInBucket');
});

describe('Edit Target', () => {
  test('takes another login only if it works', async () => {
    await chooseFromMenu(page, row(page, 'Targets', 'Rest'), 'Edit Target…');
    await pick(page, 'User and Password of the Server');
    await waitForPrompt('The user');
    await acceptInput(page);
    await waitForPrompt(`The password of ${serverLogin.user}`);
    await enterText(page, 'a wr0ng one');
    await waitForPrompt('does not take this user and password');
    await enterText(page, serverLogin.password);
    await expect.poll(() => quickInput(page).count()).toBe(0);
  });
});

test('a server that is away is shown as that, and no notification says so', async () => {
  await rest.stop();
  await runCommand(page, 'Cairn: Refresh Targets');
  await expect
    .poll(async () => (await readRows(page, 'Targets')).find(({ label }) => label === 'Rest')?.description)
    .toBe('not reachable');
  await workbench.screenshot('targetAway');
});

test('no secret is in the settings, the logs or any file of the editor', async () => {
  const secrets = [password, serverLogin.password, 'a wr0ng one', swift.owner.secretAccessKey, 'of somebody else'];
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  const places = [workbench.userDataDir, home, folder];
  const files = places.flatMap((place) =>
    readdirSync(place, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(files.some((file) => file.endsWith('Machine/settings.json'))).toBe(true);
  const found = files.filter((file) => forms.some((form) => readFileSync(file).includes(form)));
  expect(found).toEqual([]);
});

test('removing a target takes its secrets along', async () => {
  await chooseFromMenu(page, row(page, 'Targets', 'Bucket'), 'Remove Target…');
  const { detail } = await readDialog(page);
  expect(detail).toContain(`s3:${swift.endpoint}/backups/laptop`);
  expect(detail).toContain('So is what lets you in to its storage.');
  await workbench.screenshot('removeBucket');
  await answerDialog(page, 'Remove');
  await expect.poll(async () => (await readRows(page, 'Targets')).map(({ label }) => label)).not.toContain('Bucket');
});

test('a remote of rclone becomes a replica, which has no password of its own', async () => {
  await choosePlace('A Remote of rclone…');
  await waitForPlaceholder('Which remote of rclone?');
  await pick(page, 'disk');
  await answer('The folder in disk:', 'laptop');
  await waitForPlaceholder('What should it become?');
  await workbench.screenshot('addRclone');
  await pick(page, 'A Replica of Vault');
  await answer('A name for the target', 'Cloud');
  const file = join(workbench.userDataDir, 'data/Machine/settings.json');
  const targets = () =>
    (JSON.parse(readFileSync(file, 'utf8')) as Record<string, { name: string; id: string }[]>)['cairn.targets']!;
  await expect.poll(() => targets().map(({ name }) => name)).toContain('Cloud');
  const source = targets().find(({ name }) => name === 'Vault')!.id;
  expect(targets().at(-1)).toMatchObject({ kind: 'repository', location: 'rclone:disk:laptop', replicaOf: source });
});

test('a server behind the proxy that the editor knows', async () => {
  await choosePlace("restic's REST Server…");
  await answer("on restic's REST server", `http://storage.example:${inside.port}/laptop`);
  expect((await readDialog(page)).detail).toContain('whoever is on the way sees the user and the password');
  await answerDialog(page, 'Use It All the Same');
  await waitForPlaceholder('What should it become?');
  await makeRepository('Inside');
  await expect.poll(() => snapshotsIn(join(inside.data, 'laptop'))).toContain('1 snapshots');
  expect(proxy.requests).toContainEqual(expect.stringMatching(/storage\.example:\d+\/laptop\/snapshots\//));
});
