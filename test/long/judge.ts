/** What has to be true after a command, however it ended. Each function throws an error that says what is not. */
import { existsSync, lutimesSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree } from '../helpers/describeTree.ts';
import type { LongCommand, Scene } from './commands.ts';
import { cairn, cairnOk, restic, type Run } from './programs.ts';
import { listSnapshots, removeFolder } from './stage.ts';

/** Done, failed, or done but for some files. */
const endings = [0, 1, 3];
/** What messages tell people to do. */
const advice =
  /\b(?:again|Check|Connect|Put|Free|Make|Use|Choose|Create|Remove|Verify|Run|Repair|Wait|Give|Set|Close|Look|See)\b|"cairn [a-z]+/;

/** A failed command says what happened, to what, and what to do; and it never shows its inside. */
export function judgeMessages(
  { status, signal, stdout, stderr }: Run,
  scene: { readonly repository: string; readonly destination: string },
): void {
  if (signal !== null) throw new Error(`It ended by ${signal}: ${stderr.slice(-1000)}`);
  const wrong = (what: string) =>
    new Error(`${what} (exit code ${status}):\n${stdout.slice(-500)}\n${stderr.slice(-1500)}`);
  if (!endings.includes(status ?? -1)) throw wrong('It ended in a way that this fault is no reason for');
  if (/^\s+at /m.test(stderr)) throw wrong('It shows a stack');
  const lines = stderr.split('\n').filter((line) => line !== '');
  const messages = lines.map((line) => readMessage(line) ?? fail(wrong(`"${line}" is no message`)));
  const failure = messages.find(({ kind }) => kind === 'exit_error');
  if (failure?.reason === 'internal') throw wrong('It failed by something that nobody foresaw');
  if (status !== 0 && messages.length === 0 && !/"message_type":"(?:finding|affected|summary)"/.test(stdout))
    throw wrong('It says nothing');
  for (const { text } of failure ? [failure] : []) {
    if (!text.includes(scene.repository) && !text.includes(scene.destination)) throw wrong('It names no place');
    if (!advice.test(text)) throw wrong('It does not say what to do');
  }
}

function readMessage(line: string): { kind: string; reason?: string; text: string } | undefined {
  try {
    const { message_type: kind, reason, message, error } = JSON.parse(line) as Record<string, unknown>;
    const text = message ?? (error as { message?: unknown } | undefined)?.message ?? '';
    return { kind: kind as string, text: text as string, ...(typeof reason === 'string' && { reason }) };
  } catch {
    return undefined;
  }
}

function fail(error: Error): never {
  throw error;
}

/** Of those that are there, the one that checks most. */
const NEWEST_RESTIC = process.env['RESTIC_NEWER'] ?? 'restic';

/** Trees that restic restored as they were to be, each with the folder that this is a copy of. */
const proven = new Set<string>();

/**
 * What the stage's snapshots hold is still there, byte for byte, and restic finds no error. Where restic has checked
 * every byte, a tree of the same id is the same content, and is restored only once.
 */
export async function judgeRepository({ repository, stage }: Scene, keeps: readonly number[]): Promise<void> {
  await restic(repository, ['check', '--no-lock', '--read-data'], NEWEST_RESTIC);
  const listed = await listSnapshots(repository);
  for (const number of keeps) {
    const { id, copy } = stage.snapshots[number]!;
    const found = listed.find((snapshot) => snapshot.id === id || snapshot.original === id);
    if (!found) throw new Error(`Snapshot ${number} (${id.slice(0, 8)}) is gone.`);
    const proof = `${found.tree} ${copy}`;
    if (!proven.has(proof)) await judgeSnapshot(repository, stage.source, found.id, copy);
    proven.add(proof);
  }
}

/** restic restores of a folder in a snapshot what is in a copy of it. */
export async function judgeSnapshot(repository: string, folder: string, id: string, copy: string): Promise<void> {
  const target = `${repository}.restored`;
  try {
    await restic(repository, ['restore', id, '--target', target, '--no-lock']);
    requireSame(join(target, folder), copy, `Snapshot ${id.slice(0, 8)}`);
  } finally {
    removeFolder(target);
  }
}

/** What a command was to reach, after it said that it had. */
export async function judgeResult(command: LongCommand, scene: Scene, onlyContent = false): Promise<void> {
  const { repository, destination, stage } = scene;
  if (command.name === 'init') await restic(repository, ['check', '--no-lock']);
  if (command.adds) {
    const added = (await listSnapshots(repository)).filter(
      ({ id, original }) => !stage.snapshots.some((kept) => kept.id === id || kept.id === original),
    );
    if (added.length === 0) throw new Error('It ended well, but there is no new snapshot.');
    for (const { id } of added) await judgeSnapshot(repository, stage.source, id, stage.source);
  }
  if (command.copies === 'dated') {
    const newest =
      readdirSync(destination)
        .filter((name) => /^\d{8}-\d{6}(?:-\d)?$/.test(name))
        .sort()
        .at(-1) ?? '';
    requireSame(join(destination, newest), stage.source, 'The newest dated copy', onlyContent);
  } else if (command.copies !== undefined) {
    const copy = command.copies === 'source' ? stage.source : stage.snapshots[command.copies]!.copy;
    requireSame(destination, copy, 'The destination', onlyContent);
  }
}

/** As {@link judgeResult}, without times and modes. */
export async function judgeContent(command: LongCommand, scene: Scene): Promise<void> {
  await judgeResult(command, scene, true);
}

/**
 * However far it came, each file in the destination is as it was before or as it was to become; `onlyOld`: of those that
 * were there before.
 */
export async function judgeHalf(
  { copies }: LongCommand,
  { destination, stage }: Scene,
  { onlyOld = false } = {},
): Promise<void> {
  if (copies === undefined || !existsSync(destination)) return;
  const [before, ...later] = stage.snapshots.map(({ copy }) => contentsOf(copy));
  const known = new Set([...contentsOf(stage.source), ...before!, ...later.flat()]);
  const old = new Set(before!.map(pathIn));
  const wrong = contentsOf(destination, copies === 'dated').filter(
    (line) => !known.has(line) && (!onlyOld || old.has(pathIn(line))),
  );
  if (wrong.length > 0) throw new Error(`There are files that never were like this: ${wrong.join('; ')}`);
}

function contentsOf(folder: string, isDated = false): string[] {
  return entriesOf(folder, true)
    .map(({ line }) => line)
    .filter((line) => !litter.test(pathIn(line)) && (!isDated || pathIn(line).includes('/')))
    .map((line) => (isDated ? line.replace(/^"[^/]*\//, '"') : line))
    .filter((line) => !ownFiles.test(line));
}

function pathIn(line: string): string {
  return JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(line)![0]) as string;
}

/** Our own files in a mirror. */
const ownFiles = /^"\.cairn-/;

/** What is told of an entry of a folder. */
interface Entry {
  readonly line: string;
  /** Nanoseconds since 1970; 0 where it does not count. */
  readonly time: bigint;
}

function entriesOf(root: string, onlyContent = false): Entry[] {
  return describeTree(root, { folderTimes: false }).map((line) => {
    const [, path, mode, owners, size, time, content] =
      /^("(?:[^"\\]|\\.)*") (\d+) (\d+ \d+) (\d*) \d* (\d*) (\w*)$/.exec(line)!;
    const kind = Number.parseInt(mode!, 8) >> 12;
    return onlyContent
      ? { line: `${path} ${kind} ${content}`, time: 0n }
      : { line: `${path} ${mode} ${owners} ${size} ${content}`, time: BigInt(time!) };
  });
}

/** Nanoseconds. Node does not set times more exactly. */
const ABOUT = 1_000n;

function isSame(a: Entry, b: Entry): boolean {
  return a.line === b.line && a.time - b.time <= ABOUT && b.time - a.time <= ABOUT;
}

function show({ line, time }: Entry): string {
  return `${line} ${time}`;
}

/** A folder holds what another one does. */
export function requireSame(folder: string, copy: string, what: string, onlyContent = false): void {
  const ours = existsSync(folder) ? entriesOf(folder, onlyContent).filter(({ line }) => !ownFiles.test(line)) : [];
  const theirs = entriesOf(copy, onlyContent);
  const missing = theirs.filter((entry) => !ours.some((own) => isSame(own, entry))).map(show);
  const extra = ours.filter((own) => !theirs.some((entry) => isSame(own, entry))).map(show);
  if (missing.length + extra.length === 0) return;
  throw new Error(`${what} is not as it should be; missing: ${missing.join('; ')}; instead: ${extra.join('; ')}`);
}

/** What killed or failing writers leave under names of their own. */
const litter = /-tmp-[0-9a-f]+$|\.cairn-[0-9a-f]{12}$|\.new-[^/]*$/;

function findLitter(scene: Scene): string[] {
  return [scene.repository, scene.destination].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
          .filter((path) => litter.test(path) || /^locks\/|\.lock$/.test(path))
          .map((path) => join(folder, path))
      : [],
  );
}

/** A minute goes by: a lock that was just being written when its writer died counts for some seconds. */
export function letTimePass({ repository, destination }: Scene): void {
  const past = new Date(Date.now() - 60_000);
  for (const folder of [join(repository, 'locks'), destination]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder))
      if (folder !== destination || name.endsWith('.lock')) lutimesSync(join(folder, name), past, past);
  }
}

/** After the next prune, two days later, nothing is left of what went wrong. */
async function judgeLitter(command: LongCommand, scene: Scene): Promise<void> {
  if (findLitter(scene).length === 0) return;
  if (!command.isPlain) {
    const past = new Date(Date.now() - 2 * 86_400_000);
    for (const path of findLitter(scene)) lutimesSync(path, past, past);
    await cairnOk(['prune', '-r', scene.repository, '--allow-empty']);
  }
  const left = findLitter(scene);
  if (left.length > 0) throw new Error(`Litter is left: ${left.join(', ')}`);
}

/** Done again, without anything in its way, the command reaches what it was to. */
export async function judgeRetry(command: LongCommand, scene: Scene, knownCode = 0): Promise<void> {
  const run = await cairn(command.args(scene));
  const wasDone = run.status === 1 && command.again?.test(run.stderr);
  if (run.status !== knownCode && !wasDone)
    throw new Error(
      `Done again, it ended with ${run.status ?? run.signal}:\n${run.stdout.slice(-500)}\n${run.stderr.slice(-1500)}`,
    );
  await judgeResult(command, scene);
  if (!command.isPlain) await judgeRepository(scene, command.keeps);
  await judgeLitter(command, scene);
}
