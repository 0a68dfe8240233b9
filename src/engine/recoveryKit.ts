/**
 * The recovery kit: a page to be kept elsewhere, by which everything comes back from a repository when
 * this computer, and Cairn with it, is gone.
 */
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { displayPath, encodeRaw } from '../base/rawName.ts';
import { writePrivateFile } from '../disk/smallFile.ts';
import type { RecoveryNeeds } from './recoveryNeeds.ts';

/** Where the password is; at least one of these. */
export interface PasswordPlace {
  /** The password itself. */
  readonly text?: string;
  /** An absolute path. */
  readonly file?: string;
  /** What prints it, as restic's `--password-command` takes it. */
  readonly command?: string;
}

export interface RecoveryKitFacts {
  /** In restic's syntax; a folder as an absolute path. */
  readonly location: string;
  /** That of the repository's config. */
  readonly repositoryId: string;
  readonly password: PasswordPlace;
  /** The day of the kit, as people there write it or as YYYY-MM-DD. */
  readonly date: string;
  /** The shell of the commands: PowerShell, or one of Unix. */
  readonly shell: 'powershell' | 'sh';
  /** For storage elsewhere. */
  readonly needs?: RecoveryNeeds | undefined;
}

/** The page, in Markdown. Holds the password if that is given as text. */
export function recoveryKit(facts: RecoveryKitFacts): string {
  const { location, repositoryId, password, date, shell, needs } = facts;
  const options = (needs?.options ?? []).map((option) => ` -o ${quoteFor(shell, option)}`).join('');
  const restic = (command: string) => `restic${options} ${command}`;
  const isWindows = shell === 'powershell';
  const target = isWindows ? '"$HOME\\restored"' : '"$HOME/restored"';
  const mountPoint = '"$HOME/mounted"';
  return `# Recovery kit of a Cairn backup

Keep this page where it survives the loss of the computer: on paper, on a stick in a drawer, in a password manager.
${password.text === undefined ? 'It does not hold the password, without which nobody can read the backup.' : 'Whoever has it and the repository can read everything in the backup.'}

- Made on: ${date}
- Repository: ${displayPath(location)}
- Repository id: ${repositoryId}
${passwordLines(password)}
${needsText(needs)}
## Get everything back with restic

The backup is a repository in the restic format. The free program \`restic\` reads it without Cairn: it is in the package
collections of most systems, and at <https://restic.net>. If the repository was copied or moved since, put its present
location into the first line.

${block(shell, [...settings(facts), restic('snapshots')])}

That lists the snapshots. The last one comes back, as a whole, into a new folder by

${block(shell, [restic(`restore latest --target ${target}`)])}

In the place of \`latest\`, the id of any snapshot may stand. ${
    isWindows
      ? 'One file is printed by `restic dump latest PATH`.'
      : `To look for single files, mount all snapshots as folders
(Linux with FUSE, macOS with macFUSE; Ctrl-C ends it):

${block(shell, [`mkdir -p ${mountPoint}`, restic(`mount ${mountPoint}`)])}`
  }

Whether the repository is whole, and with the second command, every byte of it:

${block(shell, [restic('check'), restic('check --read-data')])}

## With Cairn

The command \`cairn\` takes the same settings:

${block(shell, [`cairn snapshots${options}`, `cairn restore latest --target ${target}${options}`, `cairn verify --read-data${options}`])}
`;
}

/**
 * Writes a kit to a new file that only its owner may read: the whole of it, or no file. Throws `refused` if
 * there is something already, `storage-error`.
 */
export function saveRecoveryKit(file: string, kit: string): void {
  try {
    writePrivateFile(file, kit);
  } catch (cause) {
    const code = systemCode(cause);
    const shown = displayPath(file);
    if (code === 'EEXIST') {
      throw new CairnError('refused', `${shown} exists already, and is not overwritten. Name another file.`, { cause });
    }
    const message = `The recovery kit could not be written to ${shown} (${code}). Choose another place.`;
    throw new CairnError('storage-error', message, { cause });
  }
}

function passwordLines({ text, file, command }: PasswordPlace): string {
  return [
    ...(text === undefined ? [] : ['- Password: see the commands below']),
    ...(file === undefined ? [] : [`- The password lies in the file: ${displayPath(file)}`]),
    ...(command === undefined ? [] : [`- The password is printed by: ${displayPath(command)}`]),
  ].join('\n');
}

function needsText(needs: RecoveryNeeds | undefined): string {
  if (!needs || needs.things.length === 0) return '';
  return `
## What leads to the storage

The repository lies elsewhere. The computer on which the commands below are run needs:

${needs.things.map((thing) => `- ${thing}`).join('\n')}
`;
}

/** The lines that tell restic and Cairn of the repository; the password itself goes before places where it may be. */
function settings({ location, password, shell }: RecoveryKitFacts): string[] {
  const { text, file, command } = password;
  const secret =
    text !== undefined
      ? (['RESTIC_PASSWORD', text] as const)
      : file !== undefined
        ? (['RESTIC_PASSWORD_FILE', file] as const)
        : (['RESTIC_PASSWORD_COMMAND', command ?? ''] as const);
  return [['RESTIC_REPOSITORY', location] as const, secret].map(([name, value]) =>
    shell === 'powershell' ? `$env:${name} = ${quoteFor(shell, value)}` : `export ${name}=${quoteFor(shell, value)}`,
  );
}

function quoteFor(shell: RecoveryKitFacts['shell'], value: string): string {
  return shell === 'powershell' ? quoteForPowerShell(value) : quoteForShell(value);
}

/** A fence that no line in it can end. */
function block(language: string, lines: readonly string[]): string {
  const runs = lines.join('\n').match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

function quoteForPowerShell(value: string): string {
  // It takes the typographic quotes for plain ones.
  return `'${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** In single quotes; what cannot stand on one line of text as the escapes of bash, zsh and ksh. */
function quoteForShell(value: string): string {
  if (value.isWellFormed() && !/\p{Cc}/u.test(value)) return `'${value.replaceAll("'", "'\\''")}'`;
  const bytes = [...encodeRaw(value)].map((byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `$'${bytes.join('')}'`;
}
