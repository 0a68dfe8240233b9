import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** What the figures hold for: the machine, and the programs by version. */
export function describeMachine(folder: string): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  const fileSystem = execFileSync('findmnt', ['-n', '-o', 'FSTYPE', '-T', folder], { encoding: 'utf8' }).trim();
  return `${model}, ${processors.length} cores, ${memory}, file system ${fileSystem}, Linux ${release()}`;
}

/** The versions of all that is compared, as they give them. */
export function describeVersions(): string {
  const firstLine = (program: string, argument: string) =>
    execFileSync(program, [argument], { encoding: 'utf8' }).split('\n', 1)[0]!;
  const number = (text: string) => /\d+(\.\d+)+/.exec(text)?.[0] ?? text;
  return [
    `Node ${process.versions.node}`,
    `restic ${number(firstLine('restic', 'version'))}`,
    `borg ${number(firstLine('borg', '--version'))}`,
    `rsync ${number(firstLine('rsync', '--version'))}`,
  ].join(', ');
}
