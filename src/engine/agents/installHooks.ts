/**
 * Puts hooks into the configuration of agents, and takes them out again. What was done to a file is written down, so
 * that a file that nobody changed since becomes what it was, to the byte.
 */
import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { chmod, rmdir, unlink, unlinkIfThere } from '../../disk/changes.ts';
import { isFolder, makeFolder, writeDurably } from '../../disk/durableWrite.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName, parentFolder, resolveLinks } from '../../disk/paths.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { exists, statIfThere } from '../../disk/stats.ts';
import { isWindows } from '../../disk/system.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { hookEntries, hookFile, type AgentHomes, type ConfiguredAgent, type HookProgram } from './agentConfigs.ts';
import { agentTitle } from './agentEvents.ts';
import { addHooks, presentEntries, removeHooks, settingsIn, undoSteps, type TextStep } from './configText.ts';
import { readHookNotes, type HookNotes } from './hookNotes.ts';
import { agentsFolder } from './noteFolders.ts';

/** Where everything is. */
export interface HookPlaces {
  readonly homes: AgentHomes;
  readonly dataFolder: DiskPath;
}

/** What became of the file of an agent. */
export interface HookChange {
  readonly file: DiskPath;
  readonly change: 'installed' | 'updated' | 'removed' | 'unchanged';
}

/** How the hooks of an agent stand. */
export interface HookStatus {
  readonly agent: ConfiguredAgent;
  readonly title: string;
  readonly file: DiskPath;
  /** `other`: some are missing, or start another program than this one. */
  readonly state: 'installed' | 'other' | 'none' | 'no-agent';
  /** Why they do not run though they are installed, or may not, as sentences. */
  readonly obstacles: readonly string[];
  readonly notes: HookNotes;
}

/** What was done to a file. */
interface InstallRecord {
  readonly steps: readonly TextStep[];
  /** Hashes of its text. */
  readonly before: string;
  readonly after: string;
  readonly wasThere: boolean;
  /** Folders that were made for it, the uppermost first. */
  readonly folders: readonly DiskPath[];
}

/** Whether the agent is on this machine, as far as that shows. */
export function hasAgent(agent: ConfiguredAgent, { homes }: HookPlaces): boolean {
  return isFolder(homes[agent]);
}

/** Throws `refused` for a file that cannot be understood, and what the file system throws. */
export async function installHooks(
  agent: ConfiguredAgent,
  program: HookProgram,
  places: HookPlaces,
): Promise<HookChange> {
  const file = hookFile(agent, places.homes);
  const text = readText(file);
  const record = readRecord(agent, places);
  const isAsLeft = record !== undefined && text !== undefined && sha256Hex(text) === record.after;
  // What an older version did is undone first, so that one record says all.
  const before = isAsLeft ? undoSteps({ text, steps: record.steps }) : (text ?? '');
  const changed = addHooks(agent, before, hookEntries(agent, program), file);
  if (changed.text === text) return { file, change: 'unchanged' };
  const folders = missingFolders(parentFolder(file));
  await makeFolder(parentFolder(file), 0o755);
  await writeText(file, changed.text, text);
  await writeRecord(agent, places, {
    steps: changed.steps,
    before: sha256Hex(before),
    after: sha256Hex(changed.text),
    wasThere: isAsLeft ? record.wasThere : text !== undefined,
    folders: isAsLeft ? record.folders : folders,
  });
  return { file, change: isAsLeft ? 'updated' : 'installed' };
}

/** The same, the other way round. */
export async function uninstallHooks(agent: ConfiguredAgent, places: HookPlaces): Promise<HookChange> {
  const file = hookFile(agent, places.homes);
  const text = readText(file);
  const record = readRecord(agent, places);
  const rest = text === undefined ? undefined : withoutHooks(agent, text, file, record);
  if (rest !== undefined && rest !== text) {
    const isLeftover = record?.wasThere === false && /^\s*(?:\{\s*(?:"version"\s*:\s*1\s*)?\})?\s*$/.test(rest);
    if (isLeftover) removeFile(file, record.folders);
    else await writeText(file, rest, text);
  }
  unlinkIfThere(toFsPath(recordFile(agent, places)));
  return { file, change: rest === text ? 'unchanged' : 'removed' };
}

/** How the hooks of an agent stand, and whether they were ever run. Throws nothing. */
export function hookStatus(agent: ConfiguredAgent, program: HookProgram, places: HookPlaces): HookStatus {
  const file = hookFile(agent, places.homes);
  const about = { agent, title: agentTitle(agent), file, notes: readHookNotes(places.dataFolder, agent) };
  try {
    const text = readText(file);
    if (text === undefined) return { ...about, state: hasAgent(agent, places) ? 'none' : 'no-agent', obstacles: [] };
    const entries = hookEntries(agent, program);
    const present = presentEntries(text, entries, file).length;
    const hasAny = removeHooks(agent, text, file) !== text;
    const state = present === entries.length ? 'installed' : hasAny ? 'other' : 'none';
    return { ...about, state, obstacles: state === 'none' ? [] : obstaclesOf(agent, text, file, about.notes) };
  } catch (error) {
    return { ...about, state: 'none', obstacles: [(error as Error).message] };
  }
}

function obstaclesOf(agent: ConfiguredAgent, text: string, file: DiskPath, { ran }: HookNotes): string[] {
  const { disableAllHooks, hooksConfig } = settingsIn(text, file);
  const isOff = disableAllHooks === true || (hooksConfig as { enabled?: unknown } | undefined)?.enabled === false;
  const hasRun = Object.keys(ran).length > 0;
  return [
    ...(isOff ? [`${file} switches all hooks off.`] : []),
    ...(agent === 'codex' && !hasRun
      ? ['Codex passes over hooks that are not trusted, without a word: open /hooks in Codex, and trust these.']
      : []),
  ];
}

function withoutHooks(agent: ConfiguredAgent, text: string, file: DiskPath, record: InstallRecord | undefined): string {
  if (record && sha256Hex(text) === record.after) {
    const before = undoSteps({ text, steps: record.steps });
    if (sha256Hex(before) === record.before) return before;
  }
  return removeHooks(agent, text, file);
}

function removeFile(file: DiskPath, folders: readonly DiskPath[]): void {
  unlink(toFsPath(file));
  for (const folder of [...folders].reverse()) {
    try {
      rmdir(toFsPath(folder));
    } catch {
      // Somebody else uses it by now.
      return;
    }
  }
}

function missingFolders(folder: DiskPath): DiskPath[] {
  if (isFolder(folder) || parentFolder(folder) === folder) return [];
  return [...missingFolders(parentFolder(folder)), folder];
}

/** Undefined if there is no such file. Throws `refused` for one that is not UTF-8: it would not come back. */
function readText(file: DiskPath): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readSmallFile(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  throw new CairnError('refused', `${file} is not UTF-8, so nothing was changed in it. Correct it, and try again.`);
}

/** Whoever keeps such files elsewhere and links to them goes on doing so. */
async function writeText(file: DiskPath, text: string, before: string | undefined): Promise<void> {
  if (readText(file) !== before) {
    throw new CairnError('refused', `${file} was changed meanwhile, so nothing was changed in it. Try again.`);
  }
  const place = exists(toFsPath(file)) ? resolveLinks(file) : file;
  const mode = (statIfThere(toFsPath(place))?.mode ?? 0o644) & 0o777;
  await writeDurably(place, [Buffer.from(text)], { mode, canReplace: true });
  if (!isWindows) chmod(toFsPath(place), mode);
}

function recordFile(agent: ConfiguredAgent, { dataFolder }: HookPlaces): DiskPath {
  return joinName(agentsFolder(dataFolder), `${agent}-installed.json`);
}

function readRecord(agent: ConfiguredAgent, places: HookPlaces): InstallRecord | undefined {
  try {
    const record = JSON.parse(readSmallFile(recordFile(agent, places)).toString('utf8')) as InstallRecord;
    return Array.isArray(record.steps) && Array.isArray(record.folders) ? record : undefined;
  } catch {
    return undefined;
  }
}

async function writeRecord(agent: ConfiguredAgent, places: HookPlaces, record: InstallRecord): Promise<void> {
  const file = recordFile(agent, places);
  await makeFolder(parentFolder(file), 0o700);
  await writeDurably(file, [Buffer.from(`${JSON.stringify(record)}\n`)], { mode: 0o600, canReplace: true });
}
