import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { decodeRaw } from '../../src/base/rawName.ts';
import { recordedStats } from '../../src/disk/entryStats.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { nodeFromStat } from '../../src/engine/backup/nodeFromStat.ts';
import type { Node } from '../../src/repository/format/node.ts';
import { file, folder, other, type FolderLiteral } from './testRepository.ts';

const noNames = { user: () => undefined, group: () => undefined };

/** A folder of the disk as a literal with the metadata that it has; each file (of text) is one chunk. */
export function captureTree(path: string): FolderLiteral {
  const names = readdirSync(toFsPath(path), { encoding: 'buffer' }).map(decodeRaw);
  return Object.fromEntries(names.map((name) => [name, captureEntry(`${path}/${name}`, name)]));
}

/** What a node holds of an entry, but its content. */
export function captureFields(path: string, name: string): Omit<Node, 'content'> {
  const node = nodeFromStat(name, recordedStats(lstatSync(toFsPath(path), { bigint: true })), noNames);
  return Object.fromEntries(Object.entries(node).filter(([field]) => field !== 'content')) as typeof node;
}

function captureEntry(path: string, name: string): FolderLiteral[string] {
  const fields = captureFields(path, name);
  if (fields.type === 'file') return captureFile(path, fields);
  if (fields.type === 'dir') return folder(captureTree(path), fields);
  if (fields.type !== 'symlink') return other({ ...fields, content: null });
  const linkTarget = decodeRaw(readlinkSync(toFsPath(path), { encoding: 'buffer' }));
  return other({ ...fields, linkTarget, content: null });
}

function captureFile(path: string, fields: Partial<Node>): FolderLiteral[string] {
  const content = readFileSync(toFsPath(path), 'utf8');
  return file(content === '' ? [] : content, fields);
}
