/** Repositories and folders that the cases begin with: each is made once, and copied for every case. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { createRepository } from '../../src/repository/repository.ts';
import { randomBytes } from '../helpers/random.ts';
import { cairnOk, PASSWORD, restic } from './programs.ts';

/** What all cases share and none changes. */
export interface Stage {
  readonly folder: string;
  /** What is backed up, as it is after the last snapshot and a few changes. */
  readonly source: string;
  readonly repository: string;
  /** Oldest first. */
  readonly snapshots: readonly KeptSnapshot[];
}

export interface KeptSnapshot {
  readonly id: string;
  /** A folder with the content of the source at that time. */
  readonly copy: string;
}

/** In memory where that is possible: a case makes thousands of small files, and none needs to outlive it. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const folders: string[] = [];
process.on('exit', removeFolders);

/** A new folder that is gone at the end of the process, if not before. */
export function newFolder(): string {
  const folder = mkdtempSync(join(realpathSync(place), 'cairn-long-'));
  folders.push(folder);
  return folder;
}

/** Removes all of them now: whoever is killed at its end has no time for it then. */
export function removeFolders(): void {
  folders.splice(0).forEach(removeFolder);
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Copies a folder with all times and modes. */
export function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}

let made: Promise<Stage> | undefined;

/** Three snapshots of a small folder; some content of the first is in no later one. */
export function stage(): Promise<Stage> {
  return (made ??= makeStage());
}

async function makeStage(): Promise<Stage> {
  const folder = newFolder();
  const [source, repository] = [join(folder, 'source'), join(folder, 'repository')];
  await newRepository(repository);
  const snapshots: KeptSnapshot[] = [];
  for (const [version, files] of versions.entries()) {
    for (const [path, content] of Object.entries(files)) {
      const full = join(source, path);
      mkdirSync(join(full, '..'), { recursive: true });
      if (content === undefined) rmSync(full);
      else if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, full);
      else writeFileSync(full, content);
    }
    if (version === versions.length - 1) break;
    const printed = await cairnOk(['backup', '-r', repository, source]);
    const copy = join(folder, `version-${version}`);
    copyFolder(source, copy);
    snapshots.push({ id: /"snapshot_id":"(\w+)"/.exec(printed)![1]!, copy });
  }
  return { folder, source, repository, snapshots };
}

/** What each snapshot changes; the last change is in none. */
const versions: readonly Record<string, string | Buffer | { readonly link: string } | undefined>[] = [
  {
    'a.txt': 'one\n',
    'folder/old.bin': randomBytes('old', 90_000),
    'folder/stays.bin': randomBytes('stays', 70_000),
    'folder/deep/x.txt': 'x\n',
    'folder/link': { link: 'deep/x.txt' },
    empty: '',
    'large.bin': randomBytes('large', 1_300_000),
  },
  { 'a.txt': 'two\n', 'folder/old.bin': undefined, 'folder/deep/y.txt': 'y\n' },
  { 'b.txt': 'three\n', 'folder/deep/x.txt': undefined },
  { 'a.txt': 'four\n', 'folder/new.bin': randomBytes('new', 50_000), 'b.txt': undefined, 'late/z.txt': 'z\n' },
];

/** Makes an empty repository with a key that opens in no time. */
export async function newRepository(folder: string): Promise<void> {
  await createRepository(new LocalBackend(folder), {
    password: PASSWORD,
    keyCost: { N: 2, r: 8, p: 1 },
    owner: { hostname: 'test-host', username: 'tester' },
    created: '2024-05-06T07:08:09Z',
    version: 2,
  });
}

export interface ListedSnapshot {
  readonly id: string;
  readonly original?: string;
  readonly tree: string;
  readonly paths: readonly string[];
}

/** A repository's snapshots: what restic says. */
export async function listSnapshots(repository: string): Promise<ListedSnapshot[]> {
  const listed = JSON.parse(await restic(repository, ['snapshots', '--json', '--no-lock'])) as ListedSnapshot[] | null;
  return listed ?? [];
}
