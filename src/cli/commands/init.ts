import { Option, type Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import {
  createNamedRepository,
  defaultRepositoryPaths,
  openOrCreateDefaultRepository,
  type Repository,
} from '../../engine/index.ts';
import { withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { addFromOptions, sourceContext, type FromOptions } from '../fromOptions.ts';
import { createCommand } from '../globalOptions.ts';
import { readNewPassword } from '../passwordSource.ts';
import { namedLocation } from '../repositoryChoice.ts';
import { storageOf } from '../storageOptions.ts';
import { runs } from '../runCommand.ts';

interface InitOptions extends FromOptions {
  readonly repositoryVersion: '1' | '2';
  readonly copyChunkerParams?: boolean;
}

/** `cairn init`. */
export function initCommand(): Command {
  const command = createCommand('init', 'create a repository')
    .option('--copy-chunker-params', 'cut files as the repository of --from-repo does, to share content by copies')
    .addOption(
      new Option('--repository-version <version>', 'format version; 1 is for restic before 0.14')
        .choices(['1', '2'])
        .default('2'),
    );
  return addFromOptions(command)
    .action(runs<InitOptions>(init))
    .addHelpText(
      'after',
      `
Examples:
  cairn init                            the default repository, with a password of its own
  cairn init -r /media/disk/backup      a repository on a disk; asks for a password
  cairn init -r /srv/backup --password-file /etc/backup-password

Keep the password: without it nobody can open the repository.
`,
    );
}

async function init(context: CommandContext, options: InitOptions): Promise<number> {
  const { output } = context;
  const location = namedLocation(context);
  if (location === undefined) {
    const { repository, passwordFile } = await initDefault(options);
    report(context, repository);
    output.note(`Its password is in ${passwordFile}.`);
  } else {
    const password = await readNewPassword(context.options, context.signal, process.env);
    report(
      context,
      await createNamedRepository(storageOf(context.options, location), password, {
        version: options.repositoryVersion === '1' ? 1 : 2,
        ...(await chunkerParams(context, options)),
      }),
    );
    output.note('Keep the password: without it nobody can open the repository.');
  }
  return EXIT_DONE;
}

/** The cuts of the source, if they are wanted. Throws `usage` for one of the two options without the other. */
async function chunkerParams(context: CommandContext, options: InitOptions): Promise<{ chunkerPolynomial?: bigint }> {
  const source = sourceContext(context, options);
  if (!options.copyChunkerParams) {
    if (options.fromRepo === undefined) return {};
    throw new CairnError(
      'usage',
      'With --from-repo, give --copy-chunker-params as well: there is nothing else to take.',
    );
  }
  const { chunkerPolynomial } = await withOpenRepository(source, {}, ({ config }) => Promise.resolve(config));
  return { chunkerPolynomial };
}

async function initDefault(options: InitOptions): Promise<{ repository: Repository; passwordFile: string }> {
  if (options.repositoryVersion !== '2') {
    throw new CairnError('usage', 'The default repository has version 2. Name another one with -r.');
  }
  const paths = defaultRepositoryPaths();
  const { repository, created } = await openOrCreateDefaultRepository(paths);
  if (created) return { repository, passwordFile: paths.passwordFile };
  throw new CairnError('repository-exists', `The default repository at ${paths.repository} exists already.`);
}

function report({ output }: CommandContext, { config, backend }: Repository): void {
  if (output.json) output.data({ message_type: 'initialized', id: config.id, repository: backend.location });
  else output.line(`created the repository ${config.id.slice(0, 10)} at ${backend.location}`);
}
