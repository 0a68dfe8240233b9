import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  addRepositoryKey,
  changeRepositoryPassword,
  listRepositoryKeys,
  PERSON_KEY_COST,
  removeRepositoryKey,
} from '../../engine/index.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { formatLocalTime, table } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { readNewPassword } from '../passwordSource.ts';
import { namedLocation } from '../repositoryChoice.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

interface NewPasswordOptions {
  readonly newPasswordFile?: string;
  readonly newPasswordCommand?: string;
  readonly newInsecureNoPassword?: boolean;
  readonly host?: string;
  readonly user?: string;
}

/** `cairn key`. */
export function keyCommand(): Command {
  return createCommand(
    'key',
    'list, add, remove and change passwords',
    'A repository has one key for each password; every one of them opens all of it.',
  )
    .usage('COMMAND [options]')
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(passwdCommand())
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  cairn key list
  cairn key add                            asks for one more password
  cairn key remove 1a2b3c4d
  cairn key passwd --new-password-file /etc/backup-password
`,
    );
}

function listCommand(): Command {
  return createCommand('list', 'list the keys, oldest first').action(
    runs<{ lock: boolean }>(listKeys, { onlyPrints: true }),
  );
}

function addCommand(): Command {
  return addNewPasswordOptions(createCommand('add', 'add a password; the others stay')).action(
    runs<NewPasswordOptions>(addKey),
  );
}

function removeCommand(): Command {
  return createCommand('remove', 'remove a key; its password opens the repository no longer')
    .argument('<id>', 'the id of the key, or its beginning')
    .action(runs<object, [string]>(removeKey));
}

function passwdCommand(): Command {
  return addNewPasswordOptions(createCommand('passwd', 'replace the password that opened the repository')).action(
    runs<NewPasswordOptions>(changePassword),
  );
}

function addNewPasswordOptions(command: Command): Command {
  return command
    .option('--new-password-file <file>', 'read the new password from a file')
    .option('--new-password-command <command>', 'take what a command prints')
    .option('--new-insecure-no-password', 'let it be empty, which protects against nobody')
    .option('--host <name>', "record this host with the key instead of the machine's")
    .option('--user <name>', 'record this user with the key instead of yours');
}

async function listKeys(context: CommandContext, options: { lock: boolean }): Promise<number> {
  const { output } = context;
  let exitCode = EXIT_DONE;
  const keys = await withOpenRepository(context, {}, (repository) =>
    listRepositoryKeys(repository, {
      ...lockOptions(context),
      noLock: !options.lock,
      onDamaged: (id, error) => {
        exitCode = EXIT_FAILED;
        output.warn((error as Error).message, { item: id });
      },
    }),
  );
  if (output.json) {
    for (const { id, username, hostname, created, isCurrent } of keys) {
      const shown = { userName: username, hostName: hostname, created: formatLocalTime(created) };
      output.item({ message_type: 'key', id, current: isCurrent, ...shown });
    }
    output.endItems();
    return exitCode;
  }
  const rows = keys.map((key) => [
    `${key.isCurrent ? '*' : ' '}${shortId(key.id)}`,
    key.username,
    key.hostname,
    formatLocalTime(key.created),
  ]);
  for (const line of table([[' ID', 'User', 'Host', 'Created'], ...rows])) output.line(line);
  return exitCode;
}

async function addKey(context: CommandContext, options: NewPasswordOptions): Promise<number> {
  return withOpenRepository(context, {}, async (repository) => {
    const password = await newPassword(context, options);
    const id = await addRepositoryKey(repository, { ...lockOptions(context), ...newKey(options), password });
    report(context, 'key_added', id, 'added');
    return EXIT_DONE;
  });
}

async function removeKey(context: CommandContext, _options: object, id: string): Promise<number> {
  return withOpenRepository(context, {}, async (repository) => {
    report(context, 'key_removed', await removeRepositoryKey(repository, id, lockOptions(context)), 'removed');
    return EXIT_DONE;
  });
}

async function changePassword(context: CommandContext, options: NewPasswordOptions): Promise<number> {
  if (namedLocation(context) === undefined) {
    throw new CairnError(
      'refused',
      'Cairn keeps the password of the default repository in a file, and would not find the new one. "cairn key add" adds a password of your own.',
    );
  }
  return withOpenRepository(context, {}, async (repository) => {
    const password = await newPassword(context, options);
    const { keyId } = await changeRepositoryPassword(repository, {
      ...lockOptions(context),
      ...newKey(options),
      password,
    });
    report(context, 'password_changed', keyId, 'replaces the one before');
    return EXIT_DONE;
  });
}

function newPassword({ signal }: CommandContext, options: NewPasswordOptions): Promise<string> {
  const { newPasswordFile: passwordFile, newPasswordCommand: passwordCommand, newInsecureNoPassword } = options;
  const insecureNoPassword = newInsecureNoPassword ?? false;
  return readNewPassword({ passwordFile, passwordCommand, insecureNoPassword }, signal);
}

function newKey({ host, user, newInsecureNoPassword }: NewPasswordOptions) {
  const owner = { ...(host !== undefined && { hostname: host }), ...(user !== undefined && { username: user }) };
  return { keyCost: PERSON_KEY_COST, owner, mayBeEmpty: newInsecureNoPassword ?? false };
}

function report({ output }: CommandContext, messageType: string, id: string, what: string): void {
  if (output.json) output.data({ message_type: messageType, id });
  else output.line(`key ${shortId(id)} ${what}`);
}
